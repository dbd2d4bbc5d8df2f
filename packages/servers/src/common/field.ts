/**
 * Fields of messages: what an argument or a result of an operation is, in types and in words.
 *
 * A field is plain data with two functions: `put` stages a value in the message registers, `get` takes it out again and
 * believes nothing, because what it reads was written by another program. Words lie in the order of declaration, each
 * field directly behind the one before:
 *
 *     u32, u53, bool, oneOf   one word
 *     text, bytes             one word with the number of bytes, then the bytes, eight to a word, first one lowest
 *     capability, session     no word; the capabilities of the message, in the order of declaration
 *     own                     likewise, and arrives as its badge (the kernel unwraps what leads back to the receiver)
 *
 * seL4 manual, "IPC" (message registers, capability transfer and unwrapping).
 */
import {
  type CapKind,
  getMessageBytes,
  seL4_GetMR,
  seL4_MsgMaxLength,
  seL4_SetMR,
  setMessageBytes,
} from "@tessera/libsel4";

/** What a receiver reads from: the words of the message that have not been taken yet. */
export interface Words {
  /** The next word's register. */
  at: number;
  /** The register behind the last word of the message. */
  readonly end: number;
}

/** A message that does not hold what its operation declares. It never leaves this package as an exception. */
export class Malformed extends Error {}

/** A field that travels in message registers. */
export interface WordField<T> {
  readonly carries: "words";
  /** As people and plans write it: `text(255)`. */
  readonly text: string;
  /** Message registers that it takes, at most. */
  readonly words: number;
  /**
   * Stage `value` from message register `at` up.
   * @returns the register behind it
   * @throws TypeError, RangeError when the value is none of this field's
   */
  put(value: T, at: number): number;
  /**
   * Take a value out of the message.
   * @throws Malformed when what is there is none
   */
  get(words: Words): T;
}

/** A field that travels as a capability. Only its type knows the kind: the kernel does not tell a receiver. */
export interface CapabilityField<Kind extends CapKind> {
  readonly carries: "capability";
  readonly text: string;
  readonly words: 0;
  readonly kind: Kind;
}

const TWO_32 = 2 ** 32;

/** A whole number from 0 to 2^32 - 1. */
export const u32: WordField<number> = wholeNumber("u32", TWO_32 - 1);

/** A whole number from 0 to 2^53 - 1: an offset, a time in microseconds. */
export const u53: WordField<number> = wholeNumber("u53", Number.MAX_SAFE_INTEGER);

/** true or false; a word that is 1 or 0. */
export const bool: WordField<boolean> = {
  carries: "words",
  text: "bool",
  words: 1,
  put(value, at) {
    if (typeof value !== "boolean") throw new TypeError(`must be true or false, not ${String(value)}`);
    seL4_SetMR(at, value ? 1 : 0);
    return at + 1;
  },
  get(words) {
    const word = takeWord(words);
    if (word > 1) throw new Malformed(`${word} is neither true (1) nor false (0)`);
    return word === 1;
  },
};

/** One of a few names; a word with the place of the name in this list. */
export function oneOf<const Name extends string>(...names: readonly Name[]): WordField<Name> {
  if (names.length === 0) throw new RangeError("oneOf() needs at least one name");
  const text = `oneOf(${names.join(", ")})`;
  return {
    carries: "words",
    text,
    words: 1,
    put(value, at) {
      const place = names.indexOf(value);
      if (place < 0) throw new RangeError(`must be one of ${names.join(", ")}, not ${String(value)}`);
      seL4_SetMR(at, place);
      return at + 1;
    },
    get(words) {
      const word = takeWord(words);
      const name = names[word];
      if (name === undefined) throw new Malformed(`${word} is no place in ${text}`);
      return name;
    },
  };
}

/**
 * Up to `limit` bytes.
 * @throws RangeError when so many do not fit into one message, or it is no number of bytes
 */
export function bytes(limit: number): WordField<Uint8Array> {
  return counted(`bytes(${limit})`, limit, {
    toBytes(value: Uint8Array) {
      if (!(value instanceof Uint8Array)) throw new TypeError(`must be a Uint8Array, not ${String(value)}`);
      return value;
    },
    fromBytes: (read) => read,
  });
}

/**
 * A text of up to `limit` bytes in UTF-8.
 * @throws RangeError when so many do not fit into one message, or it is no number of bytes
 */
export function text(limit: number): WordField<string> {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return counted(`text(${limit})`, limit, {
    toBytes(value: string) {
      if (typeof value !== "string") throw new TypeError(`must be a string, not ${String(value)}`);
      if (/\p{Surrogate}/u.test(value)) throw new TypeError("has half of a surrogate pair, which is no character");
      return encoder.encode(value);
    },
    fromBytes(read) {
      try {
        return decoder.decode(read);
      } catch {
        throw new Malformed("is no UTF-8");
      }
    },
  });
}

/**
 * A capability, copied to the receiver.
 * @param kind what both sides take it for; the kernel does not check that
 */
export function capability<const Kind extends CapKind>(kind: Kind): CapabilityField<Kind> {
  return { carries: "capability", text: `capability(${kind})`, words: 0, kind };
}

/** The next word of the message. */
function takeWord(words: Words): number {
  if (words.at >= words.end) throw new Malformed("is missing: the message is too short");
  return seL4_GetMR(words.at++);
}

function wholeNumber(name: string, most: number): WordField<number> {
  return {
    carries: "words",
    text: name,
    words: 1,
    put(value, at) {
      if (!Number.isInteger(value) || value < 0 || value > most) {
        throw new RangeError(`must be a whole number from 0 to ${most}, not ${String(value)}`);
      }
      seL4_SetMR(at, value);
      return at + 1;
    },
    get(words) {
      const word = takeWord(words);
      if (word > most) throw new Malformed(`${word} is above ${most}`);
      return word;
    },
  };
}

interface Conversion<T> {
  toBytes(value: T): Uint8Array;
  fromBytes(read: Uint8Array): T;
}

function counted<T>(name: string, limit: number, { toBytes, fromBytes }: Conversion<T>): WordField<T> {
  const words = 1 + Math.ceil(limit / 8);
  if (!Number.isInteger(limit) || limit < 1 || words > seL4_MsgMaxLength) {
    throw new RangeError(`${name}: a message holds from 1 to ${(seL4_MsgMaxLength - 1) * 8} bytes`);
  }
  return {
    carries: "words",
    text: name,
    words,
    put(value, at) {
      const raw = toBytes(value);
      if (raw.length > limit) throw new RangeError(`has ${raw.length} bytes, at most ${limit} are allowed`);
      seL4_SetMR(at, raw.length);
      return setMessageBytes(at + 1, raw);
    },
    get(message) {
      const length = takeWord(message);
      if (length > limit) throw new Malformed(`has ${length} bytes, at most ${limit} are allowed`);
      const first = message.at;
      message.at += Math.ceil(length / 8);
      if (message.at > message.end) throw new Malformed("is cut off: the message is too short");
      return fromBytes(getMessageBytes(first, length));
    },
  };
}
