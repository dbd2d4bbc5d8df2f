/** The transcript as one JSON document: the facts of the text, for programs. */
import { TICKS_PER_MS } from "@tessera/hal-sim";
import type { Fact } from "./facts.js";

/** What the text says above and below the facts. */
export interface Frame {
  /** What was played, and what was chosen for it. */
  readonly options: Readonly<Record<string, number | string>>;
  readonly threads: readonly string[];
  /** Records that the trace has ever had, and the hash over them. */
  readonly records: number;
  readonly hash: string;
  /** System calls among them. */
  readonly calls: number;
}

export function transcriptJson(frame: Frame, facts: readonly Fact[]): string {
  const { threads, ...rest } = frame;
  return JSON.stringify({ ...rest, ticksPerMillisecond: TICKS_PER_MS, threads, facts }, null, 2);
}
