import { compute } from "@tessera/hal-sim/isa";
import { ThreadState } from "@tessera/kernel";
import {
  seL4_IllegalOperation,
  seL4_Recv,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_ReadRegisters,
  seL4_TCB_Resume,
  seL4_TCB_Suspend,
  seL4_TCB_WriteRegisters,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { stateOf } from "../support/kernel-view.js";
import { must } from "../support/kit.js";
import { EMPTY } from "../support/message.js";
import { scene } from "../support/scene.js";

describe("A thread that is suspended in the middle of computing", () => {
  it("goes on where it was when it is resumed", () => {
    const seen: unknown[] = [];
    const at = { tcb: 0 };
    scene(
      function* (kit) {
        // The thread that is started last is at the head of the queue.
        yield* kit.start("boss");
        at.tcb = (yield* kit.start("worker", { budget: 200 })).tcb;
      },
      {
        *worker() {
          seen.push("works");
          yield* compute(300_000);
          seen.push("done");
        },
        *boss() {
          yield* compute(900_000);
          must(yield* seL4_TCB_Suspend(at.tcb));
          seen.push("suspended");
          yield* compute(2_000_000);
          seen.push("resumes");
          must(yield* seL4_TCB_Resume(at.tcb));
        },
      },
    );
    expect(seen).toEqual(["works", "suspended", "resumes", "done"]);
  });
});

describe("A thread that is suspended while it waits", () => {
  it("makes its call again when it is resumed", () => {
    const seen: unknown[] = [];
    const at = { tcb: 0, ntfn: 0 };
    scene(
      function* (kit) {
        at.ntfn = yield* kit.mint(yield* kit.notification(), 5);
        at.tcb = (yield* kit.start("waiter", { priority: 110 })).tcb;
        yield* kit.start("boss");
      },
      {
        *waiter() {
          seen.push(["waited", (yield* seL4_Wait(at.ntfn)).badge]);
        },
        *boss() {
          must(yield* seL4_TCB_Suspend(at.tcb));
          yield* seL4_Signal(at.ntfn);
          seen.push("signalled while it was suspended");
          must(yield* seL4_TCB_Resume(at.tcb));
        },
      },
    );
    expect(seen).toEqual(["signalled while it was suspended", ["waited", 5]]);
  });

  it("leaves the endpoint: its message is not delivered meanwhile", () => {
    const seen: unknown[] = [];
    const at = { tcb: 0, ep: 0, reply: 0 };
    const { kernel } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.tcb = (yield* kit.start("sender", { priority: 110 })).tcb;
        yield* kit.start("boss");
      },
      {
        *sender() {
          yield* seL4_Send(at.ep, EMPTY);
          seen.push("sent");
        },
        *boss() {
          must(yield* seL4_TCB_Suspend(at.tcb));
          yield* seL4_Recv(at.ep, at.reply);
          seen.push("received");
        },
      },
    );
    expect(seen).toEqual([]);
    expect([stateOf(kernel, "sender"), stateOf(kernel, "boss")]).toEqual([
      ThreadState.Inactive,
      ThreadState.BlockedOnReceive,
    ]);
  });
});

describe("A thread that suspends itself", () => {
  it("makes that call again when it is resumed", () => {
    const seen: unknown[] = [];
    const at = { tcb: 0 };
    const { kernel } = scene(
      function* (kit) {
        at.tcb = (yield* kit.start("self", { priority: 110 })).tcb;
        yield* kit.start("boss");
      },
      {
        *self() {
          yield* seL4_TCB_Suspend(at.tcb);
          seen.push("went on");
        },
        *boss() {
          must(yield* seL4_TCB_Resume(at.tcb));
          seen.push("resumed");
        },
      },
    );
    expect(seen).toEqual(["resumed"]);
    expect(stateOf(kernel, "self")).toBe(ThreadState.Inactive);
  });
});

describe("Registers", () => {
  it("of another thread are read and written; at its entry the program begins anew", () => {
    const seen: unknown[] = [];
    const at = { tcb: 0, entry: 0, ntfn: 0 };
    scene(
      function* (kit) {
        at.ntfn = yield* kit.notification();
        const child = yield* kit.start("child", { priority: 110, argument: 7 });
        at.tcb = child.tcb;
        at.entry = child.entry;
        yield* kit.start("boss");
      },
      {
        *child(argument) {
          seen.push(["child", argument]);
          yield* seL4_Wait(at.ntfn);
        },
        *boss() {
          const { regs } = yield* seL4_TCB_ReadRegisters(at.tcb, true, 0, 32);
          seen.push(["pc", regs.pc - at.entry]);
          must(yield* seL4_TCB_WriteRegisters(at.tcb, true, 0, 18, { ...regs, pc: at.entry, a0: 8, a7: 0 }));
          const own = yield* seL4_TCB_ReadRegisters(at.tcb, false, 0, 33);
          seen.push(own.error);
        },
      },
    );
    // The ecall of a program page is at offset 8; 33 registers are a RangeError.
    expect(seen).toEqual([["child", 7], ["pc", 8], ["child", 8], 4]);
  });

  it("of the calling thread cannot be read or written (IllegalOperation)", () => {
    const seen: unknown[] = [];
    scene(function* () {
      seen.push((yield* seL4_TCB_ReadRegisters(1, false, 0, 1)).error);
      seen.push(yield* seL4_TCB_WriteRegisters(1, false, 0, 1, { pc: 0 }));
    });
    expect(seen).toEqual([seL4_IllegalOperation, seL4_IllegalOperation]);
  });
});
