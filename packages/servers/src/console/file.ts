/**
 * The console as a file: what is read is what is typed, line by line, and what is written comes out in one piece.
 *
 * A line is read with its end, and what of it does not fit comes with the next read; no bytes: ctrl-D was typed. There are
 * no offsets. In raw mode there is nothing to read (`Denied`), since what is typed then is meant for somebody else.
 */
import { type Failure, fail } from "../common/answer.js";
import type { Handlers } from "../common/handles.js";
import type { File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";
import { DEVICE, PLAIN_FILE } from "../vfs/plain.js";
import type { Terminal } from "./terminal.js";

const NO_BYTES = new Uint8Array(0);

/** Who reads next is told more than a file can say. */
const ERRORS = { Overrun: "IO", InUse: "Busy", Raw: "Denied" } as const;

/** What becomes of calls to the console as a file. */
export function fileHandlers(terminal: Terminal): Handlers<typeof File, null> {
  return {
    ...PLAIN_FILE,
    *read(_, { length }) {
      if (length === 0) return { data: NO_BYTES };
      const read = yield* terminal.readText(Math.min(length, CHUNK));
      return read instanceof Uint8Array ? { data: read } : refusal(read);
    },
    *write(_, { data }) {
      yield* terminal.write(data);
      return { written: data.length };
    },
    truncate() {},
    stat: () => DEVICE,
  };
}

function refusal({ error }: Failure<keyof typeof ERRORS>): Failure<(typeof ERRORS)[keyof typeof ERRORS]> {
  return fail(ERRORS[error]);
}
