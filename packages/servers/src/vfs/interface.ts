/**
 * Files and directories, as sessions. Whoever has the capability to a directory can reach what is in it and nothing
 * outside: names have no "/" in them, and there is no name for what lies above. An open file is a session of its own, to
 * be handed on like any capability. What a session may do was decided when it was opened, and can only become less.
 *
 * Paths are the client's business (path.ts). A file system is whoever serves `Directory`.
 */
import { define, op, own, sessionOf } from "../common/define.js";
import { bool, bytes, oneOf, text, u32, u53 } from "../common/field.js";

/** Bytes that one `read` or `write` carries, at most; what is longer takes several, or a window. */
export const CHUNK = 896;
/** Bytes of a name, at most. */
export const FILE_NAME_BYTES = 255;

const name = text(FILE_NAME_BYTES);
const kind = oneOf("file", "directory", "device");

/** An open file, or a device that is read and written like one. */
export const File = define("file", {
  /** Up to `length` bytes from `offset` up: fewer at the end of the file, none behind it. A device may let wait. */
  read: op({ offset: u53, length: u32 }, { data: bytes(CHUNK) }, ["Denied", "IO"], { waits: true }),
  /** Write all of `data` at `offset`; a gap before it reads as zeroes. `BrokenPipe`: nobody will ever read it. */
  write: op({ offset: u53, data: bytes(CHUNK) }, { written: u32 }, ["Denied", "Full", "IO", "BrokenPipe"], {
    waits: true,
  }),
  /** As `read`, to the client's window at `at`: as much as fits there. */
  readWindow: op({ offset: u53, length: u32, at: u32 }, { count: u32 }, ["Denied", "IO", "NoWindow"], { waits: true }),
  /** As `write`, from the client's window. */
  writeWindow: op({ offset: u53, length: u32, at: u32 }, { written: u32 }, ["Denied", "Full", "IO", "NoWindow"], {
    waits: true,
  }),
  /** Cut off or lengthen with zeroes. */
  truncate: op({ size: u53 }, {}, ["Denied", "Full", "IO"]),
  stat: op({}, { kind, size: u53, modifiedUs: u53 }, ["IO"]),
});

/** A directory. */
export const Directory = define("directory", {
  /** Open the file `name`; `create` makes one where none is. */
  open: op({ name, create: bool, write: bool }, { file: sessionOf(File) }, [
    "NotFound",
    "IsDirectory",
    "BadName",
    "Denied",
    "Full",
    "IO",
  ]),
  /** The directory `name`; `create` makes one where none is. */
  enter: op({ name, create: bool }, { directory: sessionOf() }, [
    "NotFound",
    "NotDirectory",
    "BadName",
    "Denied",
    "Full",
    "IO",
  ]),
  /** This directory and all below it, to be looked at only. */
  readOnly: op({}, { directory: sessionOf() }),
  /** The entry whose name comes next behind `after` in the order of bytes; "" gives the first. */
  next: op({ after: name }, { name, kind, size: u53, modifiedUs: u53 }, ["End", "IO"]),
  /** What `name` is. */
  stat: op({ name }, { kind, size: u53, modifiedUs: u53 }, ["NotFound", "BadName", "IO"]),
  /** Take a file or an empty directory out of here; who has it open keeps it. */
  remove: op({ name }, {}, ["NotFound", "NotEmpty", "BadName", "Denied", "IO"]),
  /** Move the file or directory `name` to `directory`, where it is called `to`, in place of a file of that name. */
  rename: op({ name, directory: own(), to: name }, {}, [
    "NotFound",
    "Exists",
    "Loop",
    "BadName",
    "Denied",
    "Full",
    "IO",
  ]),
});
