/** The base of thread-local storage is register tp; flags are kept, those that do not exist are dropped. */
import type { Thread } from "@tessera/hal-sim/isa";
import { Register } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadTCB,
  seL4_MessageInfo_new,
  seL4_Send,
  seL4_SetMR,
  seL4_TCB_ReadRegisters,
  seL4_TCB_SetFlags,
  seL4_TCB_SetTLSBase,
  seL4_TCBFlag_fpuDisabled,
  seL4_TCBFlag_NoFlag,
  seL4_TCBObject,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { TCBSetFlags } from "@tessera/libsel4/abi";
import { describe, expect, it } from "vitest";
import { registerWord } from "../../src/threads/user-registers.js";
import { threadOf } from "../support/kernel-view.js";
import { must } from "../support/kit.js";
import { scene, watchedScene } from "../support/scene.js";

function* tpOf(tcb: number): Thread<number> {
  return (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs.tp;
}

describe("SetTLSBase", () => {
  it("sets tp and nothing else, also of a thread that waits", () => {
    const at = { never: 0 };
    const { value } = scene(
      function* (kit) {
        at.never = yield* kit.notification();
        const { tcb } = yield* kit.start("v", { priority: 255 });
        yield* seL4_Yield();
        const before = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
        must(yield* seL4_TCB_SetTLSBase(tcb, 0x3f_1234_5678));
        const after = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
        return { tp: after.tp, others: JSON.stringify({ ...after, tp: before.tp }) === JSON.stringify(before) };
      },
      {
        *v() {
          yield* seL4_Wait(at.never);
        },
      },
    );
    expect(value).toEqual({ tp: 0x3f_1234_5678, others: true });
  });

  it("takes all 64 bits", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      must(yield* seL4_TCB_SetTLSBase(tcb, 2n ** 64n - 3n));
      return (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs64.tp;
    });
    expect(value).toBe(2n ** 64n - 3n);
  });

  it("may be of the calling thread, which goes on", () => {
    const seen: number[] = [];
    watchedScene(
      function* (_, kernel) {
        must(yield* seL4_TCB_SetTLSBase(seL4_CapInitThreadTCB, 0x1230));
        seen.push(registerWord(kernel().state, threadOf(kernel(), "root"), Register.tp));
      },
      () => ({}),
    );
    expect(seen).toEqual([0x1230]);
  });

  it("is zero in a new thread", () => {
    expect(
      scene(function* (kit) {
        return yield* tpOf(yield* kit.make(seL4_TCBObject));
      }).value,
    ).toBe(0);
  });
});

describe("SetFlags", () => {
  const FPU = seL4_TCBFlag_fpuDisabled;

  it("clears, then sets, and answers with what is set now", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      const flags: number[] = [];
      for (const [clear, set] of [
        [0, 0],
        [0, FPU],
        [0, 0],
        [FPU, 0],
        [FPU, FPU],
      ] as const) {
        flags.push((yield* seL4_TCB_SetFlags(tcb, clear, set)).flags);
      }
      return flags;
    });
    expect(value).toEqual([seL4_TCBFlag_NoFlag, FPU, FPU, 0, FPU]);
  });

  it("ignores flags that do not exist", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      return [(yield* seL4_TCB_SetFlags(tcb, 0, 2n ** 64n - 1n)).flags, (yield* seL4_TCB_SetFlags(tcb, 0, 0)).flags];
    });
    expect(value).toEqual([FPU, FPU]);
  });

  it("works on the calling thread, and without an answer by Send", () => {
    const { value } = scene(function* () {
      const self = seL4_CapInitThreadTCB;
      const own = (yield* seL4_TCB_SetFlags(self, 0, FPU)).flags;
      seL4_SetMR(0, FPU);
      seL4_SetMR(1, 0);
      yield* seL4_Send(self, seL4_MessageInfo_new(TCBSetFlags, 0, 0, 2));
      return [own, (yield* seL4_TCB_SetFlags(self, 0, 0)).flags];
    });
    expect(value).toEqual([FPU, 0]);
  });
});
