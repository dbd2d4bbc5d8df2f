/** World number n of a seed: priorities, budgets, costs, and a generator; every other one begins with a recorded scenario. */
import { type Scenario, THREADS } from "@tessera/conformance/recording";
import { type Costs, type FuzzProgram, parseProgram } from "../program/program.js";
import type { OpSource } from "../run/source.js";
import { Dice, worldSeed } from "./dice.js";
import { Generator } from "./generator.js";

export interface World {
  /** Its own ops are empty: `source` hands them out. */
  readonly frame: FuzzProgram;
  readonly source: OpSource;
}

export interface WorldOptions {
  readonly seed: number;
  /** Threads that are started in worlds that begin with nothing: 1..4. */
  readonly threads: number;
  /** Lines of programs to begin with; worlds with an odd number take them in turn. */
  readonly seeds: readonly string[];
}

/** Ops of a world that begins with nothing, and of what follows a recorded scenario. */
const OPS = 400;
const OPS_BEHIND = 100;

export function makeWorld(index: number, { seed, threads, seeds }: WorldOptions): World {
  const dice = new Dice(worldSeed(seed, index));
  const turn = (index - 1) / 2;
  const line = index % 2 === 1 ? seeds[turn % seeds.length] : undefined;
  if (line === undefined) {
    const frame = freshFrame(`fuzz/${seed}/${index}`, dice, threads);
    return { frame, source: new Generator(dice, THREADS, OPS) };
  }
  const program = parseProgram(line);
  // The first round is of the scenarios alone: what follows may change how their calls end.
  const behind = turn < seeds.length ? 0 : OPS_BEHIND;
  return { frame: program, source: new Generator(dice, THREADS, behind, program.scenario.ops) };
}

function freshFrame(id: string, dice: Dice, threads: number): FuzzProgram {
  const each = <T>(value: () => T): T[] => Array.from({ length: THREADS }, value);
  const times = each(() => (dice.oneIn(3) ? dice.pick(TIMES) : ([100_000, 100_000] as const)));
  const samePriority = dice.oneIn(3);
  const scenario: Scenario = {
    ...{ id, suite: "fuzz", desc: "", settleUs: 100 },
    prio: each(() => (samePriority ? 100 : 90 + dice.below(30))),
    mcp: each(() => 254),
    budgetUs: times.map(([budget]) => budget),
    periodUs: times.map(([, period]) => period),
    ops: each(() => []),
  };
  return { scenario, costs: dice.pick(COSTS), starts: each(() => true).map((_, thread) => thread < threads) };
}

const TIMES = [
  [1_000, 1_000],
  [500, 5_000],
  [100, 500],
  [50, 200],
] as const;

const COSTS: readonly [Costs, ...Costs[]] = [
  { kernelEntry: 200, kernelWorkUnit: 50 },
  { kernelEntry: 200, kernelWorkUnit: 50 },
  { kernelEntry: 2000, kernelWorkUnit: 500 },
  { kernelEntry: 5000, kernelWorkUnit: 20_000 },
];
