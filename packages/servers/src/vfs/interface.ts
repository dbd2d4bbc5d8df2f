/**
 * Files and directories, as sessions. Whoever has the capability to a directory can reach what is in it and nothing
 * outside: it is the root of all that its session can name, where absolute links begin and above which nothing lies. An
 * open file is a session of its own, to be handed on like any capability. What a session may do was decided when it was
 * opened, and can only become less.
 *
 * A name is one of an entry, or "." for the directory itself, where that makes sense. `walk` goes along a whole path.
 * Symbolic links are followed by what wants the thing itself, as POSIX has it: `open`, `enter`, `stat`, `change`, and by
 * `walk` on its way; `entry`, `readLink`, `remove`, `rename` and `link` mean the link. A file system is whoever serves
 * `Directory`, and what it does not have it refuses by `NotSupported` (plain.ts).
 *
 * Errors beside those that the name says: `Denied`, the session or the permissions of what it goes through do not allow
 * it; `Loop`, more than 40 links on one path, or a directory that would lie in itself; `Stale`, what the session stands for
 * is gone; `ReadOnly`, nobody can change anything there; `IO`, the disk fails or what lies there makes no sense.
 */
import { define, op, own, sessionOf } from "../common/define.js";
import { bool, bytes, oneOf, text, u32, u53 } from "../common/field.js";
import { CHUNK, FILE_NAME_BYTES, TARGET_BYTES, WALK_BYTES } from "./limits.js";
import { Volume } from "./volume.js";

const name = text(FILE_NAME_BYTES);
const kind = oneOf("file", "directory", "device", "link");

/** What is known of a file, a directory, a device or a link. */
const attributes = {
  kind,
  size: u53,
  modifiedUs: u53,
  /** Permission bits, with set-user, set-group and sticky bits: 07777 in octal. */
  mode: u32,
  /** Names that it has. */
  links: u32,
  uid: u32,
  gid: u32,
  /** Two that have the same, in one file system, are the same; 0 where nothing is known of that. */
  node: u53,
  /** Units of 512 bytes that it takes. */
  blocks: u53,
  accessedUs: u53,
  /** Of the last change of anything, attributes among them. */
  changedUs: u53,
} as const;

const LOOKING = ["NotFound", "BadName", "Denied", "Stale", "IO"] as const;
const FOLLOWING = [...LOOKING, "NotDirectory", "Loop", "TooLong"] as const;
const CHANGING = ["Full", "ReadOnly"] as const;

const WAITS = { waits: true };

/** An open file, or a device that is read and written like one. */
export const File = define("file", {
  /** Up to `length` bytes from `offset` up: fewer at the end of the file, none behind it. A device may let wait. */
  read: op({ offset: u53, length: u32 }, { data: bytes(CHUNK) }, ["Denied", "Stale", "IO"], WAITS),
  /**
   * Write `data` at `offset`, as many bytes as there was room for, at least one; a gap before them reads as zeroes.
   * `BrokenPipe`: nobody will ever read it.
   */
  write: op(
    { offset: u53, data: bytes(CHUNK) },
    { written: u32 },
    ["Denied", ...CHANGING, "TooLarge", "Stale", "IO", "BrokenPipe"],
    WAITS,
  ),
  /** As `read`, to the client's window at `at`: as much as fits there. */
  readWindow: op({ offset: u53, length: u32, at: u32 }, { count: u32 }, ["Denied", "Stale", "IO", "NoWindow"], WAITS),
  /** As `write`, from the client's window; as many as there was room for, at least one of those that are asked. */
  writeWindow: op(
    { offset: u53, length: u32, at: u32 },
    { written: u32 },
    ["Denied", ...CHANGING, "TooLarge", "Stale", "IO", "NoWindow"],
    WAITS,
  ),
  /** Cut off or lengthen with zeroes. */
  truncate: op({ size: u53 }, {}, ["Denied", ...CHANGING, "TooLarge", "Stale", "IO"], WAITS),
  stat: op({}, attributes, ["Stale", "IO"], WAITS),
  /** Wait until what was written to it, by anybody, is where it survives the loss of power. */
  sync: op({}, {}, ["Stale", "IO"], WAITS),
});

/** What has happened in a directory. */
export const Watch = define("watch", {
  /**
   * Wait for the next thing that happens to an entry, whoever does it: it was made, or removed; what it names was written
   * to, or its attributes changed; it was moved away, or here. `Lost`: more has happened since than is kept, so look
   * anew. `Ended`: the directory was removed. One caller waits at a time (`Busy`).
   */
  next: op(
    {},
    { event: oneOf("made", "removed", "changed", "movedAway", "movedHere"), name },
    ["Lost", "Ended"],
    WAITS,
  ),
});

