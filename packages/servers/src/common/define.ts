/**
 * Interfaces: what a server can be asked, as plain data. Client stubs, dispatch and their types follow from it.
 *
 *     export const Files = define("files", {
 *       open: op({ path: text(255) }, { file: sessionOf(File) }, ["NotFound", "Denied"]),
 *     });
 *
 * An operation is one message there and one back. Its label is its number, from 1 in the order of declaration. An answer
 * has label 0, or the number of an error (answer.ts). Whether a message can hold what an operation declares is checked
 * here, once: 120 words, 3 capabilities, of which the kernel delivers one (the others can only be sessions that lead
 * back to their server, which arrive as badges).
 *
 * Sources: seL4 manual, "IPC"; the idea of an interface as a value: Genode Foundations, "Interfaces and RPC".
 */
import { type CapKind, seL4_MsgMaxExtraCaps, seL4_MsgMaxLength } from "@tessera/libsel4";
import type { CapabilityField, WordField } from "./field.js";
import { isName } from "./name.js";

/** A session at a server, which is a capability to it with a badge of its own. Whoever gets it can use it at once. */
export interface SessionField<I extends AnyInterface | null> {
  readonly carries: "session";
  readonly text: string;
  readonly words: 0;
  /** Null: of the interface that the operation belongs to. */
  readonly of: I;
}

/** A session handed back to the server that made it, which finds what it keeps for it. */
export interface OwnField<I extends AnyInterface | null> {
  readonly carries: "own";
  readonly text: string;
  readonly words: 0;
  /** Null: of the interface that the operation belongs to. */
  readonly of: I;
}

/** Anything that a message can hold. */
export type Field =
  // biome-ignore lint/suspicious/noExplicitAny: of any type; what it takes and gives follows from its own
  WordField<any> | CapabilityField<CapKind> | SessionField<AnyInterface | null> | OwnField<AnyInterface | null>;

/** Fields by name, in the order in which they lie in the message. */
export type Fields = Readonly<Record<string, Field>>;

/** One thing that a server can be asked. */
export interface Operation<A extends Fields, R extends Fields, E extends string> {
  readonly args: A;
  readonly results: R;
  readonly errors: readonly E[];
  /** Whether its handler may park: keep the caller waiting for something else than the CPU. */
  readonly waits: boolean;
}

/** Any operation. */
export type AnyOperation = Operation<Fields, Fields, string>;

/** Operations by name; the order gives them their numbers. */
export type Operations = Readonly<Record<string, AnyOperation>>;

/** What a server can be asked. */
export interface Interface<Ops extends Operations> {
  readonly name: string;
  readonly operations: Ops;
  /** Whether a client has to be able to send capabilities (the Grant right), beside asking and being answered. */
  readonly sendsCapabilities: boolean;
  /** Whether a client of a session that is opened by it, or by such a session, has to. */
  readonly sessionsSendCapabilities: boolean;
  /** Whether a server signals its clients: by it, or by a session that is opened by it, they give it a notification. */
  readonly signals: boolean;
}

/** Any interface. */
export type AnyInterface = Interface<Operations>;

/** What is special about an operation. */
export interface OperationOptions {
  /** Its handler may park until something happens: see `Condition`. Without this it answers before the next call is read. */
  readonly waits?: boolean;
}

/** Operations of one interface: numbers from 1 to this. */
const MAX_OPERATIONS = 255;
/** Errors of one operation. */
const MAX_ERRORS = 255;

/**
 * An operation: what it is given, what it answers, and how it can fail.
 * @param args fields of the question
 * @param results fields of the answer; none of them may be called `error`
 * @param errors how a server may refuse; all others than these do not compile
 */
export function op<const A extends Fields, const R extends Fields, const E extends string = never>(
  args: A,
  results: R,
  errors: readonly E[] = [],
  { waits = false }: OperationOptions = {},
): Operation<A, R, NoInfer<E>> {
  // NoInfer: `define` takes operations with any errors, which is not to say that one without has them all.
  return { args, results, errors, waits };
}

/**
 * An interface.
 * @param name as plans and errors write it
 * @throws RangeError for what no message can hold, or a name that is taken; TypeError for what is no operation or no
 *   field; the sentence names it
 */
