/**
 * Calls during which the server goes on. A client's method makes its whole program wait for the answer; of a parking
 * client it is the handler alone that waits. One of the component's callers (caller.ts) makes the call:
 *
 *     handler ──message──▸ caller's page ──signal──▸ caller ──Call──▸ the other server
 *        ▴ parked                                       │
 *        └──wake── signal handler ◂──signal── answer ◂──┘
 *
 * There are as many calls under way as the component has callers; a handler that finds none free waits for one, in turn.
 * When the session ends for which a handler waits, its call goes on, since nobody can take it back: what its answer
 * brings is given back, and only then is the caller free. It may not even have begun; so the capability of a client that
 * is closed meanwhile is deleted when the call is over: in its slot could be another one by then.
 */
import { copyIn, copyOut, load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  getMessageBytes,
  type seL4_CPtr,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_Signal,
  seL4_WordBits,
  setMessageBytes,
} from "@tessera/libsel4";
import { IPC_BUFFER_WORDS } from "@tessera/libsel4/abi";
import { type Agenda, Condition } from "./activity.js";
import { Refused } from "./answer.js";
import { CallerPage, headOf, infoOf as infoIn } from "./caller.js";
import {
  type AnyAnswer,
  type AnyClient,
  answerOf,
  type ClientSession,
  capabilityOf,
  sessionOfClient,
} from "./client.js";
import { broughtCapability, CLOSE, type Compiled, compile, infoOf, stageWords, type Values } from "./protocol.js";
import type { Signals } from "./signals.js";
import type { Slots } from "./slots.js";

const WORD_BYTES = 8;

/** Where a caller is found. */
export interface CallerPlace {
  /** The address of its page. */
  readonly page: number;
  /** By which it is woken. */
  readonly work: seL4_CPtr<"Notification">;
}

/** A caller, as the component sees it. */
interface Caller extends CallerPlace {
  /** By which it says that an answer is there; 0 before its first call. */
  done: seL4_CPtr<"Notification">;
  readonly answered: Condition;
  /** It was told to call, and its answer was not heard of yet. */
  isCalling: boolean;
  /** The slot in which a capability of the answer arrives; 0: none can. */
  slot: seL4_CPtr;
  /**
   * Null: a handler waits for the answer, or no call is out. `session`, `other`: nobody waits any more for what the slot
   * is ready for. `closing`: the call that is out ends the session in the slot.
   */
  abandoned: "session" | "other" | "closing" | null;
  /** The answer is there, and the handler that waits for it has not gone on yet. */
  isThere: boolean;
  /** By whose capability it calls; null: by none that anybody could close meanwhile. */
  session: ClientSession | null;
}

/** The callers of a component. */
export class Callers {
  readonly #slots: Slots;
  readonly #signals: Signals;
  readonly #free: Caller[];
  readonly #freed: Condition;

