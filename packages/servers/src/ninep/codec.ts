/**
 * Messages of 9P2000.L as bytes, by the tables of messages.ts.
 *
 *     size[4] number[1] tag[2] fields…        little-endian; size counts all of it, itself too
 *
 * Nothing of what is decoded is believed: a field that does not lie in its message, more names than a walk may have, bytes
 * behind the last field are told in a word, with the tag, so that whoever asked can be answered. What is decoded shares
 * its bytes with the frame.
 */
import {
  ANSWERS,
  type AnyMessageOf,
  type Layout,
  type Qid,
  REQUESTS,
  type Reply,
  type Request,
  type Table,
  WALK_NAMES,
  type WireKind,
} from "./messages.js";

/** Bytes before the fields. */
export const HEADER_BYTES = 7;
/** Bytes of a qid. */
export const QID_BYTES = 13;

/** A frame that is no message: what is wrong, and the tag under which it was sent. */
export class BadMessage {
  readonly tag: number;
  /** `unknown`: there is no such message. `malformed`: its fields are not what they must be. */
  readonly why: "unknown" | "malformed";

  constructor(tag: number, why: BadMessage["why"]) {
    this.tag = tag;
    this.why = why;
  }
}

/** A request of a whole frame, whose size is in its first four bytes. */
export function decodeRequest(frame: Uint8Array): Request | BadMessage {
  return decode(REQUESTS, REQUEST_NAMES, frame);
}

/** An answer of a whole frame. */
export function decodeReply(frame: Uint8Array): Reply | BadMessage {
  return decode(ANSWERS, ANSWER_NAMES, frame);
}

/** A request as a frame. */
export function encodeRequest(message: Request): Uint8Array {
  return encode(REQUESTS, message);
}

/**
 * An answer as a frame.
 * @throws RangeError when a name or a list is longer than its field can say
 */
export function encodeReply(message: Reply): Uint8Array {
  return encode(ANSWERS, message);
}

const REQUEST_NAMES = namesByNumber(REQUESTS);
const ANSWER_NAMES = namesByNumber(ANSWERS);

function namesByNumber<T extends Table>(table: T): ReadonlyMap<number, keyof T> {
  return new Map(Object.entries(table).map(([name, { number }]) => [number, name]));
}

/** A field that is not there; it never leaves this file. */
class Cut extends Error {}

function decode<T extends Table>(
  table: T,
  names: ReadonlyMap<number, keyof T>,
  frame: Uint8Array,
): AnyMessageOf<T> | BadMessage {
  const reader = new WireReader(frame);
  const tag = frame.length < HEADER_BYTES ? 0 : reader.tag();
  const type = names.get(frame[4] ?? 0);
  if (frame.length < HEADER_BYTES) return new BadMessage(tag, "malformed");
  if (type === undefined) return new BadMessage(tag, "unknown");
  const message: Record<string, unknown> = { type, tag };
  try {
    for (const [field, kind] of Object.entries(table[type]!.layout)) message[field] = reader.take(kind);
    if (!reader.isAtEnd) return new BadMessage(tag, "malformed");
  } catch (error) {
    if (error instanceof Cut) return new BadMessage(tag, "malformed");
    throw error;
  }
  return message as AnyMessageOf<T>;
}

function encode<T extends Table>(table: T, message: AnyMessageOf<T>): Uint8Array {
  const { number, layout } = table[message.type]!;
  const values = message as Readonly<Record<string, unknown>>;
  const size = Object.entries(layout).reduce((sum, [field, kind]) => sum + sizeOf(kind, values[field]), HEADER_BYTES);
  const writer = new WireWriter(size);
  writer.put("u32", size);
  writer.put("u8", number);
  writer.put("u16", message.tag);
  for (const [field, kind] of Object.entries(layout)) writer.put(kind, values[field]);
  return writer.bytes;
}

const FIXED = { u8: 1, u16: 2, u32: 4, u64: 8, qid: QID_BYTES } as const satisfies Partial<
  Layout | Record<WireKind, number>
>;

