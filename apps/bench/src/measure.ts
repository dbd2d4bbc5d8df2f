/** Measuring: rounds of all variants in turn in one process, so that what disturbs one disturbs all; medians of them. */
import type { Kernel } from "@tessera/kernel";
import type { Case } from "./cases.js";

export interface Row {
  readonly name: string;
  /** Host nanoseconds for doing it once, CPU time of this process. */
  readonly nanoseconds: number;
  /** The same in units of the floor: two generators resumed in turn. */
  readonly floors: number;
  /** Time with nothing recorded in the trace, and with nobody to explain failures, over the plain time. */
  readonly withoutTrace: number;
  readonly withoutExplainer: number;
  /** Hash of the trace after the same number of entries: that the same was done. */
  readonly hash: string;
}

const ENTRIES_A_ROUND = 20_000;
const WARM_UP_ROUNDS = 5;

export function measure(each: Case, rounds: number): Row {
  const variants = [each.boot(), withoutTrace(each.boot()), withoutExplainer(each.boot())];
  const times: number[][] = variants.map(() => []);
  const floors: number[] = [];
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    const floor = floorNanoseconds();
    const spent = variants.map(({ machine }) => cpuNanoseconds(() => machine.run({ events: ENTRIES_A_ROUND })));
    if (round < WARM_UP_ROUNDS) continue;
    floors.push(floor);
    spent.forEach((time, i) => {
      times[i]?.push(time);
    });
  }
  const [plain = 0, untraced = 0, unexplained = 0] = times.map(median);
  const nanoseconds = (plain / ENTRIES_A_ROUND) * each.entriesEach;
  return {
    name: each.name,
    nanoseconds,
    floors: nanoseconds / median(floors),
    withoutTrace: untraced / plain,
    withoutExplainer: unexplained / plain,
    hash: (variants[0] as Kernel).machine.trace.hash.toString(16),
  };
}

function withoutTrace(kernel: Kernel): Kernel {
  kernel.machine.trace.enabled = false;
  return kernel;
}

function withoutExplainer(kernel: Kernel): Kernel {
  kernel.state.explainer = null;
  return kernel;
}

const RESUMES = 200_000;

/** Host nanoseconds for resuming two generators in turn. */
function floorNanoseconds(): number {
  function* idle(): Generator<void, void, void> {
    for (;;) yield;
  }
  const a = idle();
  const b = idle();
  const time = cpuNanoseconds(() => {
    for (let i = 0; i < RESUMES; i++) {
      a.next();
      b.next();
    }
  });
  return time / RESUMES;
}

function cpuNanoseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return process.cpuUsage(before).user * 1000;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
