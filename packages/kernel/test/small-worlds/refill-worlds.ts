/**
 * Everything that can happen to the refills of a small ring, in steps of one unit of time, beside the model.
 *
 * A thread with a scheduling context runs, is preempted, blocks, wakes, yields, enters the kernel or is stopped by the
 * timer, in every order. What is explored is a graph: its nodes are the refills relative to now, what the thread does, and
 * in which units of the last period it ran; its edges are the steps. Equal nodes are gone on from once. With the constant
 * bandwidth that a context has by default the graph is finite and is explored to its end, so that sequences have any
 * length; a sporadic one may be preempted for ever, and is explored to a depth.
 */
import { Refills } from "../../src/time/refill.js";
import { RefillModel } from "../support/refill-model.js";
import { list } from "../support/refills.js";

/** Ticks of a unit; the minimum budget is two. */
export const UNIT = 100;
const MIN_BUDGET = 200;

export interface Ring {
  readonly max: number;
  /** Budget and period in units. */
  readonly budget: number;
  readonly period: number;
  readonly isSporadic: boolean;
  /** Whether somebody else may take the CPU. */
  readonly isPreempted: boolean;
  /** Most steps of a sequence; Infinity: until nothing new comes. */
  readonly depth: number;
}

type Step = "pass" | "run" | "switch in" | "preempt" | "block" | "wake" | "yield" | "enter" | "timer";
type Phase = "running" | "ready" | "blocked";

interface World {
  readonly refills: Refills;
  readonly model: RefillModel;
  readonly phase: Phase;
  readonly now: number;
  /** Ticks run since the last switch, not yet committed. */
  readonly stint: number;
  /** For each unit of the last period, the oldest first, whether it ran. */
  readonly ran: readonly boolean[];
  readonly before: World | null;
  readonly by: Step | null;
}

export interface RefillCount {
  worlds: number;
  steps: number;
  /** Most units run in any period. */
  most: number;
  /** Whether nothing new was left to find. */
  isComplete: boolean;
}

/** Explore a ring; throws the first sequence after which the kernel's refills are not the model's, or a law is broken. */
export function exploreRefills(
  ring: Ring,
  newRefills: () => Refills = () => new Refills(),
  newModel: () => RefillModel = () => new RefillModel(),
): RefillCount {
  const count: RefillCount = { worlds: 0, steps: 0, most: 0, isComplete: false };
  let edge = [firstWorld(ring, newRefills(), newModel())];
  const seen = new Set(edge.map((world) => keyOf(world, ring)));
  for (let depth = 0; depth < ring.depth && edge.length > 0; depth++) {
    const next: World[] = [];
    for (const world of edge) {
      for (const step of stepsOf(world, ring)) {
        const after = taken(world, step, ring);
        count.steps++;
        check(after, ring);
        count.most = Math.max(count.most, after.ran.filter(Boolean).length);
        const key = keyOf(after, ring);
        if (!seen.has(key)) {
          seen.add(key);
          next.push(after);
        }
      }
    }
    edge = next;
  }
  return { ...count, worlds: seen.size, isComplete: edge.length === 0 };
}

function firstWorld({ max, budget, period }: Ring, refills: Refills, model: RefillModel): World {
  const ran = new Array<boolean>(period).fill(false);
  refills.configure(max, budget * UNIT, budget === period ? 0 : period * UNIT, 0);
  model.configure(max, budget * UNIT, period * UNIT, 0);
  return { refills, model, phase: "blocked", now: 0, stint: 0, ran, before: null, by: null };
}

/** What can happen now. */
function stepsOf({ refills, phase, now, stint }: World, { isSporadic, isPreempted }: Ring): Step[] {
  if (phase === "blocked") return ["pass", "wake"];
  if (phase === "ready") {
    // Who is preempted waits for somebody else; who has no time waits for that.
    if (!refills.isReady(now)) return ["pass", "block"];
    return isPreempted ? ["pass", "block", "switch in"] : ["switch in"];
  }
  if (refills.headAmount - stint < UNIT) return ["timer"];
  const all: Step[] = ["run", "block", "yield", "enter"];
  if (isPreempted && (stint > 0 || isSporadic)) all.push("preempt");
  return all;
}

