/**
 * The pipes of a system: for each one its bytes (stream.ts), and those who wait at its ends.
 *
 * An end is a session of whoever opened it, and is used by whom that handed it to. What a user of an end can do to others
 * is bounded: it keeps one call waiting, however many it sends, so all ends that a client can open have room beside one
 * another. With the client the ends that it opened are closed, and with those the waits of their users.
 */
import type { Condition } from "../common/activity.js";
import { fail } from "../common/answer.js";
import { component } from "../common/component.js";
import type { Handlers, Self } from "../common/handles.js";
import { File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";
import { DEVICE, PLAIN_FILE } from "../vfs/plain.js";
import { Pipe, Pipes } from "./interface.js";
import { type End, type PendingWrite, Stream } from "./stream.js";

/** Callers that wait at a time: one for each of the sessions that a client may have. */
const WAITING = 64;
const NO_BYTES = new Uint8Array(0);

/** The component. Its offer is the making of pipes; it needs nothing. */
export const pipeServer = component("pipes", {
  offers: { pipes: Pipes },
  waiting: WAITING,
  *main({ pipes, self }) {
    const files = fileHandlers(self);
    const openEnd = (pipe: OpenPipe, end: End) => {
      const file = pipes.session(File, { pipe, end, isWaitedAt: false } as OpenEnd, files, closeEnd);
      pipe.stream.add(end);
      return { file };
    };
    const ends: Handlers<typeof Pipe, OpenPipe> = {
      reader: (pipe) => openEnd(pipe, "reader"),
      writer: (pipe) => openEnd(pipe, "writer"),
    };
    yield* pipes.serve(() => null, {
      open() {
        const pipe = { stream: new Stream(), changed: self.condition() };
        return { pipe: pipes.session(Pipe, pipe, ends, sealPipe) };
      },
    });
  },
});

/** What is kept for a pipe. */
interface OpenPipe {
  readonly stream: Stream;
  /** Woken when there is something to read, or the last writer has gone. */
  readonly changed: Condition;
}

/** What is kept for an end of a pipe. */
interface OpenEnd {
  readonly pipe: OpenPipe;
  readonly end: End;
  /** A call waits at it, and others that would have to are refused. */
  isWaitedAt: boolean;
}

function closeEnd({ pipe, end }: OpenEnd): void {
  pipe.stream.remove(end);
  pipe.changed.wake();
}

function sealPipe({ stream, changed }: OpenPipe): void {
  stream.seal();
  changed.wake();
}

function fileHandlers(self: Self): Handlers<typeof File, OpenEnd> {
  return {
    ...PLAIN_FILE,
    *read(opened, { length }) {
      const { stream, changed } = opened.pipe;
      if (opened.end !== "reader") return fail("Denied");
      if (length > 0 && stream.length === 0 && !stream.hasEnded) {
        if (opened.isWaitedAt) return fail("Busy");
        opened.isWaitedAt = true;
        try {
          do yield* changed.wait();
          while (stream.length === 0 && !stream.hasEnded);
        } finally {
          opened.isWaitedAt = false;
        }
      }
      if (stream.length === 0) return { data: NO_BYTES };
      return { data: stream.take(Math.min(length, CHUNK)) };
    },

    *write(opened, { data }) {
      const { stream, changed } = opened.pipe;
      if (opened.end !== "writer") return fail("Denied");
      if (stream.isBroken) return fail("BrokenPipe");
      if (!stream.write(data)) {
        if (opened.isWaitedAt) return fail("Busy");
        const settled = self.condition<"written" | "broken">();
        const pending: PendingWrite = { data, settled: (outcome) => settled.wake(outcome) };
        stream.wait(pending);
        opened.isWaitedAt = true;
        try {
          if ((yield* settled.wait()) === "broken") return fail("BrokenPipe");
        } finally {
          opened.isWaitedAt = false;
          stream.forget(pending);
        }
      }
      changed.wake();
      return { written: data.length };
    },

    truncate: ({ end }) => (end === "writer" ? undefined : fail("Denied")),
    stat: ({ pipe }) => ({ ...DEVICE, size: pipe.stream.length }),
  };
}
