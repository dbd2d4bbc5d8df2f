/**
 * An interface made ready for use: its operations by number, and the fields of their messages in a row.
 *
 * Both ends compile it once and then stage and take messages by it. What is staged comes from our own program: a value
 * that does not fit throws, with the operation and the field in the sentence. What is taken comes from another one: it
 * is checked in every respect, and `Malformed` is for the caller of this package's code, never for the program.
 */
import { seL4_GetBadge, seL4_MessageInfo_new, type seL4_MessageInfo_t, seL4_MsgMaxLength } from "@tessera/libsel4";
import { OK } from "./answer.js";
import type { AnyInterface, AnyOperation, Field, Fields } from "./define.js";
import { Malformed, type WordField } from "./field.js";

/** The label of a session's end; an interface's operations have the numbers from 1. */
export const CLOSE = 0;

/** A field with its name. */
interface NamedField<F extends Field = Field> {
  readonly name: string;
  readonly field: F;
}

/** One direction of an operation. */
export interface Layout {
  readonly where: string;
  readonly label: number;
  /** The fields that are words, in the order of the message. */
  readonly words: readonly NamedField<WordField<unknown>>[];
  /** How many words they are at most, and the info of a message that has as many. */
  readonly most: number;
  readonly full: seL4_MessageInfo_t;
  /** The fields that are capabilities, in the order of the message. */
  readonly capabilities: readonly NamedField[];
  /** The one that the kernel delivers into a slot, if there is one. */
  readonly delivered: NamedField | null;
}

/** An operation with its number and its messages. */
export interface Compiled {
  readonly name: string;
  readonly number: number;
  readonly operation: AnyOperation;
  readonly args: Layout;
  readonly results: Layout;
}

/** Values by field name. */
export type Values = Readonly<Record<string, unknown>>;

/** The label by which a session is lent: what it is, once more, for somebody whom the client answers for. */
export const LEND = 0xffd;
const LENDING = new WeakMap<AnyInterface, Compiled>();

/** The lending of a session of `of`, as an operation of it. */
export function lending(of: AnyInterface): Compiled {
  let compiled = LENDING.get(of);
  if (compiled === undefined) {
    const results: Fields = { lent: { carries: "session", text: `session(${of.name})`, words: 0, of } };
    compiled = {
      name: "lend",
      number: LEND,
      operation: { args: {}, results, errors: [], waits: false },
      args: layout(`${of.name}.lend`, LEND, {}),
      results: layout(`${of.name}.lend, its answer`, OK, results),
    };
    LENDING.set(of, compiled);
  }
  return compiled;
}

/** What has been compiled: an interface is so once, however many clients it has. */
const COMPILED = new WeakMap<AnyInterface, readonly Compiled[]>();

/** The operations of an interface, in the order of their numbers, of which the first is 1. */
export function compile(of: AnyInterface): readonly Compiled[] {
  let compiled = COMPILED.get(of);
  if (compiled === undefined) {
    compiled = Object.entries(of.operations).map(([name, operation], index) => ({
      name,
      number: index + 1,
      operation,
      args: layout(`${of.name}.${name}`, index + 1, operation.args),
      results: layout(`${of.name}.${name}, its answer`, OK, operation.results),
    }));
    COMPILED.set(of, compiled);
  }
  return compiled;
}

/**
 * Put the words of a message into the message registers.
 * @returns how many there are
 * @throws TypeError, RangeError for a value that is missing or does not fit
 */
export function stageWords({ words, where }: Layout, values: Values): number {
  let at = 0;
  for (const { name, field } of words) {
    try {
      at = field.put(values[name], at);
    } catch (error) {
      throw told(error, `${where}: "${name}" (${field.text})`);
    }
  }
  return at;
}

/** The info of a message that has as many words. */
export function infoOf({ label, most, full, capabilities }: Layout, words: number): seL4_MessageInfo_t {
  return words === most ? full : seL4_MessageInfo_new(label, 0, capabilities.length, words);
}

/** The message that is being taken apart: nobody is interrupted in the middle of it. */
const message = { at: 0, end: 0 };

/**
 * Take the words of a message apart, into `values`.
 * @throws Malformed when the message does not hold what is declared, or holds more
 */
export function takeWords(
  { words, capabilities }: Layout,
  info: seL4_MessageInfo_t,
  values: Record<string, unknown>,
): void {
  if (info.extraCaps !== capabilities.length) {
    throw new Malformed(`${info.extraCaps} capabilities have arrived instead of ${capabilities.length}`);
  }
  message.at = 0;
  message.end = Math.min(info.length, seL4_MsgMaxLength);
  for (const { name, field } of words) values[name] = field.get(message);
  if (message.at !== message.end) throw new Malformed(`${message.end - message.at} words too many have arrived`);
}

/**
 * Take the capabilities of a message, into `values`. Last, because what was taken out of its slot is the program's from
 * then on.
 * @param delivered what to make of the capability that has arrived in a slot; asked only if there is one
 * @param unwrapped what to make of the badge that has arrived for a session of our own
 * @throws Malformed when they are not those that are declared
 */
export function takeCapabilities(
  { capabilities, delivered: keeps }: Layout,
  info: seL4_MessageInfo_t,
  values: Record<string, unknown>,
  delivered: (field: Field) => unknown,
  unwrapped: (field: Field, badge: number) => unknown,
): void {
  for (const [i, { name, field }] of capabilities.entries()) {
    const asBadge = ((info.capsUnwrapped >>> i) & 1) === 1;
    if (asBadge !== (field.carries === "own")) throw new Malformed(`"${name}" is no ${field.text}`);
    if (asBadge) values[name] = unwrapped(field, seL4_GetBadge(i));
  }
  if (keeps !== null) values[keeps.name] = delivered(keeps.field);
}

/** A message without words. */
export function wordless(label: number): seL4_MessageInfo_t {
  return seL4_MessageInfo_new(label, 0, 0, 0);
}

/** Whether the message brought a capability into the receive slot: one that did not arrive as a badge. */
export function broughtCapability(info: seL4_MessageInfo_t): boolean {
  const { extraCaps, capsUnwrapped } = info;
  return extraCaps > 0 && capsUnwrapped !== 2 ** extraCaps - 1;
}

function layout(where: string, label: number, declared: Fields): Layout {
  const fields = Object.entries(declared).map(([name, field]) => ({ name, field }));
  const words = fields.filter(isWords);
  const capabilities = fields.filter(({ field }) => field.carries !== "words");
  const delivered = capabilities.find(({ field }) => field.carries !== "own") ?? null;
  const most = words.reduce((sum, { field }) => sum + field.words, 0);
  const full = seL4_MessageInfo_new(label, 0, capabilities.length, most);
  return { where, label, words, most, full, capabilities, delivered };
}

function isWords(named: NamedField): named is NamedField<WordField<unknown>> {
  return named.field.carries === "words";
}

function told(error: unknown, where: string): Error {
  if (error instanceof RangeError) return new RangeError(`${where} ${error.message}`);
  if (error instanceof TypeError) return new TypeError(`${where} ${error.message}`);
  return error as Error;
}
