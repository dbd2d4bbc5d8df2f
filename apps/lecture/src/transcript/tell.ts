/** From kernel entries to facts, one after the other. */
import { MachineEvent, type Trace } from "@tessera/hal-sim";
import { type Explanation, KernelEvent, ThreadState } from "@tessera/kernel";
import { errorName } from "@tessera/libsel4";
import {
  CapTag,
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
import { readMessage } from "./message.js";
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
export function tell(trace: Trace, sentences: Sentences, explanations: readonly Explanation[]): Story {
  const teller = new Teller(new Cast(trace), sentences, new Reasons(explanations));
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

  constructor(cast: Cast, sentences: Sentences, reasons: Reasons) {
    this.cast = cast;
    this.#sentences = sentences;
    this.#reasons = reasons;
  }

  tellEntry(entry: Entry): void {
    if (entry.thread !== 0) this.cast.thread(entry.thread);
    if (entry.syscall !== 0) this.#memory.calls.set(entry.thread, syscallName(entry.syscall));
    const invoked = entry.events.find(({ kind }) => kind === KernelEvent.Invoked) ?? null;
    const before = this.facts.length;
    entry.events.forEach((event, at) => {
      this.#tellEvent(entry, event, at, invoked);
    });
    if (invoked !== null && this.facts.length === before)
      this.#add(invoked, invoked.subject, this.#invocation(invoked));
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
        break;
      case KernelEvent.Destroyed:
        this.#add(event, entry.thread, { kind: "destroys", object: this.cast.object(subject, event.a) });
        break;
      case KernelEvent.Resumed:
        if (invoked !== null) this.#add(event, entry.thread, this.#control(event, invoked));
        break;
      case KernelEvent.Blocked:
        this.#add(event, subject, this.#wait(event));
        break;
      case KernelEvent.Message:
        this.#add(event, subject, readMessage(entry.events, at, this.cast, this.#memory));
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

  #add({ tick, n }: Event, who: number, what: Deed | Message): void {
    this.facts.push({ tick, record: n, who: this.cast.thread(who), ...what });
  }

  #creation({ subject, a: capTag, b: bits }: Event): Deed {
    const object = this.cast.object(subject, capTag);
    return { kind: "makes", call: "Untyped_Retype", object, type: capKind(capTag), bytes: 2 ** bits };
  }

  #capability({ subject, a: label, b: capTag, c: object, d, e }: Event, invoked: Event | null): Deed {
    const isBadged = (capTag === CapTag.endpoint || capTag === CapTag.notification) && (d | e) !== 0;
    return {
      kind: "capability",
      call: methodName(label),
      object: this.cast.object(object, capTag),
      type: capKind(capTag),
      badge: isBadged ? hexWord(d, e) : null,
      into: invoked === null ? null : this.cast.otherOwner(invoked.d, subject),
    };
  }

  #invocation({ a: label, b: code, c: capTag, d: object }: Event): Deed {
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

function hasFailed(fact: Act): boolean {
  return fact.kind === "faults" || (fact.kind === "invokes" && fact.error !== null);
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
