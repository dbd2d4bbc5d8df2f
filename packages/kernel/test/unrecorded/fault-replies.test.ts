/** Replies to faults that set registers, in every length; what a label does; and replies that set none. */
import { compute, illegalInstruction, load, ProgramOffset, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  type seL4_Fault_t,
  seL4_getFault,
  seL4_MessageInfo_new,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_ReadRegisters,
  seL4_TCB_Resume,
  seL4_TCB_SetIPCBuffer,
  seL4_TimeoutReply_new,
  type seL4_UserContext,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { USER_CONTEXT_NAMES } from "@tessera/libsel4/abi";
import { describe, expect, it } from "vitest";
import type { TcbCap } from "../../src/caps/cap.js";
import { capAt } from "../support/kernel-view.js";
import { type Kit, must, type ThreadOptions } from "../support/kit.js";
import { message } from "../support/message.js";
import { rawCall } from "../support/raw-call.js";
import { type Programs, scene } from "../support/scene.js";

type Names = readonly (typeof USER_CONTEXT_NAMES)[number][];
/** What the words of an answer set, in order. */
const UNKNOWN_SYSCALL: Names = ["pc", "sp", "ra", "a0", "a1", "a2", "a3", "a4", "a5", "a6"];
const USER_EXCEPTION: Names = ["pc", "sp"];

interface Readings {
  readonly before: seL4_UserContext;
  readonly after: seL4_UserContext;
}

/** "program" faults; the root task, always more urgent, reads its registers, answers, and reads them again. */
function answered(
  programs: Programs,
  answer: (kit: Kit) => Thread<ReturnType<typeof message>>,
  options: ThreadOptions = {},
): Readings & { readonly fault: seL4_Fault_t } {
  return scene(function* (kit) {
    const [faults, reply] = [yield* kit.endpoint(), yield* kit.reply()];
    const handlers = { faultHandler: faults, timeoutHandler: faults };
    const { tcb } = yield* kit.start("program", { ...handlers, ...options });
    const fault = seL4_getFault((yield* seL4_Recv(faults, reply)).info);
    const before = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
    yield* seL4_Send(reply, yield* answer(kit));
    const after = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
    return { fault, before, after };
  }, programs).value;
}

/** Registers that differ, with their new values. */
function changes({ before, after }: Readings): Record<string, number> {
  const differing = USER_CONTEXT_NAMES.filter((name) => before[name] !== after[name]);
  return Object.fromEntries(differing.map((name) => [name, after[name]]));
}

const values = (count: number) => Array.from({ length: count }, (_, i) => 0x1000 + i);
const expected = (names: Names, count: number) =>
  Object.fromEntries(names.slice(0, count).map((name, i) => [name, 0x1000 + i]));

describe("The answer to an unknown system call", () => {
  const program = {
    *program() {
      yield* rawCall(1234, 7);
    },
  };

  it.each([0, 1, 2, 4, 5, 9, 10, 11, 40, 120])("of %i words sets the first of pc, sp, ra, a0 to a6", (count) => {
    const seen = answered(program, function* () {
      yield* seL4_Yield();
      return message(values(count));
    });
    expect(seen.fault.type).toBe("UnknownSyscall");
    expect(changes(seen)).toEqual(expected(UNKNOWN_SYSCALL, count));
  });

  it("of a handler without an IPC buffer sets what came in registers", () => {
    const at = { faults: 0, reply: 0, got: 0, go: 0, handler: 0 };
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.got = yield* kit.notification();
        at.go = yield* kit.notification();
        at.handler = (yield* kit.start("handler", { priority: 120 })).tcb;
        const { tcb } = yield* kit.start("program", { faultHandler: at.faults });
        yield* seL4_Wait(at.got);
        const before = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
        yield* seL4_Signal(at.go);
        yield* seL4_Wait(at.got);
        return { before, after: (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs };
      },
      {
        ...program,
        *handler() {
          must(yield* seL4_TCB_SetIPCBuffer(at.handler, 0, 0));
          yield* seL4_Recv(at.faults, at.reply);
          yield* seL4_Signal(at.got);
          yield* seL4_Wait(at.go);
          message(values(4));
          yield* seL4_Send(at.reply, seL4_MessageInfo_new(0, 0, 0, 10));
          yield* seL4_Signal(at.got);
        },
      },
    );
    expect(changes(value)).toEqual(expected(UNKNOWN_SYSCALL, 4));
  });
});

describe("The answer to a user exception", () => {
  const program = {
    *program() {
      yield* illegalInstruction();
    },
  };

  it.each([0, 1, 2, 3, 10, 120])("of %i words sets the first of pc and sp", (count) => {
    const seen = answered(program, function* () {
      yield* seL4_Yield();
      return message(values(count));
    });
    expect(seen.fault.type).toBe("UserException");
    expect(changes(seen)).toEqual(expected(USER_EXCEPTION, count));
  });
});

