/**
 * What is planned to go wrong with a disk. Which requests it hits is drawn from a stream of the machine's seed that nobody
 * else draws from, so a plan is part of the run and is replayed with it.
 *
 * A planned fault happens between the device and the back end: what fails is not asked of the back end.
 */
import { refuseUnknownOptions } from "../known-options.js";
import type { Prng } from "../prng.js";

/** Sectors that cannot be read, cannot be written, or neither. */
export interface BadSectors {
  readonly sector: number;
  readonly count: number;
  /** What fails. Default: both. */
  readonly on?: "read" | "write";
}

/** What may go wrong with a disk, and how often: numbers of requests of 10,000, by default none. */
export interface DiskFaults {
  readonly bad?: readonly BadSectors[];
  readonly readErrors?: number;
  readonly writeErrors?: number;
  readonly flushErrors?: number;
  /** Writes that fail when some of their sectors, from the first up, have been written. */
  readonly tornWrites?: number;
  /** Requests that take `slowUs` longer. */
  readonly slow?: number;
  /** By how much, in microseconds. Default 50,000. */
  readonly slowUs?: number;
  /** Completions of which the driver is not told by an interrupt. The next one tells of both. */
  readonly lostInterrupts?: number;
  /** After so many requests the disk fails for good. Default: never. */
  readonly diesAfter?: number;
}

/** A share is a number of so many requests. */
const OF = 10_000;
const SHARES = ["readErrors", "writeErrors", "flushErrors", "tornWrites", "slow", "lostInterrupts"] as const;
const COUNTS = ["slowUs", "diesAfter"] as const;
const DEFAULT_SLOW_US = 50_000;

/**
 * @param what whose faults these are, for a sentence: "disk 0"
 * @throws TypeError or RangeError with one sentence that names the fault that cannot be planned
 */
export function checkFaults(what: string, faults: DiskFaults): void {
  refuseUnknownOptions(`the plan of faults of ${what}`, faults, ["bad", ...SHARES, ...COUNTS]);
  for (const name of SHARES) {
    const share = faults[name] ?? 0;
    if (!isCount(share) || share > OF) {
      throw new RangeError(`${name} of ${what} must be a whole number from 0 to 10,000, not ${share}`);
    }
  }
  for (const name of COUNTS) {
    const value = faults[name] ?? 0;
    if (!isCount(value)) throw new RangeError(`${name} of ${what} must be a whole number, 0 or more, not ${value}`);
  }
  const { bad = [] } = faults;
  if (!Array.isArray(bad) || !bad.every(isBad)) {
    throw new TypeError(`the bad sectors of ${what} must be a list of { sector, count, on?: "read" | "write" }`);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isBad(range: unknown): boolean {
  const { sector, count, on, ...more } = (range ?? {}) as Record<string, unknown>;
  const isKnown = on === undefined || on === "read" || on === "write";
  return isCount(sector) && isCount(count) && isKnown && Object.keys(more).length === 0;
}

/** The faults of one disk, as its requests come. Each method is asked once of each request. */
export class FaultPlan {
  readonly #faults: DiskFaults;
  readonly #prng: Prng;
  #requests = 0;

  constructor(faults: DiskFaults, prng: Prng) {
    this.#faults = faults;
    this.#prng = prng;
  }

  /** By how many microseconds a request that begins is late. */
  delayUs(): number {
    return this.#hits(this.#faults.slow) ? (this.#faults.slowUs ?? DEFAULT_SLOW_US) : 0;
  }

  /** Whether nobody is told that a request was completed. */
  losesInterrupt(): boolean {
    return this.#hits(this.#faults.lostInterrupts);
  }

  /** @throws Error when this read is to fail */
  read(sector: number, count: number): void {
    this.#begin();
    if (this.#isBad(sector, count, "read")) throw new Error("a planned bad sector");
    if (this.#hits(this.#faults.readErrors)) throw new Error("a planned error");
  }

  /**
   * How many sectors of this write are to be written; fewer than `count`: it is torn there, and has failed.
   * @throws Error when it is to fail without having written any
   */
  write(sector: number, count: number): number {
    this.#begin();
    if (this.#isBad(sector, count, "write")) throw new Error("a planned bad sector");
    if (this.#hits(this.#faults.writeErrors)) throw new Error("a planned error");
    return count > 0 && this.#hits(this.#faults.tornWrites) ? this.#prng.below(count) : count;
  }

  /** @throws Error when this flush is to fail */
  flush(): void {
    this.#begin();
    if (this.#hits(this.#faults.flushErrors)) throw new Error("a planned error");
  }

  #begin(): void {
    if (this.#requests++ >= (this.#faults.diesAfter ?? Infinity)) throw new Error("its planned end has come");
  }

  #isBad(first: number, sectors: number, act: "read" | "write"): boolean {
    const { bad = [] } = this.#faults;
    return bad.some(({ sector, count, on = act }) => on === act && first < sector + count && sector < first + sectors);
  }

  #hits(share = 0): boolean {
    return share > 0 && this.#prng.below(OF) < share;
  }
}
