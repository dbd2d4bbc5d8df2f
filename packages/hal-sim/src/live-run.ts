/**
 * A machine that people use while it runs: input comes when it comes, and while there is nothing to do the host sleeps.
 *
 * In real time, idle time passes as on the host, and an input enters at the host's time. In virtual time it is skipped;
 * inputs are taken one at a time, each when the machine has gone idle for good, or when it has run for `patienceTicks`
 * since the last one and still has timers to wait for. While no input is there to be taken, modelled time stands still.
 * So a virtual session depends on what was typed and in which pieces, never on when.
 *
 * Either way the machine's input log holds what entered at which tick: what a `RunRecorder` recorded is replayed exactly.
 */
import { TICKS_PER_MS } from "./clock.js";
import type { RealTimeHost } from "./host-time.js";
import { refuseUnknownOptions } from "./known-options.js";
import type { Machine } from "./machine.js";
import type { Stop } from "./stop.js";

/** How a live run goes. */
export interface LiveOptions {
  /** Skip idle time instead of waiting for it. Default false. */
  readonly virtual?: boolean;
  /**
   * In virtual time: the ticks after which a machine that never goes idle for good takes the next input. Default a minute.
   */
  readonly patienceTicks?: number;
}

const KNOWN: Readonly<Record<keyof LiveOptions, true>> = { virtual: true, patienceTicks: true };

const PATIENCE_TICKS = 60_000 * TICKS_PER_MS;
/** In virtual time the host gets its turn after so many kernel entries, or so much modelled time. */
const EVENTS_A_TURN = 50_000;
const TICKS_A_TURN = 10_000 * TICKS_PER_MS;

const STOPPED: Stop = { reason: "limit", code: 0, message: "the live run was stopped" };

/** A machine with people at the other end: runs until it stops itself, the input has ended, or `stop` is called. */
export class LiveRun {
  readonly #machine: Machine;
  readonly #host: RealTimeHost;
  readonly #isVirtual: boolean;
  readonly #patience: number;
  /** Virtual time alone: what has come and not entered. */
  readonly #waiting: { readonly device: string; readonly bytes: Uint8Array }[] = [];
  #hasEnded = false;
  #isStopped = false;
  #isRunning = false;
  /** Something was said to this run since it last looked. */
  #news = false;
  #wake: () => void = () => {};

  /**
   * `machine` has a kernel. In virtual time nothing is asked of `host` but `sleep(0)`.
   * @throws TypeError or RangeError with one sentence that names the option.
   */
  constructor(machine: Machine, host: RealTimeHost, options: LiveOptions = {}) {
    refuseUnknownOptions("a live run", options, Object.keys(KNOWN));
    const { virtual = false, patienceTicks = PATIENCE_TICKS } = options;
    if (!Number.isSafeInteger(patienceTicks) || patienceTicks < 1) {
      throw new RangeError(`patienceTicks must be a whole number, 1 or more, not ${patienceTicks}`);
    }
    this.#machine = machine;
    this.#host = host;
    this.#isVirtual = virtual;
    this.#patience = patienceTicks;
  }

  /**
   * Bytes for a device, such as "uart", from outside.
   * @throws RangeError when no such device takes input; Error after `endInput`.
   */
  input(device: string, bytes: Uint8Array): void {
    if (this.#hasEnded) throw new Error("the input of this live run has ended");
    if (this.#isVirtual) {
      this.#machine.checkInputDevice(device);
      this.#waiting.push({ device, bytes: bytes.slice() });
    } else {
      this.#machine.input(device, bytes);
    }
    this.#tell();
  }

  /** No more input will come: the run ends when the machine has nothing to do any more. */
  endInput(): void {
    this.#hasEnded = true;
    this.#tell();
  }

  /** End the run at the next slice. */
  stop(): void {
    this.#isStopped = true;
    this.#machine.wake();
    this.#tell();
  }

  /**
   * Run. Comes back with the machine's own stop (power-off, halted), with "idle" when the input has ended and nothing is
   * to be done, and with "limit" after `stop`.
   * @throws Error when it runs already.
   */
  async run(): Promise<Stop> {
    if (this.#isRunning) throw new Error("this live run is running already");
    this.#isRunning = true;
    try {
      return await (this.#isVirtual ? this.#runVirtual() : this.#runRealTime());
    } finally {
      this.#isRunning = false;
    }
  }

  async #runRealTime(): Promise<Stop> {
    for (;;) {
      this.#news = false;
      const stop = await this.#machine.runRealTime(this.#host, () => this.#isStopped);
      if (this.#isStopped && stop.reason === "limit") return STOPPED;
      if (stop.reason !== "idle") return stop;
      if (this.#news) continue;
      if (this.#hasEnded) return stop;
      await this.#untilNews();
    }
  }

  async #runVirtual(): Promise<Stop> {
    for (;;) {
      const stop = await this.#runUntilQuiet();
      if (stop.reason === "power-off" || stop.reason === "halted") return stop;
      while (this.#waiting.length === 0 && !this.#hasEnded && !this.#isStopped) await this.#untilNews();
      if (this.#isStopped) return STOPPED;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#machine.input(next.device, next.bytes);
      else if (stop.reason === "idle") return stop;
    }
  }

  /** Up to where the next input is taken: idle for good, or patience is at its end. */
  async #runUntilQuiet(): Promise<Stop> {
    const { clock } = this.#machine;
    const end = clock.ticks + this.#patience;
    for (;;) {
      if (this.#isStopped) return STOPPED;
      const ticks = Math.min(end - clock.ticks, TICKS_A_TURN);
      const stop = this.#machine.run({ ticks, events: EVENTS_A_TURN });
      if (stop.reason !== "limit" || clock.ticks >= end) return stop;
      await this.#host.sleep(0, new Promise<void>(() => {}));
    }
  }

  #tell(): void {
    this.#news = true;
    this.#wake();
  }

  async #untilNews(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}
