/** A world that has been booted: driven by the test, step by step, up to its end. */
import {
  type Machine,
  ReplayComparison,
  type RunLimit,
  type RunLog,
  type RunRecorder,
  replayRun,
  runLogText,
  type Stop,
} from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import type { Kernel, KernelSnapshot } from "@tessera/kernel";
import type { Driver } from "./driver.js";
import { howToReplay, whatFailed } from "./failure.js";
import { expectNoLeaks } from "./leaks/leaks.js";
import { ROOT, type WorldOptions } from "./options.js";
import { whoWaits } from "./who-waits.js";

/** What a program threw, in order of time. Programs go on being dropped as the machine drops them. */
export interface Thrown {
  readonly program: string;
  readonly error: unknown;
}

/** A world that has run to its end. */
export interface World<R> {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly thrown: readonly Thrown[];
  readonly stop: Stop;
  /** What `root` returned. */
  readonly value: R;
  /** All that came out of the kernel's console and the UART, as text. */
  readonly output: string;
  /** The log of the run, as text: what `replay` takes. */
  log(): string;
}

/** Enough for every test that ends; one that does not is stopped here. */
const DEFAULT_LIMIT: RunLimit = { events: 100_000 };

/** What the programs of a world leave for the test. */
export interface Ending<R> {
  readonly thrown: Thrown[];
  returned: { readonly value: R } | null;
}

/** A world that has been booted: a test drives it step by step, and looks at what it did. */
export class BootedWorld<R> {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly thrown: readonly Thrown[];
  readonly #ending: Ending<R>;
  readonly #options: WorldOptions<R>;
  readonly #driver: Driver;
  readonly #recorder: RunRecorder;
  readonly #replay: { readonly log: RunLog; readonly comparison: ReplayComparison } | null;
  /** Taken when there is to be no leak. */
  readonly #atBoot: KernelSnapshot | null;
  #output = "";
  /** The error of a program says already how to come there again. */
  #isTold = false;

  constructor(
    machine: Machine,
    kernel: Kernel,
    parts: {
      options: WorldOptions<R>;
      ending: Ending<R>;
      driver: Driver;
      recorder: RunRecorder;
      replay: RunLog | null;
    },
  ) {
    this.machine = machine;
    this.kernel = kernel;
    this.thrown = parts.ending.thrown;
    this.#ending = parts.ending;
    this.#options = parts.options;
    this.#driver = parts.driver;
    this.#recorder = parts.recorder;
    const { replay } = parts;
    this.#replay = replay === null ? null : { log: replay, comparison: compared(kernel, replay) };
    this.#atBoot = (parts.options.noLeaks ?? false) === false ? null : kernel.snapshot();
    const decoder = new TextDecoder();
    machine.output.subscribe((bytes) => {
      this.#output += decoder.decode(bytes, { stream: true });
    });
  }

  /** What `root` returned, once it has. */
  get returned(): { readonly value: R } | null {
    return this.#ending.returned;
  }

  /** All that came out of the kernel's console and the UART so far, as text. */
  get output(): string {
    return this.#output;
  }

  /** Go on for `events` kernel entries: one, unless told otherwise. */
  step(events = 1): Stop {
    return this.machine.run({ events });
  }

