/** What a thread is configured with, and the registers that are its own. */
import { compute, port, Register } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  seL4_IllegalOperation,
  seL4_NoError,
  seL4_Recv,
  seL4_Send,
  seL4_TCB_Configure,
  seL4_TCB_SetFlags,
  seL4_TCB_SetSpace,
  seL4_TCB_SetTLSBase,
  seL4_TCB_WriteRegisters,
  seL4_TCBFlag_fpuDisabled,
  seL4_TCBObject,
  seL4_UserContext_Length,
  seL4_Wait,
  USER_CONTEXT_NAMES,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour, type Helper } from "./test-thread.js";

const CYCLES_PER_MS = 1_000_000;
const BUDGET_US = 5000;

describe("A thread's registers", () => {
  it("REGRESSIONS0001: all 32 are written at once, and a thread that is resumed by it begins with them", () => {
    // pc, a0 and a1 are where it begins, who it is and where its buffer lies.
    const names = USER_CONTEXT_NAMES.filter((name) => !["pc", "a0", "a1"].includes(name));
    const values = Object.fromEntries(names.map((name, i) => [name, i + 1]));
    let seen: Record<string, number> = {};
    const { value } = behaviour(
      function* (t) {
        const helper = yield* t.make("reader");
        const registers = { ...values, ...helper.registers };
        const error = yield* seL4_TCB_WriteRegisters(helper.tcb, true, 0, seL4_UserContext_Length, registers);
        return [error, yield* t.wait(helper)];
      },
      {
        *reader() {
          seen = Object.fromEntries(names.map((name) => [name, port().word(Register[name as keyof typeof Register])]));
          return 7;
        },
      },
    );
    expect(value).toEqual([seL4_NoError, 7]);
    expect(seen).toEqual(values);
    expect(names).toHaveLength(29);
  });

  it("TLS0002: the TLS base is each thread's own, and it keeps what it writes there while it waits", () => {
    const THREADS = 4;
    const at = { ready: 0, go: 0 };
    const { value } = behaviour(
      function* (t) {
        at.ready = yield* t.kit.endpoint();
        at.go = yield* t.kit.endpoint();
        const helpers: Helper[] = [];
        for (let i = 0; i < THREADS; i++) {
          const helper = yield* t.make("owner", { argument: i });
          must(yield* seL4_TCB_SetTLSBase(helper.tcb, 0x1000 * (i + 1)));
          helpers.push(helper);
        }
        // Register tp was set last: a start that writes fewer registers leaves it.
        for (const helper of helpers) yield* t.restart(helper);
        const initial: number[] = [];
        for (let i = 0; i < THREADS; i++) initial.push(...words((yield* seL4_Recv(at.ready, t.reply)).info));
        for (let i = 0; i < THREADS; i++) yield* seL4_Send(at.go, EMPTY);
        const later: number[] = [];
        for (const helper of helpers) later.push(yield* t.wait(helper));
        return { initial: initial.sort((a, b) => a - b), later };
      },
      {
        *owner(i) {
          const base = port().word(Register.tp);
          port().setWord(Register.tp, 100 + i);
          yield* seL4_Send(at.ready, message([base]));
          yield* seL4_Wait(at.go);
          return port().word(Register.tp);
        },
      },
    );
    expect(value.initial).toEqual([0x1000, 0x2000, 0x3000, 0x4000]);
    expect(value.later).toEqual([100, 101, 102, 103]);
  });

  it("TLS0006: counters in tp of eight threads are right while the timer takes the CPU from one to the next", () => {
    const THREADS = 8;
    const STEPS = 20;
    let switches = 0;
    let last = -1;
    const { value } = behaviour(
      function* (t) {
        const helpers: Helper[] = [];
        for (let i = 0; i < THREADS; i++) helpers.push(yield* t.start("counter", { argument: i, budget: BUDGET_US }));
        const results: number[] = [];
        for (const helper of helpers) results.push(yield* t.wait(helper));
        return results;
      },
      {
        *counter(i) {
          const start = port().word(Register.tp);
          for (let step = 0; step < STEPS; step++) {
            if (last !== i) switches++;
            last = i;
            port().setWord(Register.tp, port().word(Register.tp) + 1);
            yield* compute(CYCLES_PER_MS);
          }
          return port().word(Register.tp) - start;
        },
      },
    );
    expect(value).toEqual(Array.from({ length: THREADS }, () => STEPS));
    // 20 ms of work in slices of 5 ms: nobody could do it in one piece.
    expect(switches).toBeGreaterThan(3 * THREADS);
  });

  it("FPU0003: flags are set and cleared, and the call returns what they are then", () => {
    const OFF = seL4_TCBFlag_fpuDisabled;
    const { value } = behaviour(function* ({ kit }) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const seen: number[][] = [];
      for (const [clear, set] of [
        [0, 0],
        [0, OFF],
        [0, 0],
        [OFF, 0],
      ] as const) {
        const { error, flags } = yield* seL4_TCB_SetFlags(tcb, clear, set);
        seen.push([error, flags]);
      }
      return seen;
    });
    expect(value).toEqual([
      [seL4_NoError, 0],
      [seL4_NoError, OFF],
      [seL4_NoError, OFF],
      [seL4_NoError, 0],
    ]);
  });
});

describe("A thread without a CSpace", () => {
  it("THREADS0004: cannot be configured: the null capability is no CNode (IllegalOperation)", () => {
    const { value } = behaviour(function* ({ kit }) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const { frame, address } = yield* kit.mappedFrame();
      const vspace = seL4_CapInitThreadVSpace;
      return [
        yield* seL4_TCB_Configure(tcb, seL4_CapNull, 0, vspace, 0, address, frame),
        yield* seL4_TCB_Configure(tcb, kit.cnode, 0, vspace, 0, address, frame),
      ];
    });
    expect(value).toEqual([seL4_IllegalOperation, seL4_NoError]);
  });

  it("THREADS0005: cannot be given its spaces (IllegalOperation)", () => {
    const { value } = behaviour(function* ({ kit, faults }) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const vspace = seL4_CapInitThreadVSpace;
      return [
        yield* seL4_TCB_SetSpace(tcb, faults, seL4_CapNull, 0, vspace, 0),
        yield* seL4_TCB_SetSpace(tcb, faults, kit.cnode, 0, vspace, 0),
      ];
    });
    expect(value).toEqual([seL4_IllegalOperation, seL4_NoError]);
  });
});
