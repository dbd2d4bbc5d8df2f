/**
 * What the SOS server can be asked: one session a process, found by its badge. All pointers are addresses in the memory of
 * who asks, and the server reads and writes there as if by him: a bad one is `BadAddress`, and nothing has happened to
 * anybody else. Strings end with a NUL, of files numbers are sent, of processes pids.
 *
 * A process is one thread, so it asks one thing at a time: a second one, while the first is under way, is `Busy`.
 *
 * The names are those of the C API (api.ts), which the client library (library.ts) makes of this.
 */
import { define, op } from "../common/define.js";
import { u32, u53 } from "../common/field.js";

/** What of a path can be wrong, or of the memory in which it lies. */
const PATH = ["BadAddress", "BadPath", "NotFound", "Denied", "IO"] as const;

/** In place of a pid: any. */
export const ANY_PROCESS = 0xffff_ffff;

/**
 * The operating system, as one process sees it.
 *
 * - `open`: `mode` as C's. `InUse`: the console has a reader. `TooMany`: files that the process has open. `BadMode`.
 *   `Full`: no file can be created.
 * - `read`, `write`: `file` is not open: `BadFile`; not for this: `Denied`.
 * - `dirent`: `count` is 0 at the end. `NoEntry`: behind it.
 * - `processCreate`: `BadImage`: what lies in the file is no program. `Full`: there are as many processes as may be.
 * - `processWait`: `ANY_PROCESS` for any. `NoProcess`: there is nobody to wait for.
 * - `shareVm`: `BadRange`: no pages, or taken.
 * - `brk`: what does not do leaves it where it is. `mmap`, `munmap`: `NoMemory`, for pieces as well, of which a process
 *   has at most 64.
 * - `exit`: is answered nobody.
 */
export const Sos = define("sos", {
  open: op({ path: u53, mode: u32 }, { file: u32 }, [...PATH, "BadMode", "InUse", "TooMany", "Full"], { waits: true }),
  closeFile: op({ file: u32 }, {}, ["BadFile"], { waits: true }),
  read: op({ file: u32, buf: u53, nbyte: u53 }, { count: u53 }, ["BadFile", "Denied", "BadAddress", "IO"], {
    waits: true,
  }),
  write: op({ file: u32, buf: u53, nbyte: u53 }, { count: u53 }, ["BadFile", "Denied", "BadAddress", "IO"], {
    waits: true,
  }),
  dirent: op({ pos: u32, name: u53, nbyte: u53 }, { count: u32 }, ["NoEntry", "BadAddress", "IO"], { waits: true }),
  stat: op({ path: u53, buf: u53 }, {}, PATH, { waits: true }),
  processCreate: op({ path: u53 }, { pid: u32 }, [...PATH, "BadImage", "Full"], { waits: true }),
  processDelete: op({ pid: u32 }, {}, ["NoProcess"], { waits: true }),
  myId: op({}, { pid: u32 }),
  processStatus: op({ processes: u53, max: u32 }, { count: u32 }, ["BadAddress"], { waits: true }),
  processWait: op({ pid: u32 }, { pid: u32 }, ["NoProcess"], { waits: true }),
  timeStamp: op({}, { us: u53 }),
  usleep: op({ usec: u53 }, {}, [], { waits: true }),
  shareVm: op({ address: u53, size: u53, writable: u32 }, {}, ["BadRange", "NoMemory"], { waits: true }),
  brk: op({ end: u53 }, { end: u53 }, [], { waits: true }),
  mmap: op({ length: u53 }, { address: u53 }, ["NoMemory"], { waits: true }),
  munmap: op({ address: u53, length: u53 }, {}, ["BadRange", "NoMemory"], { waits: true }),
  exit: op({ status: u32 }, {}, [], { waits: true }),
});
