/**
 * Clients: a capability to a server, with a method for each operation of its interface.
 *
 *     const { file } = must(yield* files.open({ path: "/motd" }));
 *
 * A method stages its arguments, calls, and takes the answer apart. What the server sends is checked like what it
 * receives: a server may be as wrong as a client. Each method can block: until the server has answered.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  type seL4_CPtr,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_SetCap,
} from "@tessera/libsel4";
import { type Answer, errorOfLabel, OK, Refused } from "./answer.js";
import { CallsMade } from "./calls-made.js";
import type { AnyInterface, AnyOperation, Field, Fields, Operation, OwnField, SessionField } from "./define.js";
import { type CapabilityField, Malformed, type WordField } from "./field.js";
import {
  broughtCapability,
  CLOSE,
  type Compiled,
  compile,
  infoOf,
  lending,
  stageWords,
  takeCapabilities,
  takeWords,
  type Values,
} from "./protocol.js";
import type { OpenSession } from "./session.js";
import { Slots } from "./slots.js";

/** The interface of a session: the operation's own where a field names none. */
export type SessionInterface<I, Self extends AnyInterface> = I extends AnyInterface ? I : Self;

/** What a program passes for a field of a message between client and server of `Self`. */
export type Sent<F, Self extends AnyInterface> =
  F extends WordField<infer T>
    ? T
    : F extends CapabilityField<infer Kind>
      ? seL4_CPtr<Kind>
      : F extends SessionField<infer I>
        ? Client<SessionInterface<I, Self>> | OpenSession<SessionInterface<I, Self>>
        : F extends OwnField<infer I>
          ? Client<SessionInterface<I, Self>>
          : never;

/** What a program gets for a field of an answer. */
export type Received<F, Self extends AnyInterface> =
  F extends WordField<infer T>
    ? T
    : F extends CapabilityField<infer Kind>
      ? seL4_CPtr<Kind>
      : F extends SessionField<infer I>
        ? Client<SessionInterface<I, Self>>
        : never;

/** The fields of a message as a record. */
export type SentFields<F extends Fields, Self extends AnyInterface> = { readonly [K in keyof F]: Sent<F[K], Self> };

/** The fields of an answer as a record. */
export type ReceivedFields<F extends Fields, Self extends AnyInterface> = {
  readonly [K in keyof F]: Received<F[K], Self>;
};

/** An operation as a method of a client. */
export type Method<Op extends AnyOperation, Self extends AnyInterface> =
  Op extends Operation<infer A, infer R, infer E>
    ? (...args: keyof A extends never ? [] : [args: SentFields<A, Self>]) => Thread<Answer<ReceivedFields<R, Self>, E>>
    : never;

/** What every client has, whatever its interface. */
export interface ClientBase {
  /** The capability, for those who call without this package. */
  readonly cptr: seL4_CPtr<"Endpoint">;
  /**
   * End the session and delete the capability; whoever asks this client after that is answered `Closed`. Does nothing
   * the second time, and for what the composition has given, which stays. Can block.
   */
  close(): Thread<void>;
  /**
   * Delete the capability and leave the session as it is: for one that has come from somebody who goes on using it. What
   * composition has given stays. Whoever asks this client after that is answered `Closed`. Cannot block.
   */
  forget(): Thread<void>;
  /**
   * What this client is, once more, by a session of its own: to be given to somebody for whom its owner answers, such as a
   * process that it has started. What is opened by it counts as its own, and all of it ends when `lent` is closed, or when
   * what it was lent from ends. `Busy`: as many sessions are open as may be, or the server has no slots. Can block.
   */
  lend(): Thread<Answer<{ readonly lent: ClientBase }, never>>;
}

/** Where a client keeps what parking.ts has to know of it. */
const SESSION = Symbol("session");

/** A client of whatever interface. */
export interface AnyClient extends ClientBase {
  /** @internal */
  readonly [SESSION]?: ClientSession;
}

/** A client of an interface. */
export type Client<I extends AnyInterface> = Omit<AnyClient, "lend"> & {
  readonly [K in keyof I["operations"]]: Method<I["operations"][K], I>;
} & {
  /** As every client's, and of the same interface. */
  lend(): Thread<Answer<{ readonly lent: Client<I> }, never>>;
};

