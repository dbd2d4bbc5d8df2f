/**
 * The host's time, mapped to ticks: what real-time mode waits by.
 *
 * The mapping is made once, at the first call of `runRealTime`: from then on a tick of an idle machine is 100 ns of the
 * host. Nothing in the machine reads it; it decides how long the host sleeps and which tick an input gets.
 */
import { TICKS_PER_MS } from "./clock.js";

/** The longest sleep that is asked of a host: timers of hosts count milliseconds in 31 bits. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/** What real-time mode needs of its host. */
export interface RealTimeHost {
  /** Milliseconds since any fixed moment. */
  now(): number;
  /**
   * Resolves after at least so many milliseconds; other work of the host goes on meanwhile, also when it is 0, as it is
   * between two slices of a machine that computes: a host whose shortest timer is long takes a turn of its loop then. Once
   * `woken` has resolved nobody waits for it any more: a host whose timers keep its process alive ends the timer then.
   */
  sleep(ms: number, woken: Promise<void>): Promise<void>;
}

export class HostTime {
  readonly #host: RealTimeHost;
  readonly #startMs: number;
  readonly #startTicks: number;
  #wake: () => void = () => {};

  /** The host's time now is `ticks`. */
  constructor(host: RealTimeHost, ticks: number) {
    this.#host = host;
    this.#startMs = host.now();
    this.#startTicks = ticks;
  }

  /** Now on the host, in ticks. */
  ticks(): number {
    return this.#startTicks + (this.#host.now() - this.#startMs) * TICKS_PER_MS;
  }

  /** Sleep until a tick, or until `wake`; a tick that has passed only gives way to the host once. */
  async waitUntil(tick: number): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const ms = Math.min(Math.max(0, (tick - this.ticks()) / TICKS_PER_MS), LONGEST_SLEEP_MS);
    await Promise.race([this.#host.sleep(ms, woken), woken]);
  }

  /** Something has entered: whoever sleeps looks again. */
  wake(): void {
    this.#wake();
  }
}
