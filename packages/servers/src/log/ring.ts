/** The last lines of a log: when it is full, the oldest makes room. */
import type { LogLevel } from "./interface.js";

/** A line as it is kept. */
export interface LogEntry {
  readonly serial: number;
  readonly us: number;
  readonly client: string;
  readonly dropped: number;
  readonly level: LogLevel;
  readonly line: string;
  readonly fields: string;
}

/** Lines that are kept. */
const KEPT_LINES = 512;

/** The last lines, by their numbers. */
export class LogRing {
  readonly #entries: LogEntry[] = [];
  #next = 0;

  /** Keep a line. */
  add(entry: Omit<LogEntry, "serial">): LogEntry {
    const kept = { serial: this.#next, ...entry };
    this.#entries[this.#next % KEPT_LINES] = kept;
    this.#next += 1;
    return kept;
  }

  /** The first line that is kept whose number is `from` or more; undefined: there is none yet. */
  from(from: number): LogEntry | undefined {
    const first = Math.max(from, this.#next - KEPT_LINES);
    return first < this.#next ? this.#entries[first % KEPT_LINES] : undefined;
  }
}