/** What all clients of one program have in common. */
export interface Belongings {
  /** Where capabilities of answers arrive. @internal */
  readonly slots: Slots;
  /** Those that have not begun. @internal */
  readonly calls: CallsMade;
}

/**
 * For the clients of a program that is no component; a component's are made by its handles.
 * @param cspace the program's own, null for one that was given no authority over it and so receives nothing
 */
export function belongingsOf(cspace: cspace_t | null): Belongings {
  return { slots: new Slots(cspace), calls: new CallsMade() };
}

/**
 * A client of `of`. Does not call.
 * @param cptr an endpoint with the rights Write and GrantReply, and Grant if the interface sends capabilities
 * @param belongings those of the program
 * @param options `given`: composition has given the capability, so `close` leaves it alone
 */
export function client<I extends AnyInterface>(
  of: I,
  cptr: seL4_CPtr<"Endpoint">,
  belongings: Belongings,
  { given = false }: { readonly given?: boolean } = {},
): Client<I> {
  const { calls, slots } = belongings;
  const keep = () => slots.keep();
  const session: ClientSession = { of, cptr, belongings, given, keep, closed: false, underWay: 0 };
  const [closing, forgetting] = [`${of.name}.close`, `${of.name}.forget`];
  const made: Record<string | symbol, unknown> = {
    cptr,
    close: () => end(session, true, calls.made(closing)),
    forget: () => end(session, false, calls.made(forgetting)),
    lend: method(session, lending(of)),
    [SESSION]: session,
  };
  for (const compiled of compile(of)) {
    made[compiled.name] = method(session, compiled);
  }
  return made as unknown as Client<I>;
}

/** An answer to whatever was asked. */
export type AnyAnswer = ({ readonly error: null } & Values) | Refused;

/** What the methods of a client share. */
export interface ClientSession {
  readonly of: AnyInterface;
  readonly cptr: seL4_CPtr<"Endpoint">;
  readonly belongings: Belongings;
  /** By composition, which does not take it back. */
  readonly given: boolean;
  /** Takes what has arrived as a capability. */
  readonly keep: () => seL4_CPtr;
  /** Its slot may be another capability's by now. */
  closed: boolean;
  /** Calls that callers make by the capability (parking.ts): it stays where it is until the last one is over. */
  underWay: number;
}

/** An operation as a method of a client. */
function method(session: ClientSession, compiled: Compiled): (args?: Values) => Thread<AnyAnswer> {
  const { calls } = session.belongings;
  const { where, capabilities } = compiled.args;
  if (capabilities.length > 0 || compiled.results.capabilities.length > 0) {
    return (args = {}) => call(session, compiled, args, calls.made(where));
  }
  const spare = new WordCall(session, compiled);
  return (args = {}) => {
    const made = spare.isWaiting ? new WordCall(session, compiled) : spare;
    made.make(args, calls.made(where));
    return made as unknown as Thread<AnyAnswer>;
  };
}

/**
 * A call whose message and answer are words, as `yield*` takes it. It does what `call` does, and is no generator, which
 * would have to be made for each call: once it has begun its thread makes no other until it has ended, so that one object
 * serves all calls of a method.
 */
class WordCall implements Iterator<void, AnyAnswer, void> {
  readonly #session: ClientSession;
  readonly #compiled: Compiled;
  #args: Values = {};
  #number = 0;
  /** It was made and has not begun. */
  isWaiting = false;
  /** The system call that is under way. */
  #asked: Iterator<void, seL4_MessageInfo_t, void> | null = null;
  /** What has to be thrown away, behind a refusal that brought something. */
  #clearing: Thread<void> | null = null;
  #answer: AnyAnswer | null = null;

  constructor(session: ClientSession, compiled: Compiled) {
    this.#session = session;
    this.#compiled = compiled;
  }

  [Symbol.iterator](): this {
    return this;
  }

  make(args: Values, number: number): void {
    this.#args = args;
    this.#number = number;
    this.isWaiting = true;
  }

