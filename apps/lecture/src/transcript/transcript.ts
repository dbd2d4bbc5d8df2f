/** The whole transcript of a machine that has run: read once from its trace, shown in any form. */
import type { Trace } from "@tessera/hal-sim";
import { lastRecords, MachineEvent } from "@tessera/hal-sim";
import { Cause } from "@tessera/hal-sim/isa";
import type { Explanation } from "@tessera/kernel";
import { condense } from "./condense.js";
import type { Fact } from "./facts.js";
import { failureSentence } from "./failure.js";
import { fold } from "./fold.js";
import { type Frame, transcriptJson } from "./json.js";
import type { Requests } from "./message.js";
import type { Paint } from "./paint.js";
import { tell } from "./tell.js";
import { transcriptLines } from "./text.js";

export interface Transcript {
  readonly facts: readonly Fact[];
  /** `columns`: how long a line may be. */
  text(paint: Paint, columns: number): string;
  json(): string;
}

/** What is known of failures besides the trace. */
export interface Known {
  /** What programs threw, by thread id: where in their files they failed is known to the host alone. */
  readonly failures: ReadonlyMap<number, Error>;
  /** What the kernel says of calls that it refused and of faults. */
  readonly explanations: readonly Explanation[];
  /** What the labels of the scene's messages mean. */
  readonly requests: Requests;
}

export function transcribe(trace: Trace, known: Known, options: Frame["options"]): Transcript {
  const { failures, explanations, requests } = known;
  const sentences = new Map([...failures].map(([id, error]) => [id, failureSentence(error)]));
  const story = tell(trace, sentences, explanations, requests);
  const facts = condense(story.facts);
  const { threads } = story;
  const hash = trace.hash.toString(16).padStart(8, "0");
  const frame = { options, threads, records: trace.count, hash, calls: countCalls(trace) };
  return {
    facts,
    text: (paint, columns) =>
      [...transcriptLines(threads, facts, paint, columns), "", ...footer(frame, paint, columns), ""].join("\n"),
    json: () => `${transcriptJson(frame, facts)}\n`,
  };
}

/** Every record as it is. */
export function rawTrace(trace: Trace): string {
  return `${lastRecords(trace, trace.count).join("\n")}\n`;
}

function footer({ calls, records, hash }: Frame, paint: Paint, columns: number): string[] {
  const facts = `${calls} system calls, ${records} trace records, hash ${hash}`;
  const legend = "A tick is 100 ns of modelled time. ● does, ○ waits, ✗ fails.";
  return fold(`${facts}. ${legend}`, columns, 0).map((line) => paint("dim", line));
}

function countCalls(trace: Trace): number {
  let calls = 0;
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n);
    if (record?.kind === MachineEvent.Trap && record.a === Cause.UserEcall) calls++;
  }
  return calls;
}
