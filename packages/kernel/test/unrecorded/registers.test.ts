/**
 * WriteRegisters and CopyRegisters with effect. No recording has them: the rules are that the pc is where a thread
 * starts again, that writing sends it there, and that copying has four independent parts.
 */
import { ProgramOffset, type Thread } from "@tessera/hal-sim/isa";
import { ThreadState } from "@tessera/kernel";
import {
  seL4_Call,
  type seL4_Fault_t,
  seL4_getFault,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_SetMR,
  seL4_Signal,
  seL4_TCB_CopyRegisters,
  seL4_TCB_ReadRegisters,
  seL4_TCB_Resume,
  seL4_TCB_WriteRegisters,
  seL4_TCBObject,
  type seL4_UserContext,
  seL4_UserContext_Length,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { TCBWriteRegisters, USER_CONTEXT_NAMES } from "@tessera/libsel4/abi";
import { describe, expect, it } from "vitest";
import type { TcbCap } from "../../src/caps/cap.js";
import { capAt } from "../support/kernel-view.js";
import { type Child, type Kit, must } from "../support/kit.js";
import { scene } from "../support/scene.js";

const ALL = seL4_UserContext_Length;
const FRAME = 16;

/** Values that tell every register: `base` + its number. */
function distinct(base: number): Record<(typeof USER_CONTEXT_NAMES)[number], number> {
  const named = USER_CONTEXT_NAMES.map((name, i) => [name, base + i]);
  return Object.fromEntries(named) as Record<(typeof USER_CONTEXT_NAMES)[number], number>;
}

/** The registers of a thread, in message order. */
function* registersOf(tcb: number): Thread<readonly number[]> {
  const { error, regs } = yield* seL4_TCB_ReadRegisters(tcb, false, 0, ALL);
  must(error, "ReadRegisters");
  return USER_CONTEXT_NAMES.map((name) => regs[name as keyof seL4_UserContext]);
}

const numbers = (base: number) => Array.from({ length: ALL }, (_, i) => base + i);

describe("WriteRegisters", () => {
  it("writes the registers that ReadRegisters reads, in the same order", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, ALL, distinct(1000)));
      return yield* registersOf(tcb);
    });
    expect(value).toEqual(numbers(1000));
  });

  it("leaves those behind its count", () => {
    const { value } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, ALL, distinct(1000)));
      must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, 5, distinct(2000)));
      return yield* registersOf(tcb);
    });
    expect(value).toEqual([...numbers(2000).slice(0, 5), ...numbers(1000).slice(5)]);
  });

  it("takes 32 of a count above 32, when the message is that long", () => {
    const { value, kernel } = scene(function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      seL4_SetMR(0, 0);
      seL4_SetMR(1, 40);
      for (let i = 0; i < 40; i++) seL4_SetMR(2 + i, 3000 + i);
      const { label } = yield* seL4_Call(tcb, seL4_MessageInfo_new(TCBWriteRegisters, 0, 0, 42));
      expect(label).toBe(0);
      return { tcb, registers: yield* registersOf(tcb) };
    });
    expect(value.registers).toEqual(numbers(3000));
    expect((capAt(kernel, value.tcb) as TcbCap).object.state).toBe(ThreadState.Inactive);
  });

  /** V signals H, which then does `write` to V, once. How often H is woken. */
  function wokenTwice(write: (v: Child) => Thread): unknown[] {
    const seen: unknown[] = [];
    const at = { wake: 0, v: null as Child | null };
    scene(
      function* (kit) {
        at.wake = yield* kit.notification();
        yield* kit.start("h", { priority: 150 });
        at.v = yield* kit.start("v");
      },
      {
        *h() {
          for (let first = true; ; first = false) {
            yield* seL4_Wait(at.wake);
            seen.push("h");
            if (first && at.v !== null) yield* write(at.v);
          }
        },
        *v() {
          yield* seL4_Signal(at.wake);
          seen.push("v");
        },
      },
    );
    return seen;
  }

  it("of nothing makes a thread that lost the CPU inside a call make it again", () => {
    const seen = wokenTwice(function* ({ tcb }) {
      must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, 0, {}));
    });
    expect(seen).toEqual(["h", "h", "v"]);
  });

  it("of a pc behind the call lets it go on there", () => {
    const seen = wokenTwice(function* ({ tcb, entry }) {
      must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, 1, { pc: entry + ProgramOffset.Ecall + 4 }));
    });
    expect(seen).toEqual(["h", "v"]);
  });

  it("of a pc at its entry makes a running thread begin anew", () => {
    const seen = wokenTwice(function* ({ tcb, entry, bufferAddress }) {
      must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, 18, { pc: entry, a1: bufferAddress }));
    });
    expect(seen).toEqual(["h", "h", "v"]);
  });

  it("with resume pulls a thread out of its wait", () => {
    const seen: unknown[] = [];
    const at = { never: 0 };
    scene(
      function* (kit) {
        at.never = yield* kit.notification();
        const { tcb, entry, bufferAddress } = yield* kit.start("v", { priority: 255 });
        yield* seL4_Yield();
        must(yield* seL4_TCB_WriteRegisters(tcb, true, 0, 18, { pc: entry, a0: 7, a1: bufferAddress }));
      },
      {
        *v(argument) {
          seen.push(argument);
          yield* seL4_Wait(at.never);
          seen.push("woken");
        },
      },
    );
    expect(seen).toEqual([0, 7]);
  });
});

