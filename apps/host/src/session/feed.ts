/** What is entered, on its way into the machine. */
import type { LiveRun } from "@tessera/hal-sim";

/** Behind the last command of a text. */
const END_OF_INPUT = Uint8Array.of(0x04);
/** Ctrl-]: the one key that the machine does not get. */
const LEAVE = 0x1d;

/** Keeps what is entered until somebody reads, since nobody has told the console before then not to echo it. */
export class Feed {
  readonly #live: LiveRun;
  readonly #isTerminal: boolean;
  readonly #leave: () => void;
  /** Null: somebody reads. */
  #kept: Uint8Array[] | null = [];
  #hasEnded = false;

  /** @param leave is done when a user wants to be gone */
  constructor(live: LiveRun, isTerminal: boolean, leave: () => void) {
    this.#live = live;
    this.#isTerminal = isTerminal;
    this.#leave = leave;
  }

  /** Somebody reads. */
  begin(): void {
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const bytes of kept) this.#live.input("uart", bytes);
    if (this.#hasEnded) this.#live.endInput();
  }

  /** The terminal itself says something: not kept, so in front of all that was typed before anybody reads. */
  report(bytes: Uint8Array): void {
    if (!this.#hasEnded) this.#live.input("uart", bytes);
  }

  /** Something was entered. */
  data(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    const end = this.#isTerminal ? bytes.indexOf(LEAVE) : -1;
    const own = end < 0 ? bytes : bytes.subarray(0, end);
    if (own.length > 0 && this.#kept === null) this.#live.input("uart", own);
    else if (own.length > 0) this.#kept?.push(own);
    if (end >= 0) this.#leave();
  }

  /** Nothing more is entered. */
  end(): void {
    this.data(END_OF_INPUT);
    this.#hasEnded = true;
    if (this.#kept === null) this.#live.endInput();
  }
}
