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
import type { DiskIdentity } from "../disks/disk-input.js";
import { replayedDisk } from "../disks/replayed-disk.js";
import type { Machine } from "../machine.js";
import type { MachineOptions } from "../options.js";
import type { Stop } from "../stop.js";
import { type Divergence, findDivergence } from "./divergence.js";
import { RunLogError } from "./parse-run-log.js";
import { hexHash, type RunEnd, type RunIdentity, type RunLog, type SystemFacts } from "./run-log.js";

/** Kernel entries between two looks at whether the replay has gone astray: few enough for the ring to remember. */
const EVENTS_A_LOOK = 2000;

/** How a replay ended. */
export interface Replay {
  /** Where the run went another way; null: it is the same, hash for hash. */
  readonly divergence: Divergence | null;
  readonly stop: Stop;
}

/**
 * The options of a machine, beside its image, that make it the log's: seed, RAM, costs, the inputs, and disks that hold
 * what the run has read of them. They are for one machine: each has disks of its own.
 */
export function replayOptions({ identity, inputs, diskInputs }: RunLog): Omit<MachineOptions, "image"> {
  const { seed, ramBytes, epochMs, cost, sockets = false } = identity;
  const disks = identity.disks.map((disk, n) =>
    replayedDisk(
      disk,
      diskInputs.filter((input) => input.disk === n),
    ),
  );
  const diskFaults = identity.disks.map(({ faults = null }) => faults);
  return { seed, ramBytes, epochMs, cost, sockets, disks, diskFaults, inputs };
}

/**
 * Run `machine`, which has a kernel and has not run yet, as far as the log's run went, or up to where it differs.
 * @param system what the run depends on beside the machine, as the recorder was told; null: not compared
 * @throws RunLogError when the log is of another image, other options or another system
 */
export function replayRun(machine: Machine, log: RunLog, system: SystemFacts | null = null): Replay {
  const comparison = new ReplayComparison(machine, log, system);
  const { end } = log;
  for (;;) {
    const stop = advance(machine, end);
    const isOver = stop.reason !== "limit" || (end.reason === "limit" && isWhereLimitWas(machine, end));
    if (isOver || comparison.isAstray) return { stop, divergence: comparison.divergence(stop) };
  }
}

/** A run that was stopped by a limit is replayed to the same kernel entry, and from there to the same cycle. */
function advance(machine: Machine, end: RunEnd): Stop {
  const { events, clock } = machine;
  if (end.reason !== "limit") return machine.run({ events: EVENTS_A_LOOK });
  if (events < end.events) return machine.run({ events: Math.min(EVENTS_A_LOOK, end.events - events) });
  return machine.run({ ticks: Math.max(0, end.cycle - clock.cycles) / CYCLES_PER_TICK });
}

function isWhereLimitWas({ events, clock }: Machine, end: RunEnd): boolean {
  return events >= end.events && clock.cycles >= end.cycle;
}

/** A machine beside a log of the run that it is to repeat, however it is driven. */
export class ReplayComparison {
  readonly #machine: Machine;
  readonly #log: RunLog;
  readonly #hashes: ReadonlyMap<number, string>;
  /** Up to this record the two are the same. */
  #good = 0;
  #differs = false;

  /**
   * To be made before the machine runs.
   * @throws RunLogError when the log is of another image, other options or another system
   */
  constructor(machine: Machine, log: RunLog, system: SystemFacts | null = null) {
    checkIdentity(machine, log.identity);
    if (system !== null) checkSystem(log.system, system);
    if (machine.inputLog.entries.length !== log.inputs.length) {
      throw new RunLogError(`the machine was not given the log's ${log.inputs.length} inputs: use replayOptions(log)`);
    }
    this.#machine = machine;
    this.#log = log;
    this.#hashes = new Map(log.checkpoints.map(({ records, hash }) => [records, hash]));
    machine.trace.watch((count) => this.#compare(count));
  }

  /** Whether the run is known to differ: a checkpoint did, or it has gone on behind the end of the log. */
  get isAstray(): boolean {
    return this.#differs || this.#machine.trace.count > this.#log.end.records;
  }

  /** Where the run differs from the log, now that it stopped by `stop`; null when it is the same up to the log's end. */
  divergence(stop: Stop): Divergence | null {
    return this.#isSame(stop) ? null : findDivergence(this.#machine, this.#log, this.#good, stop);
  }

  #isSame(stop: Stop): boolean {
    const { end } = this.#log;
    const { trace, events } = this.#machine;
    if (this.isAstray || trace.count !== end.records || hexHash(trace.hash) !== end.hash) return false;
    return end.reason === "limit" || (stop.reason === end.reason && stop.code === end.code && events === end.events);
  }

  #compare(count: number): void {
    const hash = this.#hashes.get(count);
    if (hash === undefined || this.#differs) return;
    if (hash === hexHash(this.#machine.trace.hash)) this.#good = count;
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
  if (logged.sockets !== identity.sockets) {
    const has = (sockets?: true): string => (sockets === true ? "a socket device" : "no socket device");
    throw new RunLogError(`the log is of a machine with ${has(logged.sockets)}, this one has ${has(identity.sockets)}`);
  }
  const [there, at] = [logged, identity].map(({ disks }) => disks.map(describeDisk).join(" and ") || "none");
  if (there !== at) throw new RunLogError(`the log is of a machine with the disks: ${there}; this one has: ${at}`);
  if (JSON.stringify(logged.cost) !== JSON.stringify(identity.cost)) {
    throw new RunLogError("the log is of a machine with another cost model");
  }
}

/** A disk in a sentence. */
function describeDisk({ sectors, readOnly, discards, faults }: DiskIdentity): string {
  const planned = faults === undefined ? "" : `, with the faults ${JSON.stringify(faults)}`;
  return `${sectors} sectors${readOnly ? ", read-only" : ""}${discards ? "" : ", without discard"}${planned}`;
}

function checkSystem(logged: SystemFacts, system: SystemFacts): void {
  for (const name of new Set([...Object.keys(logged), ...Object.keys(system)])) {
    if (logged[name] === system[name]) continue;
    const [there, here] = [logged[name], system[name]].map((value) => (value === undefined ? "none" : String(value)));
    throw new RunLogError(`the log is of a system with ${name} ${there}, this one has ${here}`);
  }
}
