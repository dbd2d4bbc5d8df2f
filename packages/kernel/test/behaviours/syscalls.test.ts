/**
 * System calls made bare: each returns, does not block, does not fault, and leaves the caller's registers alone where it
 * has no result. Ten rounds each, as a call that damages something is often seen at the next one.
 */
import { port, Register, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CallWithMRs,
  seL4_DebugPutChar,
  seL4_IllegalOperation,
  seL4_NBRecv,
  seL4_NBSend,
  seL4_NBSendRecv,
  seL4_NBSendWithMRs,
  seL4_Poll,
  seL4_ReplyRecv,
  seL4_Send,
  seL4_SendWithMRs,
  seL4_Signal,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour, type TestThread } from "./test-thread.js";

const ROUNDS = 10;
const BLANK = 0x20;
const BADGE = 0x51;

function* tenTimes<R>(call: () => Thread<R>): Thread<R[]> {
  const results: R[] = [];
  for (let round = 0; round < ROUNDS; round++) results.push(yield* call());
  return results;
}

const tenOf = <R>(result: R): R[] => Array.from({ length: ROUNDS }, () => result);

/** All argument registers, as the last call left them. */
function registers(): number[] {
  const all = [Register.a0, Register.a1, Register.a2, Register.a3, Register.a4, Register.a5, Register.a6];
  return all.map((register) => port().word(register));
}

/** Whether a call that sends `[1, 2, 3, 4]` to `dest` left the registers as it had loaded them. */
function* leavesRegisters(dest: number, call: () => Iterable<void, void, void>): Thread<boolean[]> {
  return yield* tenTimes(function* () {
    port().setWord(Register.a6, 6);
    yield* call();
    return registers().join() === [dest, message([1, 2, 3, 4]).lo, 1, 2, 3, 4, 6].join();
  });
}

describe("A system call on a CNode capability, which knows no label 0", () => {
  const sent = () => message([1, 2, 3, 4]);

  it("SYSCALL0001: Send is ignored and writes nothing", () => {
    const { value } = behaviour(({ kit: { cnode } }) => leavesRegisters(cnode, () => seL4_Send(cnode, sent())));
    expect(value).toEqual(tenOf(true));
  });

  it("SYSCALL0014: Send with words in registers is ignored and writes nothing", () => {
    const { value } = behaviour(({ kit: { cnode } }) =>
      leavesRegisters(cnode, () => seL4_SendWithMRs(cnode, sent(), 1, 2, 3, 4)),
    );
    expect(value).toEqual(tenOf(true));
  });

  it("SYSCALL0002: NBSend is ignored and writes nothing", () => {
    const { value } = behaviour(({ kit: { cnode } }) => leavesRegisters(cnode, () => seL4_NBSend(cnode, sent())));
    expect(value).toEqual(tenOf(true));
  });

  it("SYSCALL0015: NBSend with words in registers is ignored and writes nothing", () => {
    const { value } = behaviour(({ kit: { cnode } }) =>
      leavesRegisters(cnode, () => seL4_NBSendWithMRs(cnode, sent(), 1, 2, 3, 4)),
    );
    expect(value).toEqual(tenOf(true));
  });

  it("SYSCALL0004: Signal is an empty Send: ignored", () => {
    const { value } = behaviour(({ kit: { cnode } }) =>
      tenTimes(function* () {
        yield* seL4_Signal(cnode);
        return registers().slice(0, 2);
      }),
    );
    expect(value).toEqual(tenOf([2, 0]));
  });

  it("SYSCALL0005: Call returns IllegalOperation without words", () => {
    const { value } = behaviour(({ kit: { cnode } }) =>
      tenTimes(function* () {
        const { label, length } = yield* seL4_Call(cnode, sent());
        return [label, length];
      }),
    );
    expect(value).toEqual(tenOf([seL4_IllegalOperation, 0]));
  });

  it("SYSCALL0017: Call with words in registers returns IllegalOperation without words", () => {
    const { value } = behaviour(({ kit: { cnode } }) =>
      tenTimes(function* () {
        const { info } = yield* seL4_CallWithMRs(cnode, sent(), 1, 2, 3, 4);
        return [info.label, info.length];
      }),
    );
    expect(value).toEqual(tenOf([seL4_IllegalOperation, 0]));
  });
});

describe("A system call of its own kind", () => {
  it("SYSCALL0000: Yield returns, behind a thread of the same priority", () => {
    const seen: string[] = [];
    behaviour(
      function* (t) {
        yield* t.start("other", { priority: 254 });
        yield* tenTimes(function* () {
          seen.push("T");
          yield* seL4_Yield();
        });
      },
      {
        *other() {
          for (;;) {
            seen.push("other");
            yield* seL4_Yield();
          }
        },
      },
      { limit: { events: 2000 } },
    );
    expect(seen.slice(0, 2 * ROUNDS)).toEqual(tenOf(["T", "other"]).flat());
  });

  it("SYSCALL0006: DebugPutChar writes one character a call", () => {
    const { output } = behaviour(() => tenTimes(() => seL4_DebugPutChar(BLANK)[Symbol.iterator]() as Thread));
    expect(output).toBe(" ".repeat(ROUNDS));
  });
});

describe("A receive from a notification that is signalled", () => {
  /** Badges that `receive` took from a notification signalled with BADGE, and what a Poll behind it found. */
  function* taken(t: TestThread, receive: (ntfn: number) => Thread<number>): Thread<number[][]> {
    const ntfn = yield* t.kit.notification();
    const signaller = yield* t.kit.mint(ntfn, BADGE);
    return yield* tenTimes(function* () {
      yield* seL4_Signal(signaller);
      return [yield* receive(ntfn), (yield* seL4_Poll(ntfn)).badge];
    });
  }

  it.each(["SYSCALL0010", "SYSCALL0013"])("%s: Wait does not block, and takes the signal", () => {
    const { value } = behaviour((t) =>
      taken(t, function* (ntfn) {
        return (yield* seL4_Wait(ntfn)).badge;
      }),
    );
    expect(value).toEqual(tenOf([BADGE, 0]));
  });

  it("SYSCALL0011: ReplyRecv without a reply object takes the signal; its reply goes nowhere", () => {
    const { value } = behaviour((t) =>
      taken(t, function* (ntfn) {
        return (yield* seL4_ReplyRecv(ntfn, EMPTY, 0)).badge;
      }),
    );
    expect(value).toEqual(tenOf([BADGE, 0]));
  });

  it("SYSCALL0012: NBRecv without a reply object takes the signal", () => {
    const { value } = behaviour((t) =>
      taken(t, function* (ntfn) {
        const { badge, info } = yield* seL4_NBRecv(ntfn, 0);
        expect(words(info)).toEqual([]);
        return badge;
      }),
    );
    expect(value).toEqual(tenOf([BADGE, 0]));
  });

  it("SYSCALL0018: NBSendRecv drops a send to a CNode, and takes the signal", () => {
    const { value } = behaviour((t) =>
      taken(t, function* (ntfn) {
        return (yield* seL4_NBSendRecv(t.kit.cnode, EMPTY, ntfn, 0)).badge;
      }),
    );
    expect(value).toEqual(tenOf([BADGE, 0]));
  });
});
