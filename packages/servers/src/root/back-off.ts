/**
 * When a component that dies is started again: after a delay, which doubles each time, up to a limit. One that has run
 * for as long as the limit is taken for healthy, and begins with the first delay again.
 *
 * Time is counted in ticks of the clock (companions.ts), which runs only while somebody waits for it.
 */
import { TICK_US } from "./companions.js";

/** The delays of one component. */
export class BackOff {
  readonly #firstUs: number;
  readonly #mostUs: number;
  #nextUs: number;
  /** The tick at which it is healthy; null while it is dead, or healthy. */
  #healthyAt: number | null = null;

  constructor({ firstUs, mostUs }: { readonly firstUs: number; readonly mostUs: number }) {
    this.#firstUs = firstUs;
    this.#mostUs = mostUs;
    this.#nextUs = firstUs;
  }

  /** It has died. Returns the microseconds to wait. */
  died(): number {
    const us = this.#nextUs;
    this.#healthyAt = null;
    this.#nextUs = Math.min(2 * us, this.#mostUs);
    return us;
  }

  /** It was started again at tick `now`. */
  started(now: number): void {
    this.#healthyAt = now + ticksOf(this.#mostUs);
  }

  /** It is tick `now`. */
  tick(now: number): void {
    if (this.#healthyAt === null || now < this.#healthyAt) return;
    this.#healthyAt = null;
    this.#nextUs = this.#firstUs;
  }

  /** Whether the clock has to run on for it. */
  get isWaiting(): boolean {
    return this.#healthyAt !== null;
  }
}

/** Ticks that are at least so long: the first may come at once. */
export function ticksOf(us: number): number {
  return Math.ceil(us / TICK_US) + 1;
}