/** Bytes that a value takes. */
function sizeOf(kind: WireKind, value: unknown): number {
  switch (kind) {
    case "name":
      return 2 + (value as Uint8Array).length;
    case "names":
      return (value as readonly Uint8Array[]).reduce((sum, name) => sum + 2 + name.length, 2);
    case "data":
      return 4 + (value as Uint8Array).length;
    case "qids":
      return 2 + (value as readonly Qid[]).length * QID_BYTES;
    default:
      return FIXED[kind];
  }
}

const TWO_32 = 2 ** 32;

/** Takes fields out of a frame, each behind the one before. */
class WireReader {
  readonly #frame: Uint8Array;
  readonly #view: DataView;
  #at = HEADER_BYTES;

  constructor(frame: Uint8Array) {
    this.#frame = frame;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#frame.length;
  }

  tag(): number {
    return this.#view.getUint16(5, true);
  }

  take(kind: WireKind): unknown {
    switch (kind) {
      case "name":
        return this.#bytes(this.#number(2));
      case "names":
        return this.#list(WALK_NAMES, () => this.#bytes(this.#number(2)));
      case "data":
        return this.#bytes(this.#number(4));
      case "qid":
        return this.#qid();
      case "qids":
        return this.#list(WALK_NAMES, () => this.#qid());
      default:
        return this.#number(FIXED[kind]);
    }
  }

  #qid(): Qid {
    return { kind: this.#number(1), version: this.#number(4), path: this.#number(8) };
  }

  #list<T>(most: number, take: () => T): T[] {
    const count = this.#number(2);
    if (count > most) throw new Cut();
    return Array.from({ length: count }, take);
  }

  #number(bytes: 1 | 2 | 4 | 8 | 13): number {
    const at = this.#advance(bytes);
    if (bytes === 1) return this.#view.getUint8(at);
    if (bytes === 2) return this.#view.getUint16(at, true);
    if (bytes === 4) return this.#view.getUint32(at, true);
    const number = this.#view.getUint32(at + 4, true) * TWO_32 + this.#view.getUint32(at, true);
    return number > Number.MAX_SAFE_INTEGER ? Infinity : number;
  }

  #bytes(count: number): Uint8Array {
    const at = this.#advance(count);
    return this.#frame.subarray(at, at + count);
  }

  /** The next `count` bytes are taken. @throws Cut when there are not so many */
  #advance(count: number): number {
    const at = this.#at;
    if (count > this.#frame.length - at) throw new Cut();
    this.#at = at + count;
    return at;
  }
}

/** Puts fields into a frame, each behind the one before. */
class WireWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  put(kind: WireKind, value: unknown): void {
    switch (kind) {
      case "name":
        this.#name(value as Uint8Array);
        break;
      case "names":
        this.#count(2, (value as readonly Uint8Array[]).length);
        for (const name of value as readonly Uint8Array[]) this.#name(name);
        break;
      case "data":
        this.#count(4, (value as Uint8Array).length);
        this.#bytes(value as Uint8Array);
        break;
      case "qid":
        this.#qid(value as Qid);
        break;
      case "qids":
        this.#count(2, (value as readonly Qid[]).length);
        for (const qid of value as readonly Qid[]) this.#qid(qid);
        break;
      default:
        this.#number(FIXED[kind], value as number);
    }
  }

  #qid({ kind, version, path }: Qid): void {
    this.#number(1, kind);
    this.#number(4, version);
    this.#number(8, path);
  }

  #name(name: Uint8Array): void {
    this.#count(2, name.length);
    this.#bytes(name);
  }

  #count(bytes: 2 | 4, count: number): void {
    if (count >= 2 ** (8 * bytes)) throw new RangeError(`${count} is more than a field of ${bytes} bytes can say`);
    this.#number(bytes, count);
  }

  #bytes(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #number(bytes: 1 | 2 | 4 | 8 | 13, value: number): void {
    const at = this.#at;
    this.#at += bytes;
    if (bytes === 1) this.#view.setUint8(at, value);
    else if (bytes === 2) this.#view.setUint16(at, value, true);
    else if (bytes === 4) this.#view.setUint32(at, value, true);
    else {
      const isLarge = value > Number.MAX_SAFE_INTEGER;
      this.#view.setUint32(at, isLarge ? 0xffff_ffff : value % TWO_32, true);
      this.#view.setUint32(at + 4, isLarge ? 0xffff_ffff : Math.floor(value / TWO_32), true);
    }
  }
}
