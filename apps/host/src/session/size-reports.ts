/**
 * Mode 2048 of terminals: reports of the size, in the terminal's input. Who writes `ESC [ ? 2048 h` is told the size, and
 * again whenever it changes, until `ESC [ ? 2048 l`. Few terminals know it, so this does it in their place: it takes the
 * two sequences out of what goes to the terminal, and makes the reports.
 *
 * A report comes behind what was typed ahead, so with a report at every prompt one would come when a program has the
 * keyboard already, and be its input. Hence two things are other than in the mode: who says that he reads is told the size
 * before anything is typed for him, and nobody is told again what was told last.
 *
 * A report enters the machine as typed bytes do, so it is in the log of a session.
 */
const ON = "\x1b[?2048h";
const OFF = "\x1b[?2048l";

/** Of a terminal, in characters. */
export interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** Stands between a machine and a terminal. */
export class SizeReports {
  readonly #size: () => Size;
  readonly #report: (bytes: Uint8Array) => void;
  #isOn = false;
  /** What was told last. */
  #told: Size = { rows: -1, columns: -1 };
  #kept = "";
  readonly #decoder = new TextDecoder();

  /** @param report takes what the terminal would have sent */
  constructor(size: () => Size, report: (bytes: Uint8Array) => void) {
    this.#size = size;
    this.#report = report;
  }

  /** Somebody begins to read, and knows no size. */
  begin(): void {
    this.#tell();
  }

  /** What the terminal is to show of these bytes. */
  filter(bytes: Uint8Array): string {
    let rest = this.#kept + this.#decoder.decode(bytes, { stream: true });
    let shown = "";
    for (let at = next(rest); at >= 0; at = next(rest)) {
      shown += rest.slice(0, at);
      this.#switch(rest.startsWith(ON, at));
      rest = rest.slice(at + ON.length);
    }
    // What may become one of them is kept.
    let length = Math.min(rest.length, ON.length - 1);
    while (length > 0 && !ON.startsWith(rest.slice(-length))) length -= 1;
    this.#kept = rest.slice(rest.length - length);
    return shown + rest.slice(0, rest.length - length);
  }

  /** The terminal has another size. */
  resized(): void {
    if (this.#isOn) this.#tell();
  }

  #switch(isOn: boolean): void {
    this.#isOn = isOn;
    const { rows, columns } = this.#size();
    if (isOn && (rows !== this.#told.rows || columns !== this.#told.columns)) this.#tell();
  }

  #tell(): void {
    const { rows, columns } = this.#size();
    this.#told = { rows, columns };
    this.#report(new TextEncoder().encode(`\x1b[48;${rows};${columns};0;0t`));
  }
}

/** Where the next of the two sequences begins; -1: there is none. */
function next(text: string): number {
  const places = [text.indexOf(ON), text.indexOf(OFF)].filter((at) => at >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}
