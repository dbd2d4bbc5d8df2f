/**
 * Why a machine came back from `run`.
 *
 * After "idle" and "limit" it can go on; "power-off" and "halted" are final.
 */
import { refuseUnknownOptions } from "./known-options.js";

/** Why a machine came back from `run`, and the code and words that go with it. */
export interface Stop {
  /**
   * idle: nobody runs and nothing is due, only an input can wake it. limit: a limit of this run was reached.
   * power-off: the system ended itself. halted: the kernel stopped it, or failed; the message holds a dump.
   */
  readonly reason: "idle" | "limit" | "power-off" | "halted";
  /** The code of a power-off; 1 after a halt, else 0. */
  readonly code: number;
  readonly message: string;
}

/** Limits of one run, counted from its start. Where it stops changes nothing in what the machine does. */
export interface RunLimit {
  /** Ticks of the timebase. */
  readonly ticks?: number;
  /** Kernel entries. */
  readonly events?: number;
  /** Asked after every kernel entry; true ends the run. */
  readonly until?: () => boolean;
}

const KNOWN: Readonly<Record<keyof RunLimit, true>> = { ticks: true, events: true, until: true };

/** @throws TypeError or RangeError with one sentence that names the limit. */
export function checkLimit(limit: RunLimit): void {
  refuseUnknownOptions("a limit of a run", limit, Object.keys(KNOWN));
  for (const name of ["ticks", "events"] as const) {
    const value = limit[name];
    if (value !== undefined && !(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${String(value)}`);
  }
}
