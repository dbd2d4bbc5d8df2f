/** From kernel entries to facts, one after the other. */
import { MachineEvent, type Trace } from "@tessera/hal-sim";
import { Cause } from "@tessera/hal-sim/isa";
import { type Explanation, KernelEvent, ThreadState } from "@tessera/kernel";
import { errorName } from "@tessera/libsel4";
import {
  CapTag,
  CNodeDelete,
  CNodeMove,
  CNodeRevoke,
  capKind,
  faultName,
  methodName,
  seL4_NoError,
  syscallName,
  TCBWriteRegisters,
} from "@tessera/libsel4/abi";
import { Cast } from "./cast.js";
import { type Entry, type Event, entriesOf } from "./entries.js";
import type { Act, Deed, Fact, Message } from "./facts.js";
import { Memory } from "./memory.js";
import { type Requests, readMessage } from "./message.js";
import { accessName, hexWord } from "./names.js";
import { Reasons } from "./reasons.js";

/** What programs that failed say for themselves, by thread id. */
export type Sentences = ReadonlyMap<number, string>;

export interface Story {
  /** Threads in order of appearance. */
  readonly threads: readonly string[];
  readonly facts: readonly Fact[];
}

/** How a program failed, by ProgramFailure. */
const FAILURES: readonly string[] = ["threw", "yielded by itself", "forgot yield*"];

const WAITS_FOR: Readonly<Record<number, "a message" | "a receiver" | "a signal">> = {
  [ThreadState.BlockedOnReceive]: "a message",
  [ThreadState.BlockedOnSend]: "a receiver",
  [ThreadState.BlockedOnNotification]: "a signal",
};

/** Everything that the trace tells, with the kernel's explanations beside it. */
export function tell(
  trace: Trace,
  sentences: Sentences,
  explanations: readonly Explanation[],
  requests: Requests,
): Story {
  const teller = new Teller(new Cast(trace), sentences, new Reasons(explanations), requests);
  if (trace.first > 0) teller.facts.push({ kind: "gap", tick: 0, record: trace.first, records: trace.first });
  for (const entry of entriesOf(trace)) teller.tellEntry(entry);
  teller.facts.push(endOf(trace));
  return { threads: teller.cast.threads, facts: teller.facts };
}

class Teller {
  readonly cast: Cast;
  readonly facts: Fact[] = [];
  readonly #memory = new Memory();
  readonly #sentences: Sentences;
  readonly #reasons: Reasons;
  readonly #requests: Requests;
  /** Facts that were told before the present entry. */
  #entryStart = 0;

  constructor(cast: Cast, sentences: Sentences, reasons: Reasons, requests: Requests) {
    this.#requests = requests;
    this.cast = cast;
    this.#sentences = sentences;
    this.#reasons = reasons;
  }

  tellEntry(entry: Entry): void {
    if (entry.thread !== 0) this.cast.thread(entry.thread);
    if (entry.syscall !== 0) this.#memory.calls.set(entry.thread, syscallName(entry.syscall));
    const invoked = entry.events.find(({ kind }) => kind === KernelEvent.Invoked) ?? null;
    const before = this.facts.length;
    this.#entryStart = before;
    entry.events.forEach((event, at) => {
      this.#tellEvent(entry, event, at, invoked);
    });
    if (invoked !== null && this.facts.length === before)
      this.#add(invoked, invoked.subject, this.#invocation(invoked));
    if (entry.cause === Cause.TimerInterrupt) this.#tellTimer(entry);
    this.#explain(entry, before);
    if (invoked?.a === TCBWriteRegisters) this.cast.built(invoked.d, entry.thread);
  }