  /**
   * Go on until `condition` holds; it is asked after every kernel entry.
   * @throws what a program threw meanwhile; Error when it did not come to hold before the limit, or the machine's end
   */
  runUntil(condition: () => boolean, limit: RunLimit = DEFAULT_LIMIT): void {
    const stop = this.machine.run({ ...limit, until: () => this.#firstThrown() !== undefined || condition() });
    if (this.#replay?.comparison.isAstray) this.#checkReplay(stop);
    this.#throwFirst();
    if (!condition()) throw this.#failure(`what was waited for did not come; the machine stopped: ${stop.message}`);
  }

  /** Text or bytes enter a device, by default the UART, and are logged. In a replay they come from the log instead. */
  input(input: string | Uint8Array, device = "uart"): void {
    if (this.#replay !== null) return;
    this.machine.input(device, typeof input === "string" ? new TextEncoder().encode(input) : input);
  }

  /**
   * Have the thread that is in `obey` do `main`, and run until it has: so a test sends, calls and waits.
   * @returns what `main` returned
   * @throws what `main`, or meanwhile another program, threw; Error when nobody obeys, or it did not end
   */
  perform<T>(main: () => Thread<T>, limit?: RunLimit): T {
    if (!this.#driver.isObeying) this.machine.run({ ...DEFAULT_LIMIT, until: () => this.#driver.isObeying });
    try {
      return this.#driver.perform(this.machine, main, limit);
    } finally {
      this.#throwFirst();
    }
  }

  /**
   * Run until nothing is left to do, and look whether all is well.
   * @throws what a program threw; LeakError, when the options forbid leaks; Error when the kernel halted, the limit was
   *   reached, `root` did not return, or a replay went another way
   */
  finish(limit: RunLimit | undefined = this.#options.limit): World<R> {
    this.#driver.dismiss();
    const stop = this.#runOut(limit ?? DEFAULT_LIMIT);
    this.#checkReplay(stop);
    this.#throwFirst();
    if (stop.reason === "halted") throw this.#failure(`the machine halted: ${stop.message}`);
    if (stop.reason === "limit" && limit === undefined) {
      const entries = `${DEFAULT_LIMIT.events} kernel entries`;
      throw this.#failure(`the machine did not become idle within ${entries} (limit)${whatFailed(this.kernel)}`);
    }
    if (this.#options.root !== undefined && this.returned === null && !this.#mayThrow(ROOT)) {
      const why = `${stop.reason}${whoWaits(this.kernel.snapshot())}${whatFailed(this.kernel)}`;
      throw this.#failure(`the root task did not return; the machine stopped: ${why}`);
    }
    this.#checkLeaks();
    const { machine, kernel, thrown, output } = this;
    return { machine, kernel, thrown, stop, output, value: this.returned?.value as R, log: () => this.log(stop) };
  }

  /** The log of the run up to now, as text; `stop` is what the last run returned. `replay` takes it. */
  log(stop?: Stop): string {
    return runLogText(this.#recorder.log(stop));
  }

  /** To the end; a replay that nobody has driven goes as far as its log. */
  #runOut(limit: RunLimit): Stop {
    if (this.#replay === null || this.machine.events > 0) return this.machine.run(limit);
    return replayRun(this.machine, this.#replay.log).stop;
  }

  /** A replay that went another way is told as such, whatever came of it. */
  #checkReplay(stop: Stop): void {
    const divergence = this.#replay?.comparison.divergence(stop) ?? null;
    if (divergence !== null) throw new Error(divergence.text, { cause: this.#firstThrown()?.error });
  }

  #checkLeaks(): void {
    const { noLeaks } = this.#options;
    if (this.#atBoot !== null) expectNoLeaks(this.kernel, this.#atBoot, typeof noLeaks === "object" ? noLeaks : {});
  }

  #mayThrow(program: string): boolean {
    return this.#options.mayThrow?.includes(program) ?? false;
  }

  #firstThrown(): Thrown | undefined {
    return this.thrown.find(({ program }) => !this.#mayThrow(program));
  }

  /** An assertion that failed inside of a program is the test's, with how to come there again. */
  #throwFirst(): void {
    const first = this.#firstThrown();
    if (first === undefined) return;
    const { program, error } = first;
    if (!(error instanceof Error)) {
      throw new Error(`program "${program}" threw ${String(error)}, which is no Error${howToReplay(this.machine)}`, {
        cause: error,
      });
    }
    if (!this.#isTold && !Object.isFrozen(error)) error.message += howToReplay(this.machine);
    this.#isTold = true;
    throw error;
  }

  #failure(message: string): Error {
    return new Error(message + howToReplay(this.machine));
  }
}

function compared({ machine, state }: Kernel, log: RunLog): ReplayComparison {
  return new ReplayComparison(machine, log, systemOf(state.config));
}

/** What a run of a world depends on beside the machine and the programs. */
export function systemOf({ rootCNodeBits, domains }: Kernel["state"]["config"]): Record<string, number> {
  return { rootCNodeBits, domains };
}
