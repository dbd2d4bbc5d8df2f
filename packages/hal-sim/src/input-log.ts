/**
 * The input log: what entered the machine from outside, at which tick. With image, options and seed it is enough to
 * run the same run again.
 *
 * An input gets a tick that is still to come, and enters at the first instruction boundary or idle moment at or after
 * it; so it enters at the same place when the log is replayed from the start. Entries are in order of their ticks, and
 * of arrival within one. As text: one JSON object a line.
 */

/** Bytes that entered, where, and from which tick on. */
export interface InputEntry {
  /** Tick from which on it has entered. */
  readonly tick: number;
  /** Name of the device. */
  readonly device: string;
  readonly bytes: Uint8Array;
}

/** What entered a machine, in order of ticks: all that a run depends on beside image, options and seed. */
export class InputLog {
  readonly #entries: InputEntry[] = [];

  /** In order of ticks; of arrival within one. */
  get entries(): readonly InputEntry[] {
    return this.#entries;
  }

  /** Add an entry, behind all of the same or an earlier tick. */
  add(entry: InputEntry): void {
    let place = this.#entries.length;
    while (place > 0 && this.#entries[place - 1]!.tick > entry.tick) place--;
    this.#entries.splice(place, 0, entry);
  }

  /** One line `{"tick":12,"device":"uart","bytes":"68690a"}` an entry; bytes in hexadecimal. */
  toJsonLines(): string {
    return this.#entries.map((entry) => `${inputLine(entry)}\n`).join("");
  }
}

/** An entry as one line. */
export function inputLine({ tick, device, bytes }: InputEntry): string {
  return JSON.stringify({ tick, device, bytes: toHex(bytes) });
}

/**
 * Read what `toJsonLines` wrote; empty lines are passed over.
 * @throws SyntaxError naming the line that is no entry.
 */
export function parseInputLog(text: string): InputEntry[] {
  const entries: InputEntry[] = [];
  text.split("\n").forEach((line, index) => {
    if (line.trim() !== "") entries.push(parseEntry(line, index + 1));
  });
  return entries;
}

function parseEntry(line: string, number: number): InputEntry {
  const bad = (why: string) => new SyntaxError(`line ${number} of the input log ${why}`);
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    throw bad("is not JSON");
  }
  if (typeof entry !== "object" || entry === null) throw bad("is not an object");
  return inputEntry(entry, bad);
}

/** An entry of what a line holds; `bad` makes the error. */
export function inputEntry(
  entry: { readonly tick?: unknown; readonly device?: unknown; readonly bytes?: unknown },
  bad: (why: string) => Error,
): InputEntry {
  const { tick, device, bytes } = entry;
  if (typeof tick !== "number" || !Number.isSafeInteger(tick) || tick < 0) throw bad("has no tick");
  if (typeof device !== "string") throw bad("names no device");
  if (typeof bytes !== "string" || !/^(?:[0-9a-f]{2})*$/.test(bytes)) throw bad("has no hexadecimal bytes");
  return { tick, device, bytes: fromHex(bytes) };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
