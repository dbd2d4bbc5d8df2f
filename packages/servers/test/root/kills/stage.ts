/**
 * A stage: servers that are killed, and witnesses, clients that remember what they were told and say what is wrong.
 *
 * A component is killed where it is: the machine stops at an event or a tick that a seed has drawn, the program that was
 * executing has handed the CPU back in the middle of what it did, and throws as soon as it goes on. So it dies between two
 * of its instructions, inside of a handler, in a call, before it serves, or when it is being answered.
 */
import { type DiskBackEnd, Prng } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import { type BootedWorld, bootWorld } from "@tessera/testing";
import { type Client, type Component, planImage, type Timer } from "../../../src/index.js";
import { existing } from "../existing.js";
import { type Entry, planOf } from "../planned.js";

/** Events of a desk that is built and has something to do, where the deaths are not to begin at once. */
const CALM_EVENTS = 6000;
/** Events between two deaths, at most, and those in which the victim is waited for. */
const MOST_EVENTS = 400;
const PATIENCE = 5000;
/** Ticks of 100 ns that the victim runs on when it was found executing, at most. */
const MOST_TICKS = 8;
/** Events in which everybody comes to an end, once nobody is killed any more. */
const END_EVENTS = 200_000;

/** What programs of a test share with it. */
export class Stage {
  /** Nobody is killed any more: look at all once more, and return. */
  isOver = false;
  /** What witnesses have found wrong. */
  readonly problems: string[] = [];
  /** Witnesses that have come to their end. */
  readonly finished = new Set<string>();
  readonly prng: Prng;
  /** Lines that were typed: `#0`, `#1` and so on. A last one, `#end`, is typed when the stage is over. */
  typed = 0;
  /** Since boot, in microseconds. */
  now: () => number = () => 0;
  readonly #deaths = new Map<string, number>();
  readonly #heard = new Map<string, number>();

  constructor(seed: number) {
    this.prng = new Prng(seed);
  }

  /** How often a component has died. */
  deaths(name: string): number {
    return this.#deaths.get(name) ?? 0;
  }

  died(name: string): void {
    this.#deaths.set(name, this.deaths(name) + 1);
  }

  /** A witness was answered: by results, or by an error. */
  heard(witness: string, { error }: { readonly error: string | null }): void {
    const key = `${witness} ${error ?? "ok"}`;
    this.#heard.set(key, this.timesHeard(witness, error) + 1);
  }

  /** Some witness was answered. */
  get isHeard(): boolean {
    return this.#heard.size > 0;
  }

  /** How often a witness has heard an error, or results (null). */
  timesHeard(witness: string, error: string | null): number {
    return this.#heard.get(`${witness} ${error ?? "ok"}`) ?? 0;
  }

  /** Something was not as it has to be. */
  problem(witness: string, text: string): void {
    this.problems.push(`${witness}: ${text}`);
  }
}

/** Whether an answer says that its server has died, or had died. */
export function isDeath({ error }: { readonly error: string | null }): boolean {
  return error === "Gone" || error === "Closed";
}

/** Ask until the answer is the server's: for what can be carried out twice. */
export function* insist<A extends { readonly error: string | null }>(ask: () => Thread<A>): Thread<A> {
  for (;;) {
    const answer = yield* ask();
    if (!isDeath(answer)) return answer;
  }
}

/** Let others run for up to `us` microseconds. */
export function* pause(stage: Stage, timer: Client<typeof Timer>, us: number): Thread<void> {
  yield* timer.sleep({ us: stage.prng.below(us) });
}

/** What a run has come to. */
export interface Outcome {
  readonly stage: Stage;
  readonly world: BootedWorld<void>;
  /** Everything that is wrong; empty when all is well. */
  readonly problems: string[];
  /** What exists in the end. */
  readonly end: unknown;
}

/** Who is killed, how often, and whether that begins while the desk is being started. */
interface Killing {
  readonly victims: readonly string[];
  readonly kills: number;
  readonly early: boolean;
  /** Disks of the machine. */
  readonly disks?: readonly DiskBackEnd[];
}

/**
 * Run servers and witnesses, and kill each of `victims` in turn, `kills` times in all. Those that
 * are not started again are witnesses, and come to their end.
 */
export function runKilled(
  stage: Stage,
  entries: readonly Entry[],
  { victims, kills, early, disks = [] }: Killing,
): Outcome {
  const components = entries.map(({ component }) => component);
  const { programs, data } = planImage(planOf(entries), components);
  let doomed: string | null = null;
  for (const { name } of components) {
    programs[name] = mortal(programs[name] as Program, () => {
      if (doomed !== name) return false;
      doomed = null;
      stage.died(name);
      return true;
    });
  }
  const world = bootWorld({
    ...{ programs, data, kernel: { checkInvariants: false }, machine: { callSites: false, disks } },
    ...{ mayThrow: Object.keys(programs), onReport: () => {} },
  });
  const { machine } = world;
  stage.now = () => machine.clock.ticks / 10;
  const problems = stage.problems;
  if (!early) {
    machine.run({ until: () => stage.isHeard });
    machine.run({ events: CALM_EVENTS });
  }
  for (let kill = 0; kill < kills; kill++) {
    const victim = victims[kill % victims.length] as string;
    const before = stage.deaths(victim);
    machine.run({ events: 1 + stage.prng.below(MOST_EVENTS) });
    world.input(`#${stage.typed++}\n`);
    machine.run({ events: PATIENCE, until: () => machine.cpu.context?.name === victim });
    machine.run({ ticks: 1 + stage.prng.below(MOST_TICKS) });
    doomed = victim;
    machine.run({ events: PATIENCE, until: () => stage.deaths(victim) > before });
    if (stage.deaths(victim) === before) problems.push(`${victim} was not to be killed: nobody has it run`);
    doomed = null;
  }
  machine.run({ events: MOST_EVENTS * 10 });
  stage.isOver = true;
  world.input("#end\n");
  const stop = machine.run({ events: END_EVENTS });
  if (stop.reason !== "idle") problems.push(`nothing comes to its end: ${stop.reason}`);
  for (const { program, error } of world.thrown) {
    if (String(error) !== String(KILLED)) problems.push(`${program} has thrown ${error}`);
  }
  for (const { component, restart } of entries) {
    if (restart === null && !stage.finished.has(component.name)) problems.push(`${component.name} has not finished`);
  }
  problems.push(...world.kernel.checkInvariants().map(String));
  return { stage, world, problems, end: existing(world.kernel.snapshot()) };
}

const KILLED = new Error("killed");

/** `program`, which throws when it goes on after having been away, and `dies` says so. */
function mortal(program: Program, dies: () => boolean): Program {
  return function* (start) {
    const running = program(start);
    for (let step = running.next(); step.done !== true; step = running.next()) {
      yield;
      if (dies()) throw KILLED;
    }
  };
}

/** A witness: it is not killed, and comes to its end when the stage is over. */
export function witnessed(component: Component, priority: number): Entry {
  return { component, priority, budgetUs: 1000, restart: null };
}