/** A directory. */
export const Directory = define("directory", {
  /** Open the file `name`; `create` makes one where none is. */
  open: op(
    { name, create: bool, write: bool },
    { file: sessionOf(File) },
    [...FOLLOWING, ...CHANGING, "IsDirectory"],
    WAITS,
  ),
  /** The directory `name`, as the root of all that its session can name; `create` makes one where none is. */
  enter: op({ name, create: bool }, { directory: sessionOf() }, [...FOLLOWING, ...CHANGING, "TooManyLinks"], WAITS),
  /** This directory and all below it, to be looked at only. */
  readOnly: op({}, { directory: sessionOf() }, [], WAITS),
  /** The entry whose name comes next behind `after` in the order of bytes; "" gives the first. A link is a link. */
  next: op({ after: name }, { name, ...attributes }, ["End", "Denied", "Stale", "IO"], WAITS),
  /** What `name` is; of a link: what it leads to. */
  stat: op({ name }, attributes, FOLLOWING, WAITS),
  /** Take a file, a link or an empty directory out of here; who has it open keeps it. */
  remove: op({ name }, {}, [...LOOKING, "NotEmpty", "ReadOnly"], WAITS),
  /**
   * Move what is called `name` to `directory`, where it is called `to`: in place of what has that name, if both are
   * directories and that one is empty, or neither is one. Where one file has both names, nothing happens.
   */
  rename: op(
    { name, directory: own(), to: name },
    {},
    [
      ...LOOKING,
      ...CHANGING,
      "Exists",
      "IsDirectory",
      "NotDirectory",
      "NotEmpty",
      "Loop",
      "TooManyLinks",
      "CrossDevice",
    ],
    WAITS,
  ),
  /**
   * Go along `path` to the directory in which its last name stands, which is not looked up: `directory` stands there, and
   * names what this session can. A path from "/" begins at the session's root, another one here; ".." is the directory
   * above, and of the root the root. Where the path ends in ".", ".." or nothing, `name` is ".". Behind a name with a "/"
   * links are followed, and only a directory may be there, or be made there: `mustBeDirectory`.
   */
  walk: op({ path: text(WALK_BYTES) }, { directory: sessionOf(), name, mustBeDirectory: bool }, FOLLOWING, WAITS),
  /** What `name` is, a link itself: as `next` has it. */
  entry: op({ name }, attributes, LOOKING, WAITS),
  /** Make a symbolic link, which may lead anywhere and nowhere. */
  symlink: op({ name, target: text(TARGET_BYTES) }, {}, [...LOOKING, ...CHANGING, "Exists", "NotSupported"], WAITS),
  /** The target of a symbolic link: bytes from `from` up, of `length` in all. */
  readLink: op({ name, from: u32 }, { target: bytes(CHUNK), length: u32 }, [...LOOKING, "NotLink"], WAITS),
  /** Give the file or link `name` another one, `to` in `directory`. */
  link: op(
    { name, directory: own(), to: name },
    {},
    [...LOOKING, ...CHANGING, "Exists", "IsDirectory", "TooManyLinks", "CrossDevice", "NotSupported"],
    WAITS,
  ),
  /** Change those attributes of `name` that `what` says: a sum of `Change` (volume.ts), without `size`. */
  change: op(
    { name, what: u32, mode: u32, uid: u32, gid: u32, accessedUs: u53, modifiedUs: u53 },
    {},
    [...FOLLOWING, ...CHANGING, "NotSupported"],
    WAITS,
  ),
  /** How full the file system is that this directory lies in; zeroes where it does not say. */
  space: op(
    {},
    { blockBytes: u32, blocks: u53, free: u53, available: u53, nodes: u53, freeNodes: u53, isReadOnly: bool },
    ["Stale", "IO"],
    WAITS,
  ),
  /** Wait until all of the file system that this directory lies in is where it survives the loss of power. */
  sync: op({}, {}, ["Stale", "IO"], WAITS),
  /** Hear of what happens to the entries of this directory. */
  watch: op({}, { watch: sessionOf(Watch) }, ["Denied", "NotSupported", "Stale", "IO"], WAITS),
  /** What this session can name, as a volume whose root is this directory. */
  volume: op({}, { volume: sessionOf(Volume) }, ["NotSupported", "Stale", "IO"], WAITS),
});
