/**
 * What the stubs return: one iterable for each kind of result, shared by all calls of that kind.
 *
 * The trap is over (or under way) when `yield*` asks for `next()`. Where the thread must wait, `next()` hands the CPU
 * back and is asked again when the thread runs; then it reads the registers. So nothing of a call lives in the
 * iterable, and a call that need not wait costs no generator switch.
 */
import { port, Register, SUSPEND, type Syscall } from "@tessera/hal-sim/isa";
import { messageInfoLabel } from "./abi/index.js";
import { seL4_MessageInfo_t } from "./message-info.js";
import type { seL4_Error, seL4_Word } from "./types.js";

/** A message, or a signal. */
export interface Received {
  /** What the message is about. When a signal came, or nothing: see the call. */
  readonly info: seL4_MessageInfo_t;
  /** Badge of the sender's capability, or the notification word; inexact beyond 2^53 (`senderBadge64`). */
  readonly badge: seL4_Word;
}

/** The first four message registers. Those behind the message's length hold what the registers held before. */
export interface MessageRegisters {
  readonly mr0: seL4_Word;
  readonly mr1: seL4_Word;
  readonly mr2: seL4_Word;
  readonly mr3: seL4_Word;
}

/** A reply with its first four words. */
export interface RepliedWithMRs extends MessageRegisters {
  readonly info: seL4_MessageInfo_t;
}

/** A message, or a signal, with its first four words. */
export interface ReceivedWithMRs extends Received, MessageRegisters {}

function done<R>(value: R): IteratorReturnResult<R> {
  return { done: true, value };
}

/** Calls that return nothing. */
export const voidResult: Syscall<void> & Iterator<void, void, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    return port().suspended() ? SUSPEND : done<void>(undefined);
  },
};

/** The word in a0. */
export const wordResult: Syscall<seL4_Word> & Iterator<void, seL4_Word, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    return cpu.suspended() ? SUSPEND : done(cpu.word(Register.a0));
  },
};

/** The message info of a reply. */
export const replyResult: Syscall<seL4_MessageInfo_t> & Iterator<void, seL4_MessageInfo_t, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    if (cpu.suspendedKeeping()) return SUSPEND;
    return done(new seL4_MessageInfo_t(cpu.low(Register.a1), cpu.high(Register.a1)));
  },
};

/** Message info and badge. */
export const receiveResult: Syscall<Received> & Iterator<void, Received, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    if (cpu.suspendedKeeping()) return SUSPEND;
    const info = new seL4_MessageInfo_t(cpu.low(Register.a1), cpu.high(Register.a1));
    return done({ info, badge: cpu.word(Register.a0) });
  },
};

/** Message info and the four words in registers; the staged ones stay as they were, as C's stubs leave them. */
export const replyWithMRsResult: Syscall<RepliedWithMRs> & Iterator<void, RepliedWithMRs, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    if (cpu.suspendedMessage()) return SUSPEND;
    return done({
      info: new seL4_MessageInfo_t(cpu.low(Register.a1), cpu.high(Register.a1)),
      mr0: cpu.word(Register.a2),
      mr1: cpu.word(Register.a3),
      mr2: cpu.word(Register.a4),
      mr3: cpu.word(Register.a5),
    });
  },
};

/** The same with the badge. */
export const receiveWithMRsResult: Syscall<ReceivedWithMRs> & Iterator<void, ReceivedWithMRs, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    if (cpu.suspendedMessage()) return SUSPEND;
    return done({
      info: new seL4_MessageInfo_t(cpu.low(Register.a1), cpu.high(Register.a1)),
      badge: cpu.word(Register.a0),
      mr0: cpu.word(Register.a2),
      mr1: cpu.word(Register.a3),
      mr2: cpu.word(Register.a4),
      mr3: cpu.word(Register.a5),
    });
  },
};

/** The error code of an invocation. What comes with an error is in the message registers. */
export const errorResult: Syscall<seL4_Error> & Iterator<void, seL4_Error, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    if (cpu.suspendedKeeping()) return SUSPEND;
    return done(messageInfoLabel(cpu.low(Register.a1), cpu.high(Register.a1)));
  },
};
