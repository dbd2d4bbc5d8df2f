/**
 * What a program of the SOS personality calls: the names, the order of arguments and the values of C's `sos.h`, and behind
 * them what the system calls of a C library come to (`brk`, `mmap`, `exit`).
 *
 * A program is written against `SosApi`, and an operating system brings a `SosLibrary` that makes one for each process:
 * whoever writes another system writes another library, and the programs are the same.
 *
 * Nothing here throws for what a program passes: an error is -1, as in C. Addresses are those of the process, and what is
 * read and written lies in its memory. What is said not to block waits for the operating system's answer, and for nothing
 * else: no device, no time, no other process.
 *
 * Source: the course's client library, the header of its API.
 */
import type { ProgramStart, Thread } from "@tessera/hal-sim/isa";

/** Slot of the capability by which a process calls its operating system. */
export const SOS_IPC_EP_CAP = 1;
/** Slot of the capability to a timer process, for systems that have one. */
export const TIMER_IPC_EP_CAP = 2;
/** Files that a process can have open, with 0, 1 and 2, which `sos_open` never returns. */
export const PROCESS_MAX_FILES = 16;
/** Bytes of the largest piece in which C's library reads and writes. */
export const MAX_IO_BUF = 0x1000;
/** Bytes of the name of a command, with the NUL at its end. */
export const N_NAME = 32;

/** `st_fmode`: the file can be run, */
export const FM_EXEC = 1;
/** written, */
export const FM_WRITE = 2;
/** read. */
export const FM_READ = 4;
/** `st_type`: a file, */
export const ST_FILE = 1;
/** or something special: the console, a directory. */
export const ST_SPECIAL = 2;

/** `mode` of `sos_open`: to read, */
export const O_RDONLY = 0;
/** to write, */
export const O_WRONLY = 1;
/** to do both. */
export const O_RDWR = 2;
/** Beside it: what the file holds is cut off. */
export const O_TRUNC = 0o1000;

/** C's `const char *`: the address of a string in the memory of the process, or a string, which the library puts there. */
export type Chars = number | string;

/** The operating system, as a process calls it. */
export interface SosApi {
  /**
   * Open `path`, "console" among others; a missing file is created. Can block until it is found.
   * @param mode `O_RDONLY`, `O_WRONLY` or `O_RDWR`, with `O_TRUNC` where wanted
   * @returns a file from 3 to 15. -1: the path is none, or its memory cannot be read; there are as many files open as may
   *   be; it may not be opened so; the console is open for reading already, and then others run before this one goes on
   */
  sos_open(path: Chars, mode: number): Thread<number>;
  /** Close a file. Does not block. @returns 0; -1: it is not open */
  sos_close(file: number): Thread<number>;
  /**
   * Read up to `nbyte` bytes to `buf`, from where the last one has ended. Blocks: at the console until something is typed,
   * and then gives what is there, a line at most; at a file until they are read.
   * @returns how many, 0 at the end. -1: the file is not open for reading; `buf` cannot be written; `nbyte` is negative; the
   *   file fails
   */
  sos_read(file: number, buf: number, nbyte: number): Thread<number>;
  /**
   * Write `nbyte` bytes from `buf` on. Can block until they are written.
   * @returns how many: fewer when the file system is full. -1: the file is not open for writing; `buf` cannot be read;
   *   `nbyte` is negative; the file fails
   */
  sos_write(file: number, buf: number, nbyte: number): Thread<number>;
  /**
   * The name of entry number `pos` of the directory, from 0 on, to `name`, with a NUL at its end. Can block.
   * @returns the bytes of the name, at most `nbyte` - 1 of it; 0 when `pos` is one past the last. -1: it is further than
   *   that; `name` cannot be written; `nbyte` is negative
   */
  sos_getdirent(pos: number, name: number, nbyte: number): Thread<number>;
  /** What `path` is, to a `sos_stat_t` at `buf`. Can block. @returns 0; -1: there is none, or memory that cannot be used */
  sos_stat(path: Chars, buf: number): Thread<number>;
  /**
   * Run the program that lies in the file `path`. Can block until it is loaded.
   * @returns its pid. -1: there is no such file, it is no program, or there are as many processes as may be
   */
  sos_process_create(path: Chars): Thread<number>;
  /** End a process, this one among others. Does not block. @returns 0; -1: there is none of this pid */
  sos_process_delete(pid: number): Thread<number>;
  /** The pid of the caller. Does not block. */
  sos_my_id(): Thread<number>;
  /**
   * All processes, at most `max`, to the `sos_process_t`s at `processes`. Can block.
   * @returns how many; -1: they cannot be written; `max` is negative
   */
  sos_process_status(processes: number, max: number): Thread<number>;
  /**
   * Wait for the end of a process: `pid`, or -1 for any. Blocks until then.
   * @returns the pid of the one that has ended. -1: there is none of this pid, or none but the caller
   */
  sos_process_wait(pid: number): Thread<number>;
  /** Microseconds since the system has started. Does not block. */
  sos_time_stamp(): Thread<number>;
  /** Sleep for `usec` microseconds: blocks at least so long. Nothing that is not positive. */
  sos_usleep(usec: number): Thread<void>;
  /**
   * Share `size` bytes at `adr` with all processes that say the same of theirs: from the second one on they see the same
   * memory there. A process may write to it as long as all others have said `writable`. Can block.
   * @returns 0; -1: they are no whole pages, or the process has other things there
   */
  sos_share_vm(adr: number, size: number, writable: number): Thread<number>;
  /**
   * The end of the heap is `end` from now on; 0 asks. Does not block.
   * @returns where it is: where it was, when it cannot be at `end`
   */
  brk(end: number): Thread<number>;
  /** Memory of `length` bytes, zeroes, in whole pages. Does not block. @returns its address; -1: there is not so much */
  mmap(length: number): Thread<number>;
  /**
   * Give back pages that came of `mmap`. Does not block.
   * @returns 0; -1: they are no such ones, or what is left would be in too many pieces
   */
  munmap(address: number, length: number): Thread<number>;
  /** The process ends; nobody is told `status`, since SOS knows none. */
  exit(status: number): Thread<never>;
}

/**
 * Makes the library of one process, of what it was started with: a0 is the top of its stack, a1 the address of its IPC
 * buffer.
 */
export type SosLibrary = (start: ProgramStart) => SosApi;

/** A program of SOS, to be put into a file. */
export interface SosProgram {
  /** The name of its file, and of its processes. */
  readonly name: string;
  /** What it does; the process ends when it returns. */
  main(sos: SosApi): Thread<Exit>;
}

/** What a program may return: C's exit status, which nobody is told. */
// biome-ignore lint/suspicious/noConfusingVoidType: most programs just end
export type Exit = number | void;