function taken(world: World, by: Step, { isSporadic }: Ring): World {
  const { phase, now, stint, ran } = world;
  const refills = copyOf(world.refills);
  const model = world.model.copyOfItself();
  const both = (act: (target: Refills | RefillModel) => void) => {
    act(refills);
    act(model);
  };
  const after = (change: Partial<World>): World => ({ ...world, refills, model, before: world, by, ...change });
  switch (by) {
    case "pass":
      return after({ now: now + UNIT, ran: [...ran.slice(1), false] });
    case "run":
      return after({ now: now + UNIT, stint: stint + UNIT, ran: [...ran.slice(1), true] });
    case "wake":
      if (isSporadic) both((target) => target.unblock(now));
      return after({ phase: "ready" });
    case "switch in":
      if (!isSporadic) both((target) => target.unblock(now));
      return after({ phase: "running", stint: 0 });
    case "preempt":
    case "block":
      if (stint > 0 && phase === "running") both((target) => target.commit(stint));
      return after({ phase: by === "block" ? "blocked" : "ready", stint: 0 });
    case "yield":
    case "enter":
    case "timer": {
      const isAffordable = refills.isSufficient(stint);
      if (by === "enter" && isAffordable) return after({});
      // Yield gives up what is left of the head, when it is done at all.
      const used = by === "yield" && isAffordable ? refills.headAmount : stint;
      endTurn(refills, used);
      model.endTurn(used);
      return after({ phase: "ready", stint: 0 });
    }
  }
}

function endTurn(refills: Refills, used: number): void {
  if (refills.isRoundRobin) refills.restoreRoundRobin();
  else refills.charge(used);
}

/** As the model, conserving the budget, in order, not overlapping, no head too small to be scheduled with. */
function check(world: World, ring: Ring): void {
  const { refills, model } = world;
  const all = list(refills);
  const sum = all.reduce((total, [, amount]) => total + amount, 0);
  const expect = (holds: boolean, law: string) => {
    if (!holds) throw new Error(`${law}: ${JSON.stringify(all)} after ${program(world)} of ${JSON.stringify(ring)}`);
  };
  expect(JSON.stringify(all) === JSON.stringify(model.list()), `the model has ${JSON.stringify(model.list())}`);
  expect(sum === ring.budget * UNIT, "refills add up to the budget");
  expect(all.length <= ring.max, "there are no more than there is room for");
  if (refills.isRoundRobin) return;
  expect(refills.headAmount >= MIN_BUDGET, "the head is enough to be scheduled with");
  const isOrdered = all.every(([time, amount], i) => i + 1 === all.length || time + amount <= all[i + 1]![0]);
  expect(isOrdered, "refills are in order and do not overlap");
}

function program(world: World): string {
  const steps: (Step | null)[] = [];
  for (let at: World | null = world; at !== null; at = at.before) steps.push(at.by);
  return JSON.stringify(steps.reverse().slice(1));
}

/**
 * What tells two worlds apart from here on. Times that are past do not, when the next that happens to the refills is the
 * unblock check, which makes now of them; of a round-robin turn times never count.
 */
function keyOf({ refills, phase, now, stint, ran }: World, { isSporadic }: Ring): string {
  const isToUnblock = phase === "blocked" || (phase === "ready" && !isSporadic);
  const relative = list(refills).map(([time, amount]) => {
    if (refills.isRoundRobin) return amount;
    return [isToUnblock ? Math.max(0, time - now) : time - now, amount];
  });
  return JSON.stringify([relative, phase, stint, ran.map(Number).join("")]);
}

/** A copy with a ring of its own. */
function copyOf(refills: Refills): Refills {
  const { ticks } = refills as unknown as { ticks: number[] };
  const copy = Object.assign(Object.create(Object.getPrototypeOf(refills)) as Refills, refills);
  return Object.assign(copy, { ticks: ticks.slice() });
}
