/**
 * The log: lines of all clients in one order, kept in a ring, with the time and the name of who wrote them.
 *
 * The name is the composition's: the arguments of the component are `101=editor 102=shell`, badges of clients in
 * hexadecimal; a client that is not named there is called by its badge. Nobody can write under another one's name.
 *
 * `consoleLogServer` also writes each line to a console, which it may have to wait for; everything that is no printable
 * character is shown as such there, so that no client can paint over the lines of another. A console that dies is no
 * reason to fail: the line is in the ring.
 *
 * The ring outlives the log (ring.ts). A line that was taken when it died is read after that, under the same number; one
 * that it died with (`Gone`) may be, and may be missing on the console. What a client may write begins anew.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import { fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { component } from "../common/component.js";
import type { Offer, Self } from "../common/handles.js";
import { calls, memory } from "../common/need.js";
import { print } from "../console/client.js";
import { ConsoleOutput } from "../console/interface.js";
import { Clock } from "../timer/clock.js";
import { Timer } from "../timer/interface.js";
import { Allowance } from "./allowance.js";
import { Log, LogReader } from "./interface.js";
import { type LogEntry, LogRing, RING_PAGES } from "./ring.js";

const offers = { log: Log, reader: LogReader };

/** A log in memory. It needs a timer, for the times and to know who writes too fast. */
export const logServer = component("log", {
  needs: { timer: calls(Timer), kept: memory(RING_PAGES, { kept: true }) },
  offers,
  *main({ timer, kept, log, reader, self }) {
    const ring = yield* LogRing.open(kept.address);
    yield* serveLog({ timer, ring, log, reader, self, show: null });
  },
});

/** A log in memory that writes its lines to a console as well. */
export const consoleLogServer = component("consoleLog", {
  needs: { timer: calls(Timer), output: calls(ConsoleOutput), kept: memory(RING_PAGES, { kept: true }) },
  offers,
  *main({ timer, output, kept, log, reader, self }) {
    const ring = yield* LogRing.open(kept.address);
    const show = function* (entry: LogEntry): Thread<void> {
      yield* print(output, `${lineOf(entry)}\n`);
    };
    yield* serveLog({ timer, ring, log, reader, self, show });
  },
});

interface Parts {
  readonly timer: Client<typeof Timer>;
  readonly ring: LogRing;
  readonly log: Offer<typeof Log>;
  readonly reader: Offer<typeof LogReader>;
  readonly self: Self;
  readonly show: ((entry: LogEntry) => Thread<void>) | null;
}

/** What is kept for a client. */
interface Writer {
  readonly name: string;
  /** Null until its first line. */
  allowance: Allowance | null;
}

function* serveLog({ timer, ring, log, reader, self, show }: Parts): Thread<never> {
  const written = self.condition();
  const names = namesIn(self.args);
  const clock = new Clock(timer);
  log.on(({ badge }): Writer => ({ name: names.get(badge) ?? badge.toString(16), allowance: null }), {
    *write(writer, line) {
      const us = yield* clock.read();
      writer.allowance ??= new Allowance(us);
      if (!writer.allowance.take(us)) return fail("TooFast");
      const { dropped } = writer.allowance;
      writer.allowance.dropped = 0;
      const entry = yield* ring.add({ us, client: writer.name, dropped, ...line });
      written.wake();
      if (show !== null) yield* show(entry);
      return undefined;
    },
  });
  return yield* reader.serve(() => null, {
    *read(_, { from }) {
      return (yield* ring.from(from)) ?? fail("NoMore");
    },
    next: (_, { from }) => nextLine(ring, written, from),
  });
}

/** The first line from number `from` on, when there is one. */
function* nextLine(ring: LogRing, written: Condition, from: number): Thread<LogEntry> {
  for (;;) {
    const entry = yield* ring.from(from);
    if (entry !== undefined) return entry;
    yield* written.wait();
  }
}

/** Names by badge, from `101=editor 102=shell`; what is none is left out. */
function namesIn(args: string): Map<number, string> {
  const pairs = args.split(/\s+/).map((word) => /^([0-9a-f]+)=(\w{1,32})$/.exec(word));
  return new Map(
    pairs.flatMap((pair) => (pair === null ? [] : [[Number.parseInt(pair[1] as string, 16), pair[2] as string]])),
  );
}

/** A line as people read it: `   1.234567 editor: warning: opened fd=3`. */
function lineOf({ us, client, dropped, level, line, fields }: LogEntry): string {
  const time = `${Math.floor(us / 1e6)}.${String(us % 1e6).padStart(6, "0")}`.padStart(12);
  const gap = dropped === 0 ? "" : ` (${dropped} lines dropped)`;
  const values = fields === "" ? "" : ` ${fields}`;
  return `${time} ${client}${gap}: ${level}: ${visible(line)}${visible(values)}`;
}

/** Control characters as people can see them. */
function visible(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (it) => `\\u{${(it.codePointAt(0) as number).toString(16)}}`);
}
