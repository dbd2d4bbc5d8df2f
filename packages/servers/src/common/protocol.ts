/**
 * An interface made ready for use: its operations by number, and the fields of their messages in a row.
 *
 * Both ends compile it once and then stage and take messages by it. What is staged comes from our own program: a value
 * that does not fit throws, with the operation and the field in the sentence. What is taken comes from another one: it
 * is checked in every respect, and `Malformed` is for the caller of this package's code, never for the program.
 */
import { seL4_GetBadge, type seL4_MessageInfo_t, seL4_MsgMaxLength } from "@tessera/libsel4";
import type { AnyInterface, AnyOperation, Field, Fields } from "./define.js";
import { Malformed } from "./field.js";

/** The label of a session's end; an interface's operations have the numbers from 1. */
export const CLOSE = 0;

/** A field with its name. */
interface NamedField {
  readonly name: string;
  readonly field: Field;
}

/** One direction of an operation. */
export interface Layout {
  readonly where: string;
  readonly fields: readonly NamedField[];
  /** Those of them that are capabilities, in the order of the message. */
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

/** The operations of an interface, in the order of their numbers, of which the first is 1. */
export function compile({ name, operations }: AnyInterface): readonly Compiled[] {
  return Object.entries(operations).map(([operation, declared], index) => ({
    name: operation,
    number: index + 1,
    operation: declared,
    args: layout(`${name}.${operation}`, declared.args),
    results: layout(`${name}.${operation}, its answer`, declared.results),
  }));
}

/**
 * Put the words of a message into the message registers.
 * @returns how many there are
 * @throws TypeError, RangeError for a value that is missing or does not fit
 */
export function stageWords({ fields, where }: Layout, values: Values): number {
  let at = 0;
  for (const { name, field } of fields) {
    if (field.carries !== "words") continue;
    try {
      at = field.put(values[name], at);
    } catch (error) {
      throw told(error, `${where}: "${name}" (${field.text})`);
    }
  }
  return at;
}

/**
 * Take a message apart.
 * @param delivered what to make of the capability that has arrived in a slot; asked only if there is one
 * @param unwrapped what to make of the badge that has arrived for a session of our own
 * @throws Malformed when it does not hold what is declared, or holds more
 */
export function takeFields(
  { fields, capabilities, delivered: keeps }: Layout,
  info: seL4_MessageInfo_t,
  delivered: (field: Field) => unknown,
  unwrapped: (field: Field, badge: number) => unknown,
): Values {
  if (info.extraCaps !== capabilities.length) {
    throw new Malformed(`${info.extraCaps} capabilities have arrived instead of ${capabilities.length}`);
  }
  const words = { at: 0, end: Math.min(info.length, seL4_MsgMaxLength) };
  const values: Record<string, unknown> = {};
  for (const { name, field } of fields) {
    if (field.carries === "words") values[name] = field.get(words);
  }
  if (words.at !== words.end) throw new Malformed(`${words.end - words.at} words too many have arrived`);
  for (const [i, { name, field }] of capabilities.entries()) {
    const asBadge = ((info.capsUnwrapped >>> i) & 1) === 1;
    if (asBadge !== (field.carries === "own")) throw new Malformed(`"${name}" is no ${field.text}`);
    if (asBadge) values[name] = unwrapped(field, seL4_GetBadge(i));
  }
  // Last, because what was taken out of its slot is the program's from then on.
  if (keeps !== null) values[keeps.name] = delivered(keeps.field);
  return values;
}

/** Whether the message brought a capability into the receive slot: one that did not arrive as a badge. */
export function broughtCapability(info: seL4_MessageInfo_t): boolean {
  const { extraCaps, capsUnwrapped } = info;
  return extraCaps > 0 && capsUnwrapped !== 2 ** extraCaps - 1;
}

function layout(where: string, declared: Fields): Layout {
  const fields = Object.entries(declared).map(([name, field]) => ({ name, field }));
  const capabilities = fields.filter(({ field }) => field.carries !== "words");
  return { where, fields, capabilities, delivered: capabilities.find(({ field }) => field.carries !== "own") ?? null };
}

function told(error: unknown, where: string): Error {
  if (error instanceof RangeError) return new RangeError(`${where} ${error.message}`);
  if (error instanceof TypeError) return new TypeError(`${where} ${error.message}`);
  return error as Error;
}
