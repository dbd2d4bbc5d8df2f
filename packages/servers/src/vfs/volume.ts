/**
 * Volumes: file systems as whoever serves them offers them, with numbers for what they hold. A session of a volume can
 * name all that is in it; who may do what is decided by who stands before it and hands out files and directories.
 *
 * Nothing is kept for a session but which numbers it holds: a server that was started anew goes on where the one before it
 * was. A number is never used for another node again; of what is gone it says `Stale`. Names and targets of links are
 * bytes, as they lie on the disk. Times are in microseconds since 1970. What is larger than a message travels through the
 * client's window.
 *
 * Errors beside those that the name says: `IO`, the disk fails or what lies there makes no sense; `ReadOnly`, the volume
 * cannot be written, from the beginning or since its disk has failed; `Full`, no room for data or for another node.
 *
 * The operations are those of POSIX.1-2017 (XSH), without paths.
 */
import { define, op } from "../common/define.js";
import { bool, bytes, oneOf, u32, u53 } from "../common/field.js";
import { FILE_NAME_BYTES } from "./limits.js";

/** A name in a directory, as bytes: neither empty, ".", ".." nor with a "/" or a zero in it, where one is made. */
const name = bytes(FILE_NAME_BYTES);
/** What can be in a directory. A device, pipe or socket of another system is shown, and cannot be opened here. */
const kind = oneOf("file", "directory", "link", "characters", "blocks", "pipe", "socket");

/** What is known of a node. */
const attributes = {
  node: u53,
  kind,
  /** Permission bits, with set-user, set-group and sticky bits: 07777 in octal. */
  mode: u32,
  /** Names that it has. */
  links: u32,
  uid: u32,
  gid: u32,
  size: u53,
  /** Units of 512 bytes that it takes on the disk. */
  blocks: u53,
  accessedUs: u53,
  modifiedUs: u53,
  /** Of the last change of anything, attributes among them. */
  changedUs: u53,
} as const;

/** Which attributes `change` changes: a sum of these. */
export const Change = { mode: 1, uid: 2, gid: 4, size: 8, accessed: 16, modified: 32 } as const;

/** A file system, with numbers. */
export const Volume = define("volume", {
  /** The directory at its root. */
  root: op({}, attributes, ["IO"], { waits: true }),
  /** What `name` is in `directory`; "." and ".." are names here, and ".." of the root is the root. */
  lookup: op({ directory: u53, name }, attributes, ["NotFound", "NotDirectory", "BadName", "Denied", "Stale", "IO"], {
    waits: true,
  }),
  stat: op({ node: u53 }, attributes, ["Stale", "IO"], { waits: true }),
  /** Change the attributes that `what` names; a size cuts a file off or lengthens it with zeroes. */
  change: op(
    { node: u53, what: u32, mode: u32, uid: u32, gid: u32, size: u53, accessedUs: u53, modifiedUs: u53 },
    attributes,
    ["Denied", "IsDirectory", "TooLarge", "Full", "ReadOnly", "Stale", "IO"],
    { waits: true },
  ),
  /** Make an empty file or directory. */
  make: op(
    { directory: u53, name, kind: oneOf("file", "directory"), mode: u32, uid: u32, gid: u32 },
    attributes,
    ["Exists", "NotDirectory", "BadName", "TooManyLinks", "Denied", "Full", "ReadOnly", "Stale", "IO"],
    { waits: true },
  ),
  /**
   * Make a symbolic link, whose target is the `length` bytes, from 1 to 4095, in the window at `at`. `TooLarge`: it is
   * longer, or longer than links of this volume can be, which is a block at least.
   */
  symlink: op(
    { directory: u53, name, uid: u32, gid: u32, at: u32, length: u32 },
    attributes,
    ["Exists", "NotDirectory", "BadName", "TooLarge", "NoWindow", "Denied", "Full", "ReadOnly", "Stale", "IO"],
    { waits: true },
  ),
  /** The target of a symbolic link, to the window at `at`. */
  readLink: op({ node: u53, at: u32 }, { length: u32 }, ["NotLink", "NoWindow", "Denied", "Stale", "IO"], {
    waits: true,
  }),
  /** Give `node`, which is no directory, another name. */
  link: op(
    { node: u53, directory: u53, name },
    attributes,
    [
      "Exists",
      "IsDirectory",
      "NotDirectory",
      "BadName",
      "TooManyLinks",
      "CrossDevice",
      "Denied",
      "Full",
      "ReadOnly",
      "Stale",
      "IO",
    ],
    { waits: true },
  ),
  /** Take a name away: of an empty directory where `isDirectory`, else of anything that is none. */
  remove: op(
    { directory: u53, name, isDirectory: bool },
    {},
    ["NotFound", "IsDirectory", "NotDirectory", "NotEmpty", "BadName", "Denied", "ReadOnly", "Stale", "IO"],
    { waits: true },
  ),
  /** As POSIX's rename: over a file or an empty directory that has the name; nothing where both names are of one file. */
  rename: op(
    { directory: u53, name, toDirectory: u53, toName: name },
    {},
    [
      "NotFound",
      "IsDirectory",
      "NotDirectory",
      "NotEmpty",
      "Loop",
      "BadName",
      "TooManyLinks",
      "CrossDevice",
      "Denied",
      "Full",
      "ReadOnly",
      "Stale",
      "IO",
    ],
    { waits: true },
  ),
  /** Up to `length` bytes of a file from `offset` up, to the window at `at`; none behind its end. */
  read: op(
    { node: u53, offset: u53, length: u32, at: u32 },
    { count: u32 },
    ["NotFile", "NoWindow", "Denied", "Stale", "IO"],
    {
      waits: true,
    },
  ),
  /** `length` bytes from the window at `at` to a file at `offset`: as many as there was room for, at least one. */
  write: op(
    { node: u53, offset: u53, length: u32, at: u32 },
    { written: u32 },
    ["NotFile", "NoWindow", "TooLarge", "Denied", "Full", "ReadOnly", "Stale", "IO"],
    { waits: true },
  ),
  /**
   * Entries of a directory to the window at `at`, as many as fit in `length` bytes, from `cursor` up: 0 begins, and
   * `cursor` of the answer goes on, whatever is changed meanwhile. None at the end. An entry: node (8 bytes), the cursor
   * behind it (8), kind (1, its place in the list), length of the name (1), the name. "." and ".." are among them.
   */
  list: op(
    { directory: u53, cursor: u53, at: u32, length: u32 },
    { entries: u32, bytes: u32, cursor: u53 },
    ["NotDirectory", "NoWindow", "TooSmall", "Denied", "Stale", "IO"],
    { waits: true },
  ),
  /** This session goes on naming the node: it lives on when its last name is taken away, until `release`. */
  hold: op({ node: u53 }, {}, ["Stale", "IO"], { waits: true }),
  /** As often as `hold`. */
  release: op({ node: u53 }, {}, ["Stale", "IO"], { waits: true }),
  /** Wait until the node's data and what is needed to find them are on the disk to stay; 0: all of the volume. */
  sync: op({ node: u53 }, {}, ["Stale", "IO"], { waits: true }),
  /** How full it is. */
  space: op(
    {},
    { blockBytes: u32, blocks: u53, free: u53, available: u53, nodes: u53, freeNodes: u53, isReadOnly: bool },
    ["IO"],
    { waits: true },
  ),
});
