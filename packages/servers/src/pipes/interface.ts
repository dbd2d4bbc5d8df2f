/**
 * Pipes: what one program writes is what another one reads. Both ends are files (vfs/interface.ts), sessions to be handed
 * to the two programs; whoever opened an end closes it when its program has ended.
 */
import { define, op, sessionOf } from "../common/define.js";
import { File } from "../vfs/interface.js";

/** Bytes that lie in a pipe at most. */
export const PIPE_BYTES = 4096;

/** A pipe. Each call opens a further end, for a further program: at one end one call waits at a time (else `Busy`). */
export const Pipe = define("pipe", {
  /**
   * An end to read from. `read` waits until there is something, or answers with no bytes when all ends for writing are
   * closed. Several readers share what comes: each byte is read by one of them.
   */
  reader: op({}, { file: sessionOf(File) }),
  /**
   * An end to write to. `write` waits until all of it fits, in the order in which writers came, so what one call writes
   * comes out in one piece. `BrokenPipe`: all ends for reading are closed.
   */
  writer: op({}, { file: sessionOf(File) }),
});

/** Making pipes. */
export const Pipes = define("pipes", {
  /**
   * A pipe without ends. One that never had an end of a kind has not come to its end: a reader waits for the first
   * writer. When the pipe itself is closed, the ends that there are remain, and no others can come.
   */
  open: op({}, { pipe: sessionOf(Pipe) }),
});
