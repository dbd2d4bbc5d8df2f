/**
 * The last lines of a log, in memory that outlives it: when it is full, the oldest makes room.
 *
 *     word 0      number of the next line
 *     place n     the line whose number leaves the rest n, if it counts
 *
 * The 512 lines before the next one count. There is one place more than that, so the next line is written where none
 * counts, and storing word 0 makes it count, in place of the oldest. So wherever the log dies, each line that was taken is
 * there, and the one under way is there or not. Memory that is zero is an empty log.
 *
 *     line     time, lines dropped before it, level, bytes of client, line and fields (2 each), and these as UTF-8
 */
import { copyIn, copyOut, load, store, type Thread } from "@tessera/hal-sim/isa";
import { PAGE_BYTES } from "../common/need.js";
import { FIELDS_BYTES, LINE_BYTES, LOG_LEVELS, type LogLevel, NAME_BYTES } from "./interface.js";

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
const PLACES = KEPT_LINES + 1;

const HEAD_BYTES = 8;
/** Where things stand in a place. */
const At = { us: 0, dropped: 8, level: 12, lengths: 14, text: 20 } as const;
const PLACE_BYTES = 8 * Math.ceil((At.text + NAME_BYTES + LINE_BYTES + FIELDS_BYTES) / 8);

/** Pages of memory that a ring takes. */
export const RING_PAGES = Math.ceil((HEAD_BYTES + PLACES * PLACE_BYTES) / PAGE_BYTES);

/** The last lines, by their numbers. */
export class LogRing {
  readonly #address: number;
  #next: number;

  private constructor(address: number, next: number) {
    this.#address = address;
    this.#next = next;
  }

  /** The lines that are in the memory at `address`, of RING_PAGES. */
  static *open(address: number): Thread<LogRing> {
    return new LogRing(address, yield* load(address));
  }

  /** Keep a line. */
  *add(entry: Omit<LogEntry, "serial">): Thread<LogEntry> {
    const serial = this.#next;
    yield* copyOut(this.#placeOf(serial), bytesOf(entry));
    yield* store(this.#address, serial + 1);
    this.#next = serial + 1;
    return { serial, ...entry };
  }

  /** The first line that is kept whose number is `from` or more; undefined: there is none yet. */
  *from(from: number): Thread<LogEntry | undefined> {
    const serial = Math.max(from, this.#next - KEPT_LINES);
    if (serial >= this.#next) return undefined;
    const bytes = new Uint8Array(PLACE_BYTES);
    yield* copyIn(this.#placeOf(serial), bytes);
    return { serial, ...entryOf(bytes) };
  }

  #placeOf(serial: number): number {
    return this.#address + HEAD_BYTES + (serial % PLACES) * PLACE_BYTES;
  }
}

function bytesOf({ us, client, dropped, level, line, fields }: Omit<LogEntry, "serial">): Uint8Array {
  const texts = [client, line, fields].map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(At.text + texts.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  view.setFloat64(At.us, us, true);
  view.setUint32(At.dropped, dropped, true);
  view.setUint16(At.level, LOG_LEVELS.indexOf(level), true);
  let at: number = At.text;
  for (const [i, text] of texts.entries()) {
    view.setUint16(At.lengths + 2 * i, text.length, true);
    bytes.set(text, at);
    at += text.length;
  }
  return bytes;
}

function entryOf(bytes: Uint8Array): Omit<LogEntry, "serial"> {
  const view = new DataView(bytes.buffer);
  let at: number = At.text;
  const [client, line, fields] = [0, 1, 2].map((i) => {
    const length = view.getUint16(At.lengths + 2 * i, true);
    at += length;
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at - length, at));
  }) as [string, string, string];
  const level = LOG_LEVELS[view.getUint16(At.level, true)] as LogLevel;
  return { us: view.getFloat64(At.us, true), dropped: view.getUint32(At.dropped, true), client, level, line, fields };
}