describe("The answer to a timeout", () => {
  const program = {
    *program() {
      yield* compute(10_000_000);
    },
  };
  const time = { budget: 100, period: 1000 };

  it.each([0, 1, 4, 5, 31, 32, 33, 120])("of %i words sets the first registers of a whole context", (count) => {
    const seen = answered(
      program,
      function* () {
        yield* seL4_Yield();
        return message(values(count));
      },
      time,
    );
    expect(seen.fault.type).toBe("Timeout");
    expect(changes(seen)).toEqual(expected(USER_CONTEXT_NAMES, count));
  });

  it("may send the thread to the entry of its program, with arguments", () => {
    const seen: number[] = [];
    scene(
      function* (kit) {
        const [faults, reply] = [yield* kit.endpoint(), yield* kit.reply()];
        const { entry, bufferAddress } = yield* kit.start("program", { ...time, timeoutHandler: faults });
        yield* seL4_Recv(faults, reply);
        yield* seL4_Send(reply, seL4_TimeoutReply_new(true, { pc: entry, a0: 5, a1: bufferAddress }, 32));
      },
      {
        *program(argument) {
          seen.push(argument);
          if (argument === 0) yield* compute(10_000_000);
        },
      },
    );
    expect(seen).toEqual([0, 5]);
  });
});

/** Faults that set registers and may be refused, and those that are always tried again. */
describe("A label in the answer", () => {
  const at = { never: 0, later: 0 };
  const ATTRIBUTES = seL4_RISCV_Default_VMAttributes;
  /** An address that the root CNode's guard does not match. */
  const NOWHERE = 2 ** 20;
  const stopped: readonly (readonly [string, Programs, ThreadOptions])[] = [
    [
      "an unknown system call",
      {
        *program() {
          yield* rawCall(1234, 7);
        },
      },
      {},
    ],
    [
      "a user exception",
      {
        *program() {
          yield* illegalInstruction();
        },
      },
      {},
    ],
    [
      "a timeout",
      {
        *program() {
          yield* compute(10_000_000);
        },
      },
      { budget: 100, period: 1000 },
    ],
  ];

  it.each(stopped)("stops a thread after %s; registers are set, and Resume begins there", (_, programs, options) => {
    const seen: unknown[] = [];
    const { value, kernel } = scene(
      function* (kit) {
        const [faults, reply] = [yield* kit.endpoint(), yield* kit.reply()];
        at.never = yield* kit.notification();
        at.later = yield* kit.notification();
        const handlers = { faultHandler: faults, timeoutHandler: faults };
        const { tcb } = yield* kit.start("program", { ...handlers, ...options });
        yield* seL4_Recv(faults, reply);
        yield* seL4_Send(reply, message([kit.entryOf("second"), 0x77], 1));
        const { pc } = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
        expect(pc).toBe(kit.entryOf("second"));
        // Less urgent than the thread, which would run meanwhile.
        yield* kit.start("watcher", { priority: 50 });
        yield* seL4_Wait(at.later);
        seen.push("stopped");
        must(yield* seL4_TCB_Resume(tcb));
        return tcb;
      },
      {
        ...programs,
        *second() {
          seen.push("second");
          yield* seL4_Wait(at.never);
        },
        *watcher() {
          yield* compute(100_000_000);
          yield* seL4_Signal(at.later);
        },
      },
    );
    expect(seen).toEqual(["stopped", "second"]);
    expect((capAt(kernel, value) as TcbCap).object.fault).toBeNull();
  });

  it("does nothing after a VMFault or a CapFault, nor do words: the access and the call are made again", () => {
    const PAGE = 0x1f0000;
    const seen: unknown[] = [];
    scene(
      function* (kit) {
        const [faults, reply] = [yield* kit.endpoint(), yield* kit.reply()];
        const { tcb } = yield* kit.start("program", { faultHandler: faults });
        for (let i = 0; i < 2; i++) {
          const { info } = yield* seL4_Recv(faults, reply);
          seen.push(seL4_getFault(info).type);
          if (i === 0) must(yield* seL4_RISCV_Page_Map(yield* kit.frame(), 3, PAGE, seL4_ReadWrite, ATTRIBUTES));
          const before = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
          yield* seL4_Send(reply, message(values(32), 1));
          const after = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 32)).regs;
          expect(after).toEqual(before);
        }
        const { info } = yield* seL4_Recv(faults, reply);
        seen.push(seL4_getFault(info).type);
      },
      {
        *program() {
          seen.push(yield* load(PAGE));
          yield* seL4_Call(NOWHERE, message([]));
        },
      },
    );
    expect(seen).toEqual(["VMFault", 0, "CapFault", "CapFault"]);
  });
});

describe("A faulting thread's pc", () => {
  it("is that of the kind of instruction, told and read alike", () => {
    const { value } = scene(
      function* (kit) {
        const [faults, reply] = [yield* kit.endpoint(), yield* kit.reply()];
        const { tcb, entry } = yield* kit.start("program", { faultHandler: faults });
        const fault = seL4_getFault((yield* seL4_Recv(faults, reply)).info);
        const { pc } = (yield* seL4_TCB_ReadRegisters(tcb, false, 0, 1)).regs;
        return [fault.type === "VMFault" ? fault.IP - entry : -1, pc - entry];
      },
      {
        *program() {
          yield* load(0x1f0000);
        },
      },
    );
    expect(value).toEqual([ProgramOffset.Load, ProgramOffset.Load]);
  });
});