export function define<const Ops extends Operations>(name: string, operations: Ops): Interface<Ops> {
  if (!isName(name)) throw new RangeError(`an interface is called by a word such as "files", not "${name}"`);
  const entries = Object.entries(operations);
  if (entries.length === 0 || entries.length > MAX_OPERATIONS) {
    throw new RangeError(`${name}: an interface has from 1 to ${MAX_OPERATIONS} operations, not ${entries.length}`);
  }
  for (const [operation, declared] of entries) checkOperation(`${name}.${operation}`, operation, declared);
  const sendsCapabilities = entries.some(([, { args }]) => capabilitiesIn(args).length > 0);
  // A session of the interface itself is nothing new.
  const opened = entries.flatMap(([, { results }]) => {
    return capabilitiesIn(results).flatMap((field) => (field.carries === "session" && field.of ? [field.of] : []));
  });
  const sessionsSendCapabilities = opened.some((of) => of.sendsCapabilities || of.sessionsSendCapabilities);
  const takes = entries.flatMap(([, { args }]) => capabilitiesIn(args));
  const signals =
    takes.some((field) => field.carries === "capability" && field.kind === "Notification") ||
    opened.some((of) => of.signals);
  return { name, operations, sendsCapabilities, sessionsSendCapabilities, signals };
}

/**
 * A session, to be passed to anybody who may then use it. Its interface is the one that the operation belongs to, as of a
 * folder in a folder, or the one given.
 */
export function sessionOf(): SessionField<null>;
/** Of the interface `of`. */
export function sessionOf<I extends AnyInterface>(of: I): SessionField<I>;
export function sessionOf(of: AnyInterface | null = null): SessionField<AnyInterface | null> {
  return { carries: "session", text: `session(${of?.name ?? ""})`, words: 0, of };
}

/**
 * A session that leads back to the very server that is asked: the folder that a file is moved to. Its interface is the
 * one that the operation belongs to, or the one given.
 */
export function own(): OwnField<null>;
/** Of the interface `of`. */
export function own<I extends AnyInterface>(of: I): OwnField<I>;
export function own(of: AnyInterface | null = null): OwnField<AnyInterface | null> {
  return { carries: "own", text: `own(${of?.name ?? ""})`, words: 0, of };
}

/** Names that a client's methods, or an answer, have already. */
const TAKEN = {
  operation: ["close", "closed", "forget", "lend", "cptr", "window", "then", "constructor"],
  result: ["error", "then"],
};

function checkOperation(where: string, operation: string, declared: AnyOperation): void {
  if (typeof declared?.args !== "object")
    throw new TypeError(`${where} is no operation: write ${operation}: op({ … }, { … })`);
  const { args, results, errors } = declared;
  if (!isName(operation) || TAKEN.operation.includes(operation)) {
    throw new RangeError(`${where}: an operation cannot be called "${operation}"`);
  }
  checkMessage(`${where}, its arguments`, args);
  checkMessage(`${where}, its results`, results);
  for (const name of TAKEN.result) {
    if (Object.hasOwn(results, name)) throw new RangeError(`${where}: a result cannot be called "${name}"`);
  }
  const back = capabilitiesIn(results).find(({ carries }) => carries === "own");
  if (back !== undefined) {
    throw new RangeError(`${where}: ${back.text} is for arguments; an answer hands out a session by sessionOf()`);
  }
  if (new Set(errors).size !== errors.length) throw new RangeError(`${where}: an error is declared twice`);
  if (errors.length > MAX_ERRORS) throw new RangeError(`${where}: ${errors.length} errors are more than ${MAX_ERRORS}`);
}

function checkMessage(where: string, fields: Fields): void {
  const bad = Object.keys(fields).find((name) => !isName(name));
  if (bad !== undefined) throw new RangeError(`${where}: a field cannot be called "${bad}"`);
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field?.carries === "string") continue;
    throw new TypeError(`${where}: "${name}" is no field: write one such as ${name}: u32 or ${name}: text(80)`);
  }
  const words = Object.values(fields).reduce((sum, field) => sum + field.words, 0);
  if (words > seL4_MsgMaxLength) {
    throw new RangeError(
      `${where}: take up to ${words} words, a message has ${seL4_MsgMaxLength}; pass bulk data through a window`,
    );
  }
  const capabilities = capabilitiesIn(fields);
  if (capabilities.length > seL4_MsgMaxExtraCaps) {
    throw new RangeError(`${where}: are ${capabilities.length} capabilities, a message has ${seL4_MsgMaxExtraCaps}`);
  }
  const delivered = capabilities.filter(({ carries }) => carries !== "own");
  if (delivered.length > 1) {
    const names = delivered.map((field) => field.text).join(" and ");
    throw new RangeError(`${where}: ${names} in one message, of which the kernel delivers one`);
  }
}

function capabilitiesIn(fields: Fields): Exclude<Field, { carries: "words" }>[] {
  return Object.values(fields).filter((field) => field.carries !== "words");
}
