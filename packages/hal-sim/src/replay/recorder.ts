/**
 * Recording a run: a recorder watches a machine's trace from its start, batch by batch, and makes the log when the run
 * is over, or at any stop before. It changes nothing in the run and costs next to nothing.
 */
import type { DiskInput } from "../disks/disk-input.js";
import type { Machine } from "../machine.js";
import type { Stop } from "../stop.js";
import { BATCH_RECORDS, RECORD_WORDS } from "../trace.js";
import { type Checkpoint, hexHash, type RunLog, type SystemFacts } from "./run-log.js";

/** Records that a log holds themselves, from the first on. Of what comes later it holds checkpoints. */
const KEPT_RECORDS = 65_536;
/** More checkpoints than this are thinned out: every second one goes, and they come half as often. */
const MAX_CHECKPOINTS = 1024;

/** What a recorder is to write into its log. */
export interface RecorderOptions {
  /** What the run depends on and the machine knows nothing of. A replay has to be told the same. */
  readonly system?: SystemFacts;
  /** How many records the log is to hold themselves, from the first on. Default 65,536. */
  readonly records?: number;
}

/** Records the run of a machine, from its start to any stop. Changes nothing in it. */
export class RunRecorder {
  readonly #machine: Machine;
  #system: SystemFacts;
  readonly #limit: number;
  readonly #batches: Int32Array[] = [];
  readonly #diskInputs: DiskInput[] = [];
  #copied = 0;
  #checkpoints: Checkpoint[] = [];
  #interval = BATCH_RECORDS;

  /** @throws Error when the machine has run already: a log begins at the start. */
  constructor(machine: Machine, { system = {}, records = KEPT_RECORDS }: RecorderOptions = {}) {
    const { trace } = machine;
    if (trace.count >= BATCH_RECORDS || trace.first > 0) {
      throw new Error("a run is recorded from its start: make the recorder before the machine runs");
    }
    this.#machine = machine;
    this.#system = system;
    this.#limit = records;
    machine.watchDisks((input) => this.#diskInputs.push(input));
    trace.watch((count) => {
      this.#copy(count);
      if (count % this.#interval === 0) this.#checkpoint(count);
    });
  }

  /** Say what system it is, where that is known only now. */
  setSystem(system: SystemFacts): void {
    this.#system = system;
  }

  /** The run up to now. `stop` is what the last `run` returned; without it the run is taken as stopped by a limit. */
  log(stop: Pick<Stop, "reason" | "code"> = { reason: "limit", code: 0 }): RunLog {
    const { trace, inputLog, events, clock } = this.#machine;
    this.#copy(trace.count);
    const { reason, code } = stop;
    return {
      identity: this.#machine.identity,
      system: this.#system,
      inputs: inputLog.entries.slice(),
      diskInputs: this.#diskInputs.slice(),
      records: joined(this.#batches, this.#copied),
      checkpoints: this.#checkpoints.slice(),
      end: { reason, code, records: trace.count, hash: hexHash(trace.hash), events, cycle: clock.cycles },
    };
  }

  /** Keep the records that have come since the last time, while there is room. */
  #copy(count: number): void {
    const end = Math.min(count, this.#limit);
    if (end <= this.#copied) return;
    this.#batches.push(this.#machine.trace.words(this.#copied, end));
    this.#copied = end;
  }

  #checkpoint(count: number): void {
    this.#checkpoints.push({ records: count, hash: hexHash(this.#machine.trace.hash) });
    if (this.#checkpoints.length <= MAX_CHECKPOINTS) return;
    this.#interval *= 2;
    this.#checkpoints = this.#checkpoints.filter(({ records }) => records % this.#interval === 0);
  }
}

function joined(batches: readonly Int32Array[], count: number): Int32Array {
  const all = new Int32Array(count * RECORD_WORDS);
  let at = 0;
  for (const batch of batches) {
    all.set(batch, at);
    at += batch.length;
  }
  return all;
}
