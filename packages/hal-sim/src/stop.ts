/**
 * Why a machine came back from `run`.
 *
 * After "idle" and "limit" it can go on; "power-off" and "halted" are final.
 */
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
