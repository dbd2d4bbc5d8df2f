/**
 * Replaying a run: the same image on a machine of the log's options runs again, and the trace's hash is compared at every
 * checkpoint and at the end. The replay stops at the first that differs, and names the first record that does.
 *
 *     const log = parseRunLog(text);
 *     const machine = new Machine({ image, ...replayOptions(log) });
 *     bootKernel(machine);
 *     const { divergence } = replayRun(machine, log); // null: the same run
 */
import { CYCLES_PER_TICK } from "../clock.js";
import type { Machine } from "../machine.js";
import type { MachineOptions } from "../options.js";
import type { Stop } from "../stop.js";
import { type Divergence, findDivergence } from "./divergence.js";
import { RunLogError } from "./parse-run-log.js";
import { hexHash, type RunIdentity, type RunLog, type SystemFacts } from "./run-log.js";

/** Kernel entries between two looks at whether the replay has gone astray: few enough for the ring to remember. */
const EVENTS_A_LOOK = 2000;

export interface Replay {
  /** Where the run went another way; null: it is the same, hash for hash. */
  readonly divergence: Divergence | null;
  readonly stop: Stop;
}

/** The options of a machine, beside its image, that make it the log's: seed, RAM, costs, and the inputs. */
export function replayOptions({ identity, inputs }: RunLog): Omit<MachineOptions, "image"> {
  const { seed, ramBytes, epochMs, cost } = identity;
  return { seed, ramBytes, epochMs, cost, inputs };
}

/**
 * Run `machine`, which has a kernel and has not run yet, as far as the log's run went, or up to where it differs.
 * @param system what the run depends on beside the machine, as the recorder was told; null: not compared
 * @throws RunLogError when the log is of another image, other options or another system
 */
export function replayRun(machine: Machine, log: RunLog, system: SystemFacts | null = null): Replay {
  checkIdentity(machine, log.identity);
  if (system !== null) checkSystem(log.system, system);
  if (machine.inputLog.entries.length !== log.inputs.length) {
    throw new RunLogError(`the machine was not given the log's ${log.inputs.length} inputs: use replayOptions(log)`);
  }
  const progress = new Progress(machine, log);
  const stop = progress.run();
  return { stop, divergence: progress.isSame(stop) ? null : findDivergence(machine, log, progress.good, stop) };
}

/** A run beside its log. */
class Progress {
  /** Up to this record the two are the same. */
  good = 0;
  readonly #machine: Machine;
  readonly #log: RunLog;
  readonly #hashes: ReadonlyMap<number, string>;
  #differs = false;

  constructor(machine: Machine, log: RunLog) {
    this.#machine = machine;
    this.#log = log;
    this.#hashes = new Map(log.checkpoints.map(({ records, hash }) => [records, hash]));
    machine.trace.watch((count) => this.#compare(count));
  }

  /** To the end of the log, or past the first checkpoint that differs. */
  run(): Stop {
    const { end } = this.#log;
    for (;;) {
      const stop = this.#advance();
      if (stop.reason !== "limit" || this.#isAstray()) return stop;
      if (end.reason === "limit" && this.#isWhereLimitWas()) return stop;
    }
  }

  isSame(stop: Stop): boolean {
    const { end } = this.#log;
    const { trace, events } = this.#machine;
    if (this.#isAstray() || trace.count !== end.records || hexHash(trace.hash) !== end.hash) return false;
    return end.reason === "limit" || (stop.reason === end.reason && stop.code === end.code && events === end.events);
  }

  /** A run that was stopped by a limit is replayed to the same kernel entry, and from there to the same cycle. */
  #advance(): Stop {
    const { end } = this.#log;
    const { events, clock } = this.#machine;
    if (end.reason !== "limit") return this.#machine.run({ events: EVENTS_A_LOOK });
    if (events < end.events) return this.#machine.run({ events: Math.min(EVENTS_A_LOOK, end.events - events) });
    return this.#machine.run({ ticks: Math.max(0, end.cycle - clock.cycles) / CYCLES_PER_TICK });
  }

  #isWhereLimitWas(): boolean {
    const { end } = this.#log;
    return this.#machine.events >= end.events && this.#machine.clock.cycles >= end.cycle;
  }

  #isAstray(): boolean {
    return this.#differs || this.#machine.trace.count > this.#log.end.records;
  }

  #compare(count: number): void {
    const hash = this.#hashes.get(count);
    if (hash === undefined || this.#differs) return;
    if (hash === hexHash(this.#machine.trace.hash)) this.good = count;
    else this.#differs = true;
  }
}

function checkIdentity({ identity }: Machine, logged: RunIdentity): void {
  const { programs, dataBytes, data } = logged.image;
  const here = identity.image;
  if (programs.join() !== here.programs.join()) {
    throw new RunLogError(
      `the log is of another image: its programs are ${programs.join(", ")}, those here ${here.programs.join(", ")}`,
    );
  }
  if (data !== here.data || dataBytes !== here.dataBytes) {
    throw new RunLogError(
      `the log is of another image: its data are ${dataBytes} bytes with the checksum ${data}, those here ${here.dataBytes} with ${here.data}`,
    );
  }
  for (const option of ["seed", "ramBytes", "epochMs"] as const) {
    if (logged[option] !== identity[option]) {
      throw new RunLogError(
        `the log is of a machine with ${option} ${logged[option]}, this one has ${identity[option]}`,
      );
    }
  }
  if (JSON.stringify(logged.cost) !== JSON.stringify(identity.cost)) {
    throw new RunLogError("the log is of a machine with another cost model");
  }
}

function checkSystem(logged: SystemFacts, system: SystemFacts): void {
  for (const name of new Set([...Object.keys(logged), ...Object.keys(system)])) {
    if (logged[name] === system[name]) continue;
    const [there, here] = [logged[name], system[name]].map((value) => (value === undefined ? "none" : String(value)));
    throw new RunLogError(`the log is of a system with ${name} ${there}, this one has ${here}`);
  }
}
