/**
 * The first program, and what is done when nobody is left: how a system begins and ends. And what is said at the console
 * about processes that die, since nobody else would say it.
 *
 *     looked for ─▸ runs ─▸ the last process has ended ─▸ nothing, or it runs again, or the machine is switched off
 */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { Failure } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { Device } from "../common/handles.js";
import { device } from "../common/need.js";
import { again } from "../common/retry.js";
import type { ConsoleOutput } from "../console/interface.js";
import type { Console } from "./console.js";
import type { LoadError } from "./loader.js";
import type { Process } from "./process.js";
import type { HowEnded, Observer } from "./processes.js";
import { pause, type SystemParts } from "./system.js";

/** The register by which the board is switched off. */
export const POWER_OFF = device({ address: 0x10_0000 });
const PASS = 0x5555;
const FAIL = 0x3333;

/** How often, and how long, the first program is looked for: who writes it may start at the same time as this server. */
const LOOKS = 100;
const LOOK_AGAIN_US = 20_000;
/** How often from then on, on a machine that goes on: others may write it. */
const LOOK_RARELY_US = 1_000_000;
/** How long nothing is done before it is run again. */
const REST_US = 100_000;

/** Statuses of a first program that did not say any, and of none that could be run. */
const STATUS = { returned: 0, killed: 137, died: 139 } as const;
const CANNOT_RUN = 127;

/** Why no process can be made of it, in words. */
const WHY: Readonly<Record<LoadError, string>> = {
  NotFound: "there is no such file",
  BadImage: "it is no program",
  BadPath: "that is no path",
  Denied: "it may not be opened",
  Full: "there is no memory, or no room, for one more process",
  IO: "it cannot be read",
};

/** By which the machine is switched off when all that was written is out. */
export interface PowerSwitch {
  readonly power: Device;
  readonly output: Client<typeof ConsoleOutput>;
}

/** What is decided about the first program. */
export interface FirstOptions {
  readonly path: string;
  /** It is run again when all have ended. */
  readonly isAgain: boolean;
  /** Null: the machine goes on. */
  readonly power: PowerSwitch | null;
}

/** Makes a process of the first program. */
type Create = () => Thread<Process | Failure<LoadError>>;

/** From the first program on. */
export class FirstLife implements Observer {
  readonly #system: SystemParts;
  readonly #console: Console;
  readonly #options: FirstOptions;
  #create: Create | null = null;
  #first: Process | null = null;
  #status = 0;

  constructor(system: SystemParts, console: Console, options: FirstOptions) {
    this.#system = system;
    this.#console = console;
    this.#options = options;
  }

  /** Have the first program run, when the server serves. */
  begin(create: Create): void {
    this.#create = create;
    this.#system.self.task(this.#begin(create));
  }

  ended(process: Process, { end, cause }: HowEnded): void {
    const { command, pid } = process.parts;
    if (process === this.#first) this.#status = process.status ?? STATUS[end];
    if (end === "died") this.#system.self.task(this.#console.say(`sos: ${command} (${pid}) has died: ${cause}`));
  }

  allEnded(): void {
    const { isAgain, power } = this.#options;
    // While it is looked for nobody has ended.
    if (this.#first === null) return;
    if (power !== null) this.#system.self.task(this.#switchOff(power));
    else if (isAgain && this.#create !== null) this.#system.self.task(this.#beginAgain(this.#create));
  }

  *#begin(create: Create): Thread<void> {
    const { path, isAgain, power } = this.#options;
    this.#first = null;
    for (let look = 1; ; look++) {
      const made = yield* create();
      if (!(made instanceof Failure)) {
        this.#first = made;
        return;
      }
      if (look === LOOKS) {
        const meanwhile = isAgain ? "; it is tried again every second, and nobody reads here meanwhile" : "";
        yield* this.#console.say(`sos: ${path} cannot be run: ${WHY[made.error]}${meanwhile}`);
        this.#status = CANNOT_RUN;
        if (power !== null) yield* this.#switchOff(power);
        if (!isAgain) return;
      }
      yield* pause(this.#system, look < LOOKS ? LOOK_AGAIN_US : LOOK_RARELY_US);
    }
  }

  *#beginAgain(create: Create): Thread<void> {
    yield* pause(this.#system, REST_US);
    yield* this.#begin(create);
  }

  /** A task of its own: what the console is told before comes before. */
  *#switchOff({ power, output }: PowerSwitch): Thread<void> {
    yield* again(() => this.#system.self.parking(output).flush());
    const bytes = new Uint8Array(4);
    const word = this.#status === 0 ? PASS : FAIL + (this.#status & 0xffff) * 2 ** 16;
    new DataView(bytes.buffer).setUint32(0, word, true);
    yield* copyOut(power.address, bytes);
  }
}
