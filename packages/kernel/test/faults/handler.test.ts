/** Faults as messages to a handler, and what its answers do. */
import { breakpoint, illegalInstruction, load } from "@tessera/hal-sim/isa";
import { ThreadState } from "@tessera/kernel";
import {
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CNode_Delete,
  seL4_getFault,
  seL4_NBRecv,
  seL4_NBSendRecv,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SchedContext_Unbind,
  seL4_Send,
  seL4_TCB_Resume,
  seL4_UnknownSyscall_A0,
  seL4_UnknownSyscall_FaultIP,
  seL4_UnknownSyscall_Length,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { stateOf } from "../support/kernel-view.js";
import { EMPTY, message, words } from "../support/message.js";
import { rawCall } from "../support/raw-call.js";
import { type Main, type Programs, scene } from "../support/scene.js";

const slots = () => ({ faults: 0, reply: 0, ep: 0, tcb: 0, slot: 0 });

/** A scene in which "program" runs with the endpoint `at.faults` as its handler, and the root task handles. */
function handled(at: ReturnType<typeof slots>, programs: Programs, handle: Main<void>) {
  return scene(function* (kit) {
    at.faults = yield* kit.endpoint();
    at.reply = yield* kit.reply();
    at.slot = kit.slots();
    at.tcb = (yield* kit.start("program", { faultHandler: yield* kit.mint(at.faults, 0x51) })).tcb;
    yield* handle(kit);
  }, programs);
}

describe("A user exception", () => {
  it("tells pc, stack pointer and cause, and goes on where the answer says", () => {
    const seen: unknown[] = [];
    const at = slots();
    handled(
      at,
      {
        *program() {
          yield* illegalInstruction();
          seen.push("behind unimp");
          yield* breakpoint();
          seen.push("behind ebreak");
        },
      },
      function* (kit) {
        const entry = kit.entryOf("program");
        let { info, badge } = yield* seL4_Recv(at.faults, at.reply);
        for (let i = 0; i < 2; i++) {
          const [pc = 0, sp, number, code] = words(info);
          seen.push([badge, info.label, pc - entry, sp, number, code]);
          ({ info, badge } = yield* seL4_ReplyRecv(at.faults, message([pc + 4]), at.reply));
        }
        seen.push(seL4_getFault(info).type);
      },
    );
    expect(seen).toEqual([
      [0x51, 3, 0x24, 0, 2, 0],
      "behind unimp",
      [0x51, 3, 0x20, 0, 3, 0],
      "behind ebreak",
      "VMFault",
    ]);
  });

  it("stops the thread when the answer has a label", () => {
    const at = slots();
    const { kernel } = handled(
      at,
      {
        *program() {
          yield* illegalInstruction();
        },
      },
      function* () {
        yield* seL4_Recv(at.faults, at.reply);
        yield* seL4_Send(at.reply, message([], 1));
      },
    );
    expect(stateOf(kernel, "program")).toBe(ThreadState.Inactive);
  });
});

describe("An unknown system call", () => {
  it("tells the registers and the number, and its answer sets them", () => {
    const seen: unknown[] = [];
    const at = slots();
    handled(
      at,
      {
        *program() {
          seen.push(yield* rawCall(1234, 7));
          seen.push(yield* rawCall(-100, 8));
        },
      },
      function* () {
        let { info } = yield* seL4_Recv(at.faults, at.reply);
        for (const answer of [42, 43]) {
          const fault = seL4_getFault(info);
          seen.push([info.length, fault]);
          const registers = words(info);
          registers[seL4_UnknownSyscall_FaultIP]! += 4;
          registers[seL4_UnknownSyscall_A0] = answer;
          const info2 = message(registers.slice(0, seL4_UnknownSyscall_Length - 1));
          ({ info } = yield* seL4_ReplyRecv(at.faults, info2, at.reply));
        }
      },
    );
    expect(seen).toEqual([
      [11, expect.objectContaining({ type: "UnknownSyscall", Syscall: 1234, A: expect.arrayContaining([7]) })],
      42,
      [11, expect.objectContaining({ type: "UnknownSyscall", Syscall: -100, A: expect.arrayContaining([8]) })],
      43,
    ]);
  });
});

describe("A cap fault", () => {
  it("in a Call tells the address and why; after the answer the call is made again", () => {
    const seen: unknown[] = [];
    const at = slots();
    handled(
      at,
      {
        *program() {
          seen.push((yield* seL4_Call(2 ** 40, EMPTY)).label);
        },
      },
      function* () {
        for (let i = 0; i < 2; i++) {
          const { info } =
            i === 0 ? yield* seL4_Recv(at.faults, at.reply) : yield* seL4_ReplyRecv(at.faults, EMPTY, at.reply);
          seen.push(seL4_getFault(info));
        }
      },
    );
    const fault = { type: "CapFault", Addr: 2 ** 40, InRecvPhase: false, LookupFailure: { kind: "GuardMismatch" } };
    expect(seen).toMatchObject([fault, fault]);
  });

  it("in a receive comes from the non-blocking calls too, with MissingCapability 0 for a wrong type", () => {
    const seen: unknown[] = [];
    const at = slots();
    handled(
      at,
      {
        *program() {
          yield* seL4_NBRecv(at.tcb, at.reply);
        },
      },
      function* () {
        seen.push(seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info));
      },
    );
    expect(seen).toMatchObject([
      { type: "CapFault", Addr: at.tcb, InRecvPhase: true, LookupFailure: { kind: "MissingCapability", bitsLeft: 0 } },
    ]);
  });

  it("is the end of a wait at an endpoint that is deleted: the call is made again and finds nothing", () => {
    const seen: unknown[] = [];
    const at = slots();
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ep = yield* kit.endpoint();
        yield* kit.start("program", { faultHandler: at.faults });
        yield* kit.start("deleter", { priority: 50 });
        seen.push(seL4_getFault((yield* seL4_Recv(at.faults, at.reply)).info));
      },
      {
        *program() {
          yield* seL4_Wait(at.ep);
          seen.push("received");
        },
        *deleter() {
          seen.push("deletes");
          yield* seL4_CNode_Delete(seL4_CapInitThreadCNode, at.ep, seL4_WordBits);
        },
      },
    );
    expect(seen).toMatchObject(["deletes", { type: "CapFault", Addr: at.ep, InRecvPhase: true }]);
  });
});