  constructor(places: readonly CallerPlace[], agenda: Agenda, slots: Slots, signals: Signals) {
    this.#slots = slots;
    this.#signals = signals;
    this.#freed = new Condition(agenda);
    this.#free = places.map((place) => {
      return {
        ...place,
        done: 0,
        answered: new Condition(agenda),
        isCalling: false,
        slot: 0,
        abandoned: null,
        isThere: false,
        session: null,
      };
    });
  }

  /**
   * `client`, whose methods make the handler wait that calls them, and nobody else. `close` is the client's own.
   * @throws Error when the component has no callers
   */
  parking<C extends AnyClient>(client: C): C {
    const session = sessionOfClient(client);
    const { calls } = session.belongings;
    const methods = compile(session.of).map((compiled) => {
      const { where } = compiled.args;
      return [compiled.name, (args: Values = {}) => this.#call(session, compiled, args, calls.made(where))] as const;
    });
    return { ...client, ...Object.fromEntries(methods) };
  }

  *#call(session: ClientSession, compiled: Compiled, args: Values, number: number): Thread<AnyAnswer> {
    session.belongings.calls.begins(number);
    const { where } = compiled.args;
    const caller = yield* this.#take();
    let isOut = false;
    try {
      if (session.closed) return new Refused("Closed", where);
      const { delivered } = compiled.results;
      if (delivered !== null) caller.slot = yield* this.#slots.take();
      if (delivered !== null && caller.slot === 0) return new Refused("Busy", where);
      yield* this.#ask(caller, session, compiled, args);
      isOut = true;
      yield* caller.answered.wait();
      caller.isThere = false;
      isOut = false;
      return yield* this.#answer(caller, session, compiled);
    } finally {
      if (isOut) yield* this.#abandon(caller, compiled.results.delivered?.field.carries === "session");
      else yield* this.#release(caller);
    }
  }

  /** A caller that has nothing to do. Parks until there is one. */
  *#take(): Thread<Caller> {
    let caller = this.#free.pop();
    while (caller === undefined) {
      yield* this.#freed.wait();
      caller = this.#free.pop();
    }
    return caller;
  }

  *#ask(caller: Caller, session: ClientSession, compiled: Compiled, args: Values): Thread<void> {
    const { capabilities } = compiled.args;
    const words = stageWords(compiled.args, args);
    const message = getMessageBytes(0, words * WORD_BYTES);
    for (const [i, { name, field }] of capabilities.entries()) {
      const cptr = capabilityOf(compiled, name, field, args);
      yield* store(caller.page + CallerPage.capabilities + i * WORD_BYTES, cptr);
    }
    caller.session = session;
    session.underWay += 1;
    yield* this.#send(caller, session.cptr, caller.slot, infoOf(compiled.args, words), message);
  }

  /** Have `caller` call. @param slot where a capability of the answer is to arrive; 0: nowhere */
  *#send(
    caller: Caller,
    whom: seL4_CPtr,
    slot: seL4_CPtr,
    info: seL4_MessageInfo_t,
    message: Uint8Array,
  ): Thread<void> {
    const { page, work } = caller;
    if (caller.done === 0) {
      caller.done = yield* this.#signals.source(() => this.#isOver(caller));
      yield* store(page + CallerPage.done, caller.done);
    }
    yield* copyOut(page + CallerPage.tag, headOf(info, message));
    const path = slot === 0 ? [0, 0, 0] : [this.#slots.cspace.root_cnode, slot, seL4_WordBits];
    for (const [i, word] of path.entries()) yield* store(page + CallerPage.receivePath + i * WORD_BYTES, word);
    yield* store(page + CallerPage.whom, whom);
    caller.isCalling = true;
    yield* seL4_Signal(work);
  }

  /** A call is over. The client may have been closed meanwhile; its capability could not be deleted until now. */
  *#isOver(caller: Caller): Thread<void> {
    const { session } = caller;
    // A signal that a former life of this component has not heard says nothing of this call: the page does.
    if (!caller.isCalling || (yield* load(caller.page + CallerPage.whom)) !== 0) return;
    caller.isCalling = false;
    caller.session = null;
    if (session !== null) {
      session.underWay -= 1;
      if (session.closed && session.underWay === 0) yield* this.#slots.drop(session.cptr);
    }
    yield* this.#answered(caller);
  }

  /** Its answer is there. */
  *#answered(caller: Caller): Thread<void> {
    const { abandoned, slot } = caller;
    if (abandoned === null) {
      caller.isThere = true;
      return caller.answered.wake();
    }
    const isFull = abandoned === "closing" || (slot !== 0 && broughtCapability(yield* this.#infoOf(caller)));
    if (isFull && abandoned === "session") {
      // Nobody knows of it: it is ended as it was opened, and nobody waits for that either.
      caller.abandoned = "closing";
      yield* this.#send(caller, slot, 0, seL4_MessageInfo_new(CLOSE, 0, 0, 0), new Uint8Array(0));
      return;
    }
    caller.abandoned = null;
    if (isFull) yield* this.#slots.clear(slot);
    yield* this.#release(caller);
  }

  /** Whoever was to be answered waits no longer. The answer may be there already. */
  *#abandon(caller: Caller, bringsSession: boolean): Thread<void> {
    caller.abandoned = bringsSession ? "session" : "other";
    if (!caller.isThere) return;
    caller.isThere = false;
    yield* this.#answered(caller);
  }

  *#answer(caller: Caller, session: ClientSession, compiled: Compiled): Thread<AnyAnswer> {
    const buffer = new Uint8Array(IPC_BUFFER_WORDS * WORD_BYTES);
    yield* copyIn(caller.page, buffer);
    const info = infoIn(buffer);
    setMessageBytes(0, buffer.subarray(CallerPage.message, CallerPage.message + info.length * WORD_BYTES));
    const { slot } = caller;
    const answer = answerOf(session, compiled, info, () => {
      caller.slot = 0;
      return slot;
    });
    if (caller.slot !== 0 && broughtCapability(info)) yield* this.#slots.clear(slot);
    return answer;
  }

  *#infoOf({ page }: Caller): Thread<seL4_MessageInfo_t> {
    const head = new Uint8Array(WORD_BYTES);
    yield* copyIn(page + CallerPage.tag, head);
    return infoIn(head);
  }

  /** It can be used again; the slot that it still has is empty. */
  *#release(caller: Caller): Thread<void> {
    if (caller.slot !== 0) yield* this.#slots.free(caller.slot);
    caller.slot = 0;
    this.#free.push(caller);
    this.#freed.wakeOne();
  }
}