describe("CopyRegisters", () => {
  /** Copies from a thread with registers 1000.. to one with 2000..; those of the latter, and both states. */
  function copied(flags: { suspend?: boolean; resume?: boolean; frame?: boolean; integer?: boolean }) {
    const { value, kernel } = scene(function* (kit) {
      const source = yield* kit.make(seL4_TCBObject);
      const dest = yield* kit.make(seL4_TCBObject);
      must(yield* seL4_TCB_WriteRegisters(source, true, 0, ALL, distinct(1000)));
      must(yield* seL4_TCB_WriteRegisters(dest, false, 0, ALL, distinct(2000)));
      const { suspend = false, resume = false, frame = false, integer = false } = flags;
      must(yield* seL4_TCB_CopyRegisters(dest, source, suspend, resume, frame, integer, 0), "CopyRegisters");
      return { source, dest, registers: yield* registersOf(dest) };
    });
    const stateOf = (slot: number) => (capAt(kernel, slot) as TcbCap).object.state;
    return { registers: value.registers, states: [stateOf(value.source), stateOf(value.dest)] };
  }
  const { Inactive, Restart } = ThreadState;

  it("with frame copies pc to s11", () => {
    const { registers, states } = copied({ frame: true });
    expect(registers).toEqual([...numbers(1000).slice(0, FRAME), ...numbers(2000).slice(FRAME)]);
    expect(states).toEqual([Restart, Inactive]);
  });

  it("with integer copies a0 to tp", () => {
    const { registers } = copied({ integer: true });
    expect(registers).toEqual([...numbers(2000).slice(0, FRAME), ...numbers(1000).slice(FRAME)]);
  });

  it("with both copies all, without either nothing", () => {
    expect(copied({ frame: true, integer: true }).registers).toEqual(numbers(1000));
    expect(copied({}).registers).toEqual(numbers(2000));
  });

  it("stops the source and resumes the destination when asked to", () => {
    expect(copied({ suspend: true }).states).toEqual([Inactive, Inactive]);
    expect(copied({ resume: true }).states).toEqual([Restart, Restart]);
    expect(copied({ suspend: true, resume: true }).states).toEqual([Inactive, Restart]);
  });

  it("of an entry starts that program in the destination, with the source's arguments", () => {
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        const dest = yield* kit.start("idle", { stopped: true });
        const source = yield* kit.make(seL4_TCBObject);
        const registers = { pc: kit.entryOf("child"), a0: 77, a1: dest.bufferAddress };
        must(yield* seL4_TCB_WriteRegisters(source, false, 0, ALL, registers));
        must(yield* seL4_TCB_CopyRegisters(dest.tcb, source, false, true, true, true, 0));
      },
      {
        *idle() {
          seen.push("idle");
          yield* seL4_Yield();
        },
        *child(argument) {
          seen.push(argument);
          yield* seL4_Yield();
        },
      },
    );
    expect(seen).toEqual([77]);
  });

  /** "self" copies onto or from itself; capabilities are found in `at`. */
  interface Own {
    self: number;
    other: number;
    done: number;
    faults: number;
    reply: number;
  }
  function* prepare(kit: Kit, at: Own): Thread {
    at.done = yield* kit.notification();
    at.faults = yield* kit.endpoint();
    at.reply = yield* kit.reply();
    at.self = yield* kit.make(seL4_TCBObject);
  }
  const nowhere = (): Own => ({ self: 0, other: 0, done: 0, faults: 0, reply: 0 });

  it("onto the calling thread moves it: it goes on at the copied pc, with the answer to its call in a0", () => {
    const seen: unknown[] = [];
    const at = nowhere();
    scene(
      function* (kit) {
        yield* prepare(kit, at);
        at.other = yield* kit.make(seL4_TCBObject);
        must(yield* seL4_TCB_WriteRegisters(at.other, false, 0, ALL, { pc: kit.entryOf("second"), a0: 77 }));
        yield* kit.start("first", { tcb: at.self });
      },
      {
        *first() {
          yield* seL4_TCB_CopyRegisters(at.self, at.other, false, false, true, true, 0);
          seen.push("first goes on");
        },
        *second(argument) {
          seen.push(["second", argument]);
          yield* seL4_Signal(at.done);
        },
      },
    );
    expect(seen).toEqual([["second", 0]]);
  });

  it("from the calling thread gives its pc, at which another one has no program state: an illegal instruction", () => {
    const seen: seL4_Fault_t[] = [];
    const at = nowhere();
    const { value } = scene(
      function* (kit) {
        yield* prepare(kit, at);
        const dest = yield* kit.start("idle", { stopped: true, faultHandler: at.faults });
        at.other = dest.tcb;
        const { entry } = yield* kit.start("first", { tcb: at.self });
        seen.push(seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info));
        return entry;
      },
      {
        *idle() {
          yield* seL4_Yield();
        },
        *first() {
          yield* seL4_TCB_CopyRegisters(at.other, at.self, false, true, true, true, 0);
        },
      },
    );
    expect(seen).toMatchObject([{ type: "UserException", Number: 2, FaultIP: value + ProgramOffset.Ecall }]);
  });

  it("from the calling thread, suspended, leaves it at its call: resumed, it makes it again", () => {
    const at = nowhere();
    const { value, kernel } = scene(
      function* (kit) {
        yield* prepare(kit, at);
        at.other = yield* kit.make(seL4_TCBObject);
        yield* kit.start("first", { tcb: at.self, priority: 255 });
        yield* seL4_Yield();
        const once = yield* registersOf(at.other);
        must(yield* seL4_TCB_WriteRegisters(at.other, false, 0, ALL, distinct(1000)));
        must(yield* seL4_TCB_Resume(at.self));
        yield* seL4_Yield();
        return { once, twice: yield* registersOf(at.other) };
      },
      {
        *first() {
          yield* seL4_TCB_CopyRegisters(at.other, at.self, true, false, false, true, 0);
          throw new Error("it never goes on");
        },
      },
    );
    expect(value.once[FRAME]).toBe(at.other);
    expect(value.twice).toEqual([...numbers(1000).slice(0, FRAME), ...value.once.slice(FRAME)]);
    expect((capAt(kernel, at.self) as TcbCap).object.state).toBe(ThreadState.Inactive);
  });
});
