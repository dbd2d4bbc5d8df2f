/** Worlds one after the other until there are enough ops, time is up, or something is found. */
import { makeWorld, type WorldOptions } from "../generate/world.js";
import { Matrix } from "../matrix/matrix.js";
import type { Events } from "../run/run.js";
import { type Examined, type ExamineOptions, examine } from "./examine.js";

/**
 * In one world of so many, explanations also tell the line of the program and the history of slots. These are the same
 * two functions for every refusal, and take longer than all else that a call does.
 */
const WORLDS_A_FULL_TALE = 32;

export interface CampaignOptions extends WorldOptions, ExamineOptions {
  /** Ops that are enough. */
  readonly ops: number;
  /** The first world; with `worlds` 1, the only one. */
  readonly from?: number;
  readonly worlds?: number;
  /** Asked after each world: whether time is up. */
  readonly isLate?: () => boolean;
  readonly progress?: (campaign: CampaignResult) => void;
}

export interface CampaignResult {
  readonly matrix: Matrix;
  worlds: number;
  ops: number;
  /** Kernel entries with all checks on, and of the runs that were compared with them. */
  entries: number;
  comparedEntries: number;
  checkedMs: number;
  checkedCpuMs: number;
  readonly events: Record<keyof Events, number>;
  /** The world in which something was found. */
  found: { readonly world: number; readonly examined: Examined } | null;
}

export function campaign(options: CampaignOptions): CampaignResult {
  const sum: CampaignResult = {
    ...{
      matrix: new Matrix(),
      worlds: 0,
      ops: 0,
      entries: 0,
      comparedEntries: 0,
      checkedMs: 0,
      checkedCpuMs: 0,
      events: { shortcuts: 0, restarts: 0, exhaustions: 0, preemptions: 0, interrupts: 0, turns: 0 },
      found: null,
    },
  };
  const { ops, from = 0, worlds = Infinity, isLate = () => false } = options;
  while (sum.ops < ops && sum.worlds < worlds && sum.found === null && !isLate()) {
    const world = from + sum.worlds;
    const { frame, source } = makeWorld(world, options);
    const tellsAll = world % WORLDS_A_FULL_TALE === 0;
    const examined = examine(frame, source, { ...options, tellsAll });
    add(sum, examined);
    if (examined.finding !== null) sum.found = { world, examined };
    options.progress?.(sum);
  }
  return sum;
}

function add(
  sum: CampaignResult,
  { steps, entries, comparedEntries, checkedMs, checkedCpuMs, events }: Examined,
): void {
  for (const { op, result } of steps) sum.matrix.add(op, result);
  sum.worlds++;
  sum.ops += steps.length;
  sum.entries += entries;
  sum.comparedEntries += comparedEntries;
  sum.checkedMs += checkedMs;
  sum.checkedCpuMs += checkedCpuMs;
  for (const name of Object.keys(events) as (keyof Events)[]) sum.events[name] += events[name];
}