describe("A fault that nobody takes yet", () => {
  it("waits in the queue of its handler, and is gone when the thread is resumed: it faults again", () => {
    const seen: unknown[] = [];
    const at = slots();
    const { kernel } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.tcb = (yield* kit.start("program", { faultHandler: at.faults })).tcb;
        yield* kit.start("resumer", { priority: 50 });
      },
      {
        *program() {
          yield* load(0);
        },
        *resumer() {
          yield* seL4_TCB_Resume(at.tcb);
          const { info } = yield* seL4_Recv(at.faults, at.reply);
          seen.push(seL4_getFault(info).type);
          seen.push((yield* seL4_NBRecv(at.faults, at.reply)).badge);
        },
      },
    );
    expect(seen).toEqual(["VMFault", 0]);
    // The second receive took the reply object from the thread that waited for its answer.
    expect(stateOf(kernel, "program")).toBe(ThreadState.Inactive);
  });
});

describe("A passive fault handler", () => {
  it("runs on the time of the thread that faulted", () => {
    const seen: unknown[] = [];
    const at = { ...slots(), ready: 0 };
    scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        at.ready = yield* kit.notification();
        const { sc } = yield* kit.start("handler", { priority: 150 });
        yield* seL4_Wait(at.ready);
        yield* seL4_SchedContext_Unbind(sc);
        yield* kit.start("program", { faultHandler: at.faults });
      },
      {
        *handler() {
          const { info } = yield* seL4_NBSendRecv(at.ready, EMPTY, at.faults, at.reply);
          const [pc = 0] = words(info);
          seen.push("handled");
          // The next fault is the program's end, which nobody answers.
          yield* seL4_ReplyRecv(at.faults, message([pc + 4]), at.reply);
        },
        *program() {
          yield* illegalInstruction();
          seen.push("went on");
        },
      },
    );
    expect(seen).toEqual(["handled", "went on"]);
  });
});