  #tellEvent(entry: Entry, event: Event, at: number, invoked: Event | null): void {
    const { kind, subject } = event;
    switch (kind) {
      case KernelEvent.Created:
        this.cast.make(subject, event.a, 2 ** event.b, entry.thread);
        this.#add(event, entry.thread, this.#creation(event));
        break;
      case KernelEvent.CapMade:
        this.#add(event, subject, this.#capability(event, invoked));
        this.#handOver(event, invoked);
        break;
      case KernelEvent.Destroyed:
        this.#add(event, entry.thread, this.#destruction(event, invoked));
        break;
      case KernelEvent.SlotEmptied:
        if (invoked?.a === CNodeRevoke) this.#taken(event, invoked);
        break;
      case KernelEvent.Resumed:
        if (invoked !== null && !isRemoval(invoked)) this.#add(event, entry.thread, this.#control(event, invoked));
        break;
      case KernelEvent.Blocked:
        this.#add(event, subject, this.#wait(event));
        break;
      case KernelEvent.Message:
        this.#addMessage(event, readMessage(entry.events, at, this.cast, this.#memory, this.#requests));
        break;
      case KernelEvent.CapReceived:
      case KernelEvent.CapUnwrapped:
        this.#add(event, subject, this.#arrival(event));
        break;
      case KernelEvent.Donated:
        if (event.a !== 0) this.#add(event, event.a, { kind: "lends", to: this.cast.thread(event.b) });
        break;
      case KernelEvent.Signal:
        if (subject !== 0) this.#add(event, subject, this.#signal(event));
        break;
      case KernelEvent.Notified:
        this.#add(event, subject, this.#notice(event));
        break;
      case KernelEvent.Faulted:
        this.#add(event, subject, this.#fault(entry, event));
        break;
      case MachineEvent.Throw:
        this.#add(event, subject, this.#failure(event));
        break;
    }
  }

  /** Told only when another thread has the CPU afterwards. */
  #tellTimer({ thread, events }: Entry): void {
    const turn = events.findLast(({ kind }) => kind === MachineEvent.Switch);
    if (turn === undefined || turn.subject === thread) return;
    const next = turn.subject === 0 ? null : this.cast.thread(turn.subject);
    if (thread !== 0) this.#add(turn, thread, { kind: "interrupted", next });
    else if (turn.subject !== 0) this.#add(turn, turn.subject, { kind: "wakes" });
  }

  /** Beside the fact that failed goes why; a call that left no fact gets one. */
  #explain(entry: Entry, before: number): void {
    const explanation = this.#reasons.of(entry);
    if (explanation === null || this.#hasFailedBefore(before, entry.thread)) return;
    const who = this.cast.thread(entry.thread);
    const told = this.facts.slice(before);
    const failed = told.findIndex((fact) => "who" in fact && fact.who === who && hasFailed(fact));
    if (failed >= 0) {
      this.facts[before + failed] = { ...(told[failed] as Act), explanation };
      return;
    }
    const { tick, n } = entry.events[0] as Event;
    const call = this.#memory.calls.get(entry.thread) ?? "";
    this.facts.splice(before, 0, {
      tick,
      record: n,
      who,
      kind: "refused",
      call,
      outcome: explanation.outcome,
      explanation,
    });
  }

  /** A program that broke off has said why itself. */
  #hasFailedBefore(before: number, thread: number): boolean {
    const last = this.facts[before - 1];
    return last?.kind === "fails" && last.who === this.cast.thread(thread);
  }

  /** What the message brings has been told before it; it comes behind it. */
  #addMessage({ tick, n, subject }: Event, message: Message): void {
    let at = this.facts.length;
    while (at > this.#entryStart && this.facts[at - 1]?.kind === "receives") at--;
    this.facts.splice(at, 0, { tick, record: n, who: this.cast.thread(subject), ...message });
  }

  #add({ tick, n }: Event, who: number, what: Deed | Message): void {
    this.facts.push({ tick, record: n, who: this.cast.thread(who), ...what });
  }

  #creation({ subject, a: capTag, b: bits }: Event): Deed {
    const object = this.cast.object(subject, capTag);
    return { kind: "makes", call: "Untyped_Retype", object, type: capKind(capTag), bytes: 2 ** bits };
  }

  /** Moving the capability that an object was made with gives the object away. */
  #handOver({ subject, a: label, b: capTag, c: object, d, e }: Event, invoked: Event | null): void {
    if (label !== CNodeMove || invoked === null || (d | e) !== 0) return;
    const owner = this.cast.otherOwner(invoked.d, subject);
    if (owner !== null) this.cast.handedOver(object, capTag, owner);
  }

  #destruction({ subject, a: capTag }: Event, invoked: Event | null): Deed {
    const call = invoked === null ? "" : methodName(invoked.a);
    return { kind: "destroys", call, object: this.cast.object(subject, capTag), type: capKind(capTag) };
  }

  /** Capabilities that a Revoke takes; those to one object, one after the other, are one fact. */
  #taken({ a: home, c: capTag, d: object, e: badgeLo, ...event }: Event, { a: label, subject: who }: Event): void {
    if (!TAKEN_TYPES.includes(capTag)) return;
    const owner = this.cast.otherOwner(home, who);
    const from = owner === null ? [] : [this.cast.thread(owner)];
    const badge = badgeLo === 0 ? null : hexWord(badgeLo, 0);
    const name = this.cast.object(object, capTag);
    const last = this.facts.at(-1);
    if (last?.kind === "takes" && last.object === name && last.badge === badge && last.call === methodName(label)) {
      this.facts[this.facts.length - 1] = { ...last, from: [...last.from, ...from] };
    } else {
      const { tick, n } = event;
      const call = methodName(label);
      const deed = { kind: "takes", call, object: name, badge, from } as const;
      this.facts.push({ tick, record: n, who: this.cast.thread(who), ...deed });
    }
  }

  #capability({ subject, a: label, b: capTag, c: object, d, e }: Event, invoked: Event | null): Deed {
    const owner = invoked === null ? null : this.cast.otherOwner(invoked.d, subject);
    const isBadged = (capTag === CapTag.endpoint || capTag === CapTag.notification) && (d | e) !== 0;
    return {
      kind: "capability",
      call: methodName(label),
      object: capTag === CapTag.thread ? `${this.cast.thread(object)}'s TCB` : this.cast.object(object, capTag),
      type: capKind(capTag),
      badge: isBadged ? hexWord(d, e) : null,
      into: owner === null ? null : this.cast.thread(owner),
    };
  }

  #invocation({ subject, a: label, b: code, c: capTag, d: object }: Event): Deed {
    if (capTag === CapTag.null) {
      const call = this.#memory.calls.get(subject) ?? "";
      return { kind: "refused", call, outcome: `${errorName(code)}: there is no capability` };
    }
    return {
      kind: "invokes",
      call: methodName(label),
      object: this.cast.object(object, capTag),
      error: code === seL4_NoError ? null : errorName(code),
    };
  }

  #control({ subject, a: isResumed }: Event, invoked: Event): Deed {
    const kind = isResumed === 1 ? "resumes" : "suspends";
    return { kind, call: methodName(invoked.a), thread: this.cast.thread(subject) };
  }

  #wait({ subject, a: state, b: object, c: reply }: Event): Deed {
    const reason = WAITS_FOR[state] ?? "a message";
    const capTag = reason === "a signal" ? CapTag.notification : CapTag.endpoint;
    return {
      kind: "waits",
      call: this.#memory.calls.get(subject) ?? "",
      for: reason,
      on: this.cast.object(object, capTag),
      reply: reply === 0 ? null : this.cast.object(reply, CapTag.reply),
    };
  }

  #arrival(event: Event): Deed {
    if (event.kind === KernelEvent.CapUnwrapped) {
      return { kind: "receives", object: null, badge: hexWord(event.a, event.b) };
    }
    const { a: capTag, b: object, c, d } = event;
    const badge = (c | d) === 0 ? null : hexWord(c, d);
    return { kind: "receives", object: this.cast.object(object, capTag), badge };
  }

  #signal({ a: notification, b, c, d: woken }: Event): Deed {
    const wakes = woken === 0 ? null : this.cast.thread(woken);
    const object = this.cast.object(notification, CapTag.notification);
    return { kind: "signals", notification: object, badge: hexWord(b, c), wakes };
  }

  #notice({ a: notification, b, c }: Event): Deed {
    const object = this.cast.object(notification, CapTag.notification);
    return { kind: "notified", notification: object, badge: hexWord(b, c) };
  }

  #fault(entry: Entry, { subject, a: tag, b, c, d: code, e: pc }: Event): Deed {
    const address = hexWord(b, c);
    const access = accessName(entry.cause);
    const source = access === null ? undefined : this.#memory.sources.get(address);
    return {
      kind: "faults",
      fault: faultName(tag),
      access,
      address,
      code,
      pc: hexWord(pc, 0),
      from: source === undefined || source === this.cast.thread(subject) ? null : source,
    };
  }

  #failure({ subject, a: failure }: Event): Deed {
    return { kind: "fails", how: FAILURES[failure] ?? "failed", sentence: this.#sentences.get(subject) ?? null };
  }
}

/** Of capabilities to these it is told that they were taken. */
const TAKEN_TYPES: readonly number[] = [CapTag.endpoint, CapTag.notification, CapTag.reply];

/** What is taken away stops of itself. */
function isRemoval({ a: label }: Event): boolean {
  return label === CNodeRevoke || label === CNodeDelete;
}

function hasFailed(fact: Act): boolean {
  return fact.kind === "faults" || fact.kind === "refused" || (fact.kind === "invokes" && fact.error !== null);
}

/** How it ended: the last record that says anything about it. */
function endOf(trace: Trace): Fact {
  const record = trace.count - 1;
  const last = trace.record(record);
  const fact = { kind: "ends", tick: last?.tick ?? 0, record } as const;
  if (last?.kind === MachineEvent.Halt) return { ...fact, how: last.a === 0 ? "powered off" : "halted" };
  const isIdle = last?.kind === MachineEvent.Switch && last.subject === 0;
  return { ...fact, how: isIdle ? "idle" : "cut off" };
}
