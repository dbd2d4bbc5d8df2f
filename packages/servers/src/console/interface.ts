/**
 * What a console can be asked: two interfaces, since who may write need not be able to read what is typed. Beside them it
 * is a file, for programs that are given one to read from and write to.
 */
import { define, op, sessionOf } from "../common/define.js";
import { bytes, capability, oneOf, text } from "../common/field.js";
import { File } from "../vfs/interface.js";

/** The most bytes of one write. */
export const WRITE_BYTES = 512;
/** The most bytes of a line that is typed; further characters are refused with a bell. */
export const LINE_BYTES = 255;
/** The most bytes of one raw read. */
export const READ_BYTES = 256;

/**
 * Writing. What one call writes comes out in one piece, whoever else writes.
 *
 * - `write`: the answer comes when there is room for the bytes, to callers in the order in which they came.
 * - `flush`: the answer comes when all that was written before is out.
 */
export const ConsoleOutput = define("consoleOutput", {
  write: op({ bytes: bytes(WRITE_BYTES) }, {}, [], { waits: true }),
  flush: op({}, {}, [], { waits: true }),
});

/**
 * Reading. There is one keyboard, so one call reads at a time; a second one is refused: `InUse`.
 *
 * - `readLine`: the next line, without its end; what is no UTF-8 in it is replaced. `EndOfInput`: ctrl-D at the beginning
 *   of a line. `Interrupted`: ctrl-C. `Raw`: the console is in raw mode, or was put into it.
 * - `read`: what was typed, at least one byte. `NotRaw`: the console is not in raw mode, or was taken out of it.
 * - `take`: as `read`, without waiting: no bytes when nothing was typed.
 * - `unread`: what was read and not used is put back, in front of all that is to be read. `NotRaw`: the console is not in raw
 *   mode. `Full`: more was put back than a console holds, and nothing of this.
 * - `readLine`, `read`, `take`: `Overrun`: the device has lost some of what was typed; it is told once.
 * - `mode`: `line` has the console edit lines and echo them; `raw` leaves every byte to who reads. What was typed and
 *   not read stays. It is `line` again when whoever made it `raw` dies.
 * - `onInterrupt`: ring `signal` when ctrl-C is typed in line mode, instead of who has asked before.
 * - `onReadable`: ring `signal` when more can be read, and at once if something can, instead of who has asked before.
 */
export const ConsoleInput = define("consoleInput", {
  readLine: op({}, { line: text(3 * LINE_BYTES) }, ["EndOfInput", "Interrupted", "Overrun", "InUse", "Raw"], {
    waits: true,
  }),
  read: op({}, { bytes: bytes(READ_BYTES) }, ["Overrun", "InUse", "NotRaw"], { waits: true }),
  take: op({}, { bytes: bytes(READ_BYTES) }, ["Overrun", "InUse", "NotRaw"]),
  mode: op({ mode: oneOf("line", "raw") }, {}),
  onInterrupt: op({ signal: capability("Notification") }, {}),
  onReadable: op({ signal: capability("Notification") }, {}),
  unread: op({ bytes: bytes(READ_BYTES) }, {}, ["NotRaw", "Full"]),
});

/**
 * The console as a file for somebody else: `open` gives a session to be handed on, and whoever opened it ends it with its
 * user. A read that still waits by it then ends as well, so that a program that was killed takes nobody's line.
 */
export const ConsoleFiles = define("consoleFiles", { open: op({}, { file: sessionOf(File) }) });