  next(): IteratorResult<void, AnyAnswer> {
    if (this.isWaiting) this.#begin();
    if (this.#asked !== null) {
      const step = this.#asked.next();
      if (step.done !== true) return step;
      this.#asked = null;
      const answer = answerOf(this.#session, this.#compiled, step.value, this.#session.keep);
      if (answer.error === null) return { done: true, value: answer };
      this.#answer = answer;
      this.#clearing = broughtCapability(step.value) ? this.#session.belongings.slots.refuse() : null;
    }
    const step = this.#clearing?.next();
    return step !== undefined && step.done !== true ? step : { done: true, value: this.#answer as AnyAnswer };
  }

  #begin(): void {
    this.isWaiting = false;
    const { belongings, closed, cptr } = this.#session;
    const { args: question } = this.#compiled;
    belongings.calls.begins(this.#number);
    this.#clearing = null;
    if (closed) this.#answer = new Refused("Closed", question.where);
    else {
      const words = stageWords(question, this.#args);
      this.#asked = seL4_Call(cptr, infoOf(question, words))[Symbol.iterator]();
    }
  }
}

function* call(session: ClientSession, compiled: Compiled, args: Values, number: number): Thread<AnyAnswer> {
  const { cptr, belongings, closed } = session;
  const { slots } = belongings;
  belongings.calls.begins(number);
  const { args: question, results } = compiled;
  if (closed) return new Refused("Closed", question.where);
  if (results.delivered !== null && !(yield* slots.arm())) return new Refused("Busy", question.where);
  const words = stageWords(question, args);
  if (question.capabilities.length > 0) stageCapabilities(compiled, args);
  const info = yield* seL4_Call(cptr, infoOf(question, words));
  const answer = answerOf(session, compiled, info, session.keep);
  if (answer.error !== null && broughtCapability(info)) yield* slots.refuse();
  return answer;
}

function stageCapabilities(compiled: Compiled, args: Values): void {
  for (const [i, { name, field }] of compiled.args.capabilities.entries()) {
    seL4_SetCap(i, capabilityOf(compiled, name, field, args));
  }
}

/** What the methods of `client` share. @throws TypeError when it is none */
export function sessionOfClient(client: AnyClient): ClientSession {
  const session = client[SESSION];
  if (session === undefined) throw new TypeError("this is no client: it was not made by this package");
  return session;
}

/**
 * Take an answer apart, whose words are in the message registers.
 * @param keep takes what has arrived as a capability: asked last, and only when the rest is as declared
 */
export function answerOf(
  { of, belongings }: ClientSession,
  compiled: Compiled,
  info: seL4_MessageInfo_t,
  keep: () => seL4_CPtr,
): AnyAnswer {
  const { args, results, operation } = compiled;
  if (info.label !== OK) return new Refused(errorOfLabel(operation, info.label), args.where);
  // Empty at first, so that its fields lie in the object itself.
  const answer = {} as { error: null; [name: string]: unknown };
  answer.error = null;
  try {
    takeWords(results, info, answer);
    if (results.capabilities.length > 0) {
      takeCapabilities(results, info, answer, (field) => arrived(field, of, keep(), belongings), noBadge);
    }
  } catch (error) {
    if (error instanceof Malformed) return new Refused("Malformed", args.where);
    throw error;
  }
  return answer;
}

function* end(session: ClientSession, tell: boolean, number: number): Thread<void> {
  const { cptr, belongings } = session;
  belongings.calls.begins(number);
  if (session.closed || session.given) return;
  session.closed = true;
  if (tell) yield* seL4_Call(cptr, seL4_MessageInfo_new(CLOSE, 0, 0, 0));
  if (session.underWay === 0) yield* belongings.slots.drop(cptr);
}

/** The address of a capability to be sent. */
export function capabilityOf({ args: { where } }: Compiled, name: string, field: Field, args: Values): seL4_CPtr {
  const value = args[name];
  if (field.carries === "capability") {
    if (typeof value === "number") return value;
  } else if (typeof value === "object" && value !== null && "cptr" in value) {
    return value.cptr as seL4_CPtr;
  }
  throw new TypeError(`${where}: "${name}" must be a ${field.text}, not ${String(value)}`);
}

/** What has arrived in `slot`, in a message between client and server of `self`. */
export function arrived(field: Field, self: AnyInterface, slot: seL4_CPtr, belongings: Belongings): unknown {
  return field.carries === "session" ? client(field.of ?? self, slot, belongings) : slot;
}

function noBadge(): never {
  throw new Malformed("a badge has arrived in place of a capability");
}
