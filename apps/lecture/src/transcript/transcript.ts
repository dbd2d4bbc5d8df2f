/** The whole transcript of a machine that has run: read once from its trace, shown in any form. */
import type { Trace } from "@tessera/hal-sim";
import { lastRecords, MachineEvent } from "@tessera/hal-sim";
import { Cause } from "@tessera/hal-sim/isa";
import { condense } from "./condense.js";
import type { Fact } from "./facts.js";
import { failureSentence } from "./failure.js";
import { type Frame, transcriptJson } from "./json.js";
import type { Paint } from "./paint.js";
import { tell } from "./tell.js";
import { transcriptLines } from "./text.js";

export interface Transcript {
  readonly facts: readonly Fact[];
  text(paint: Paint): string;
  json(): string;
}

/**
 * @param failures what programs threw, by thread id: where in their files they failed is known to the host alone
 */
export function transcribe(trace: Trace, failures: ReadonlyMap<number, Error>, options: Frame["options"]): Transcript {
  const sentences = new Map([...failures].map(([id, error]) => [id, failureSentence(error)]));
  const story = tell(trace, sentences);
  const facts = condense(story.facts);
  const { threads } = story;
  const hash = trace.hash.toString(16).padStart(8, "0");
  const frame = { options, threads, records: trace.count, hash, calls: countCalls(trace) };
  return {
    facts,
    text: (paint) => [...transcriptLines(threads, facts, paint), "", footer(frame, paint), ""].join("\n"),
    json: () => `${transcriptJson(frame, facts)}\n`,
  };
}

/** Every record as it is. */
export function rawTrace(trace: Trace): string {
  return `${lastRecords(trace, trace.count).join("\n")}\n`;
}

function footer({ calls, records, hash }: Frame, paint: Paint): string {
  const facts = `${calls} system calls, ${records} trace records, hash ${hash}`;
  return paint("dim", `${facts}. A tick is 100 ns of modelled time. ● does, ○ waits, ✗ fails.`);
}

function countCalls(trace: Trace): number {
  let calls = 0;
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n);
    if (record?.kind === MachineEvent.Trap && record.a === Cause.UserEcall) calls++;
  }
  return calls;
}
