/**
 * A world examined: run with every check on, and, when nothing was found, once more from what it handed out, without
 * checks, explanations and the short way of Call and ReplyRecv. Both runs must leave the same trace.
 */

import type { FuzzProgram } from "../program/program.js";
import type { Finding } from "../run/finding.js";
import { type RunOptions, type RunResult, run } from "../run/run.js";
import { ListSource, type OpSource } from "../run/source.js";

export type Plant = NonNullable<RunOptions["plant"]>;

export interface Examined extends RunResult {
  /** Kernel entries of the second run. */
  readonly comparedEntries: number;
  /** What the first run took, with all checks, by `now` and by `cpu`. */
  readonly checkedMs: number;
  readonly checkedCpuMs: number;
}

export interface ExamineOptions {
  readonly plant?: Plant;
  /** Explanations tell the line of the program and the history of slots (default true). */
  readonly tellsAll?: boolean;
  /** The host's clock, and the processor time that was used, in milliseconds; without these nothing is measured. */
  readonly now?: () => number;
  readonly cpu?: () => number;
}

/** @param frame what world it is; its own ops are not looked at */
export function examine(frame: FuzzProgram, source: OpSource, examineOptions: ExamineOptions = {}): Examined {
  const { plant, tellsAll = true, now = () => 0, cpu = () => 0 } = examineOptions;
  const [start, cpuStart] = [now(), cpu()];
  const first = run(frame, source, options(plant, { tellsAll }));
  const times = { checkedMs: now() - start, checkedCpuMs: cpu() - cpuStart };
  if (first.finding !== null) return { ...first, comparedEntries: 0, ...times };
  const bare = { checkInvariants: false, fastPath: false, explains: false, tellsAll: false };
  const second = again(first.program, options(plant, bare));
  const finding = second.finding ?? differing(first, second, plant);
  return { ...first, finding, comparedEntries: second.entries, ...times };
}

/** The same of a program whose ops are known. */
export function examineProgram(program: FuzzProgram, examineOptions: ExamineOptions = {}): Examined {
  return examine(program, new ListSource(program.scenario.ops), examineOptions);
}

function again(program: FuzzProgram, runOptions: RunOptions): RunResult {
  return run(program, new ListSource(program.scenario.ops), runOptions);
}

function differing(first: RunResult, second: RunResult, plant: Plant | undefined): Finding | null {
  if (first.hash === second.hash) return null;
  const same = again(first.program, options(plant, { checkInvariants: false, tellsAll: false }));
  const what = `left the trace ${hex(first.hash)}, and`;
  if (same.hash !== first.hash) {
    return { kind: "nondeterminism", text: `the program ${what} when run again ${hex(same.hash)}` };
  }
  return { kind: "fast path", text: `the program ${what} without the fast path ${hex(second.hash)}` };
}

function options(plant: Plant | undefined, others: RunOptions = {}): RunOptions {
  return plant === undefined ? others : { ...others, plant };
}

function hex(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, "0");
}
