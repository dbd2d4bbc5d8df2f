/**
 * World number n of a seed: priorities, budgets, costs, surroundings and a generator. Many
 * begin with a recorded scenario.
 */
import { type Scenario, THREADS } from "@tessera/conformance/recording";
import { type Costs, type FuzzProgram, parseProgram } from "../program/program.js";
import { NO_SURROUNDINGS, type Surroundings } from "../program/surroundings.js";
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
const OPS = 1000;
const OPS_BEHIND = 300;
const ROUSES = 12;
const ROUSES_BEHIND = 4;
/** In the first round of the recorded scenarios one world in so many begins with nothing. */
const FRESH_EVERY = 4;

export function makeWorld(index: number, { seed, threads, seeds }: WorldOptions): World {
  const dice = new Dice(worldSeed(seed, index));
  const at = seedOf(index, seeds.length);
  const line = seeds[at % seeds.length];
  if (at < 0 || line === undefined) return freshWorld(`fuzz/${seed}/${index}`, dice, threads);
  const program = parseProgram(line);
  const given = program.scenario.ops;
  // The first round is of the scenarios alone: what follows may change how their calls end.
  const isAlone = at < seeds.length;
  const surroundings = isAlone ? NO_SURROUNDINGS : { ...NO_SURROUNDINGS, rouses: ROUSES_BEHIND };
  const source = new Generator(dice, THREADS, { ops: isAlone ? 0 : OPS_BEHIND, given, surroundings });
  return { frame: { ...program, surroundings }, source };
}

/** Which scenario the world begins with, rounds counted on; -1: none. */
function seedOf(index: number, count: number): number {
  const at = index - Math.floor(index / FRESH_EVERY) - 1;
  if (at < count) return index % FRESH_EVERY === 0 ? -1 : at;
  return index % 2 === 0 ? -1 : count + (index - 1) / 2;
}

function freshWorld(id: string, dice: Dice, threads: number): World {
  const server = dice.oneIn(2) ? dice.below(threads) : -1;
  const frame = freshFrame(id, dice, threads, server);
  const { surroundings } = frame;
  const isPassive = dice.oneIn(2);
  return { frame, source: new Generator(dice, THREADS, { ops: OPS, surroundings, server, isPassive }) };
}

function freshFrame(id: string, dice: Dice, threads: number, server: number): FuzzProgram {
  const each = <T>(value: () => T): T[] => Array.from({ length: THREADS }, value);
  const times = each(() => (dice.oneIn(3) ? dice.pick(TIMES) : ([100_000, 100_000] as const)));
  const samePriority = dice.oneIn(3);
  const prio = each(() => (samePriority ? 100 : 90 + dice.below(30)));
  // A server that is more urgent than its clients takes the short way.
  if (server >= 0) prio[server] = SERVER_PRIORITY;
  const scenario: Scenario = {
    ...{ id, suite: "fuzz", desc: "", settleUs: 100, prio },
    mcp: each(() => 254),
    budgetUs: times.map(([budget]) => budget),
    periodUs: times.map(([, period]) => period),
    ops: each(() => []),
  };
  const surroundings: Surroundings = {
    domains: dice.oneIn(4) ? 2 + dice.below(2) : 1,
    inputEvery: dice.oneIn(2) ? 3 + dice.below(12) : 0,
    rouses: ROUSES,
  };
  return {
    ...{ scenario, surroundings, costs: dice.pick(COSTS) },
    starts: each(() => true).map((_, thread) => thread < threads),
  };
}

const SERVER_PRIORITY = 120;

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
