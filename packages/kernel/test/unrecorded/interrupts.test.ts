/**
 * Interrupts that are delivered: a driver of the UART at user level, with a handler capability, a notification and a
 * device frame; what happens to interrupts that nobody wants; who may have the handler.
 */
import { compute, copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  errorName,
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapInitThreadTCB,
  seL4_CapIRQControl,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_DeleteFirst,
  seL4_GetMR,
  seL4_InvalidCapability,
  seL4_IRQControl_Get,
  seL4_IRQControl_GetTrigger,
  seL4_IRQHandler_Ack,
  seL4_IRQHandler_Clear,
  seL4_IRQHandler_SetNotification,
  seL4_NBWait,
  seL4_NoError,
  seL4_RangeError,
  seL4_Recv,
  seL4_RevokeFirst,
  seL4_TCB_BindNotification,
  seL4_TCB_Resume,
  seL4_Wait,
} from "@tessera/libsel4";
import type { BootedWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { bootScene, type Programs, scene } from "../support/scene.js";
import { deviceFrame } from "./device.js";

const UART = 0x1000_0000;
const UART_IRQ = 10;
const RTC_IRQ = 11;
const TIMER_IRQ = 96;
/** Where the UART's registers are mapped. */
const REGISTERS = 0x1f0000;
const IER = REGISTERS + 1;

/** Capabilities of a driver, and what it has seen. */
interface At {
  handler: number;
  ntfn: number;
  badged: number;
  other: number;
  ep: number;
  reply: number;
  readonly seen: unknown[];
}
const nowhere = (): At => ({ handler: 0, ntfn: 0, badged: 0, other: 0, ep: 0, reply: 0, seen: [] });

/** A handler of the UART's interrupt that signals `ntfn` with badge 5, and the registers mapped. */
function* prepare(kit: Kit, at: At): Thread {
  at.handler = kit.slots();
  must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, UART_IRQ, kit.cnode, at.handler, kit.depth), "Get");
  at.ntfn = yield* kit.notification();
  at.badged = yield* kit.mint(at.ntfn, 5);
  must(yield* seL4_IRQHandler_SetNotification(at.handler, at.badged), "SetNotification");
  yield* kit.map(yield* deviceFrame(kit, UART), REGISTERS);
  yield* copyOut(IER, new Uint8Array([1]));
}

/** The byte that the UART has received. */
function* received(): Thread<number> {
  const byte = new Uint8Array(1);
  yield* copyIn(REGISTERS, byte);
  return byte[0] ?? -1;
}

/** Waits for the interrupt, takes its byte, acknowledges, for ever. */
const driver = (at: At): Programs => ({
  *driver() {
    for (;;) {
      const { badge } = yield* seL4_Wait(at.ntfn);
      at.seen.push([badge, yield* received()]);
      must(yield* seL4_IRQHandler_Ack(at.handler), "Ack");
    }
  },
});

/** Run until idle, put `bytes` in, run again. */
function type(world: BootedWorld<unknown>, ...bytes: number[]): void {
  const run = () => {
    expect(world.machine.run({ events: 5000 }).reason).toBe("idle");
    for (const { error } of world.thrown) throw error;
  };
  run();
  world.machine.input("uart", new Uint8Array(bytes));
  run();
}

describe("A UART driver", () => {
  it("is woken with its badge by each byte and reads it from the device's register", () => {
    const at = nowhere();
    const world = bootScene(function* (kit) {
      yield* prepare(kit, at);
      yield* kit.start("driver");
    }, driver(at));
    type(world, 65);
    type(world, 66);
    expect(at.seen).toEqual([
      [5, 65],
      [5, 66],
    ]);
  });

  it("takes the CPU from a less urgent thread when the byte comes", () => {
    const at = nowhere();
    const world = bootScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* kit.start("driver", { priority: 150 });
        yield* kit.start("worker", { priority: 100 });
      },
      {
        ...driver(at),
        *worker() {
          at.seen.push("worker begins");
          yield* compute(1_000_000);
          at.seen.push("worker ends");
        },
      },
      { machine: { inputs: [{ tick: 5000, device: "uart", bytes: new Uint8Array([67]) }] } },
    );
    expect(world.machine.run({ events: 5000 }).reason).toBe("idle");
    expect(at.seen).toEqual(["worker begins", [5, 67], "worker ends"]);
  });

  it("may take interrupts as signals of its bound notification while it receives", () => {
    const at = nowhere();
    const world = bootScene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* prepare(kit, at);
        const { tcb } = yield* kit.start("server", { stopped: true });
        must(yield* seL4_TCB_BindNotification(tcb, at.ntfn), "Bind");
        must(yield* seL4_TCB_Resume(tcb));
      },
      {
        *server() {
          const { badge } = yield* seL4_Recv(at.ep, at.reply);
          at.seen.push([badge, yield* received()]);
        },
      },
    );
    type(world, 68);
    expect(at.seen).toEqual([[5, 68]]);
  });

  it("that does not acknowledge is interrupted all the same: claims are completed when they are taken", () => {
    const at = nowhere();
    const world = bootScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* kit.start("driver");
      },
      {
        *driver() {
          for (;;) {
            yield* seL4_Wait(at.ntfn);
            at.seen.push(yield* received());
          }
        },
      },
    );
    type(world, 1);
    type(world, 2);
    expect(at.seen).toEqual([1, 2]);
  });
});

describe("An interrupt without a taker", () => {
  it("stays in the notification until it is waited for, merged with others", () => {
    const at = nowhere();
    const world = bootScene(
      function* (kit) {
        yield* prepare(kit, at);
        at.other = yield* kit.notification();
        yield* kit.start("late");
      },
      {
        *late() {
          yield* compute(1_000_000);
          at.seen.push((yield* seL4_NBWait(at.ntfn)).badge, (yield* seL4_NBWait(at.ntfn)).badge);
        },
      },
      {
        machine: {
          inputs: [3000, 4000].map((tick) => ({ tick, device: "uart", bytes: new Uint8Array([1]) })),
        },
      },
    );
    expect(world.machine.run({ events: 5000 }).reason).toBe("idle");
    expect(at.seen).toEqual([5, 0]);
  });

  it("is forgotten after Clear, and comes again after SetNotification", () => {
    const at = nowhere();
    const world = bootScene(
      function* (kit) {
        yield* prepare(kit, at);
        yield* kit.start("driver", { priority: 150 });
        must(yield* seL4_IRQHandler_Clear(at.handler), "Clear");
        must(yield* seL4_IRQHandler_Clear(at.handler), "Clear again");
        at.other = yield* kit.notification();
        yield* kit.start("later");
      },
      {
        ...driver(at),
        *later() {
          // The first byte has come by now, and stays in the device.
          yield* compute(1_000_000);
          at.seen.push("again", yield* received());
          must(yield* seL4_IRQHandler_SetNotification(at.handler, at.badged), "SetNotification");
        },
      },
      { machine: { inputs: [{ tick: 3000, device: "uart", bytes: new Uint8Array([7]) }] } },
    );
    type(world, 8);
    expect(at.seen).toEqual(["again", 7, [5, 8]]);
  });

  it("is forgotten when the notification is gone", () => {
    const at = nowhere();
    const world = bootScene(function* (kit) {
      yield* prepare(kit, at);
      yield* kit.start("driver");
      must(yield* seL4_CNode_Revoke(kit.cnode, at.ntfn, kit.depth), "Revoke");
    }, driver(at));
    type(world, 9);
    expect(at.seen).toEqual([]);
    expect(world.kernel.state.irqs.slot(UART_IRQ).isEmpty).toBe(true);
  });

  it("is masked when the last handler capability is deleted, and can be issued again", () => {
    const at = nowhere();
    const errors: number[] = [];
    const world = bootScene(
      function* (kit) {
        yield* prepare(kit, at);
        const copy = yield* kit.copy(at.handler);
        const get = () => seL4_IRQControl_Get(seL4_CapIRQControl, UART_IRQ, kit.cnode, at.handler, kit.depth);
        must(yield* seL4_CNode_Delete(kit.cnode, at.handler, kit.depth));
        errors.push(yield* get());
        must(yield* seL4_CNode_Delete(kit.cnode, copy, kit.depth));
        yield* kit.start("again", { priority: 200 });
        at.other = kit.slots();
      },
      {
        *again() {
          // The byte has come, nobody was interrupted.
          yield* compute(1_000_000);
          at.seen.push(yield* received());
          errors.push(yield* seL4_IRQControl_Get(seL4_CapIRQControl, UART_IRQ, 2, at.handler, 64));
          errors.push(yield* seL4_IRQHandler_SetNotification(at.handler, at.badged));
          const { badge } = yield* seL4_Wait(at.ntfn);
          at.seen.push([badge, yield* received()]);
        },
      },
      { machine: { inputs: [{ tick: 3000, device: "uart", bytes: new Uint8Array([10]) }] } },
    );
    type(world, 11);
    expect(errors).toEqual([seL4_RevokeFirst, seL4_NoError, seL4_NoError]);
    expect(at.seen).toEqual([10, [5, 11]]);
  });
});

describe("IRQControl", () => {
  it("has numbers 1 to 96, of which the last is the kernel's own", () => {
    const { value } = scene(function* (kit) {
      const slot = kit.slots();
      const seen: unknown[] = [];
      for (const irq of [0, TIMER_IRQ + 1, 2n ** 64n - 1n]) {
        const error = yield* seL4_IRQControl_Get(seL4_CapIRQControl, irq, kit.cnode, slot, kit.depth);
        seen.push([error, seL4_GetMR(0), seL4_GetMR(1)]);
      }
      seen.push(yield* seL4_IRQControl_Get(seL4_CapIRQControl, TIMER_IRQ, kit.cnode, slot, kit.depth));
      seen.push(yield* seL4_IRQControl_Get(seL4_CapIRQControl, TIMER_IRQ - 1, kit.cnode, slot, kit.depth));
      return seen;
    });
    const outside = [seL4_RangeError, 1, TIMER_IRQ];
    expect(value).toEqual([outside, outside, outside, seL4_RevokeFirst, seL4_NoError]);
  });

  it("gives one handler a source, into an empty slot", () => {
    const { value } = scene(function* (kit) {
      const [slot, other] = [kit.slots(), kit.slots()];
      const get = (irq: number, to: number) =>
        seL4_IRQControl_GetTrigger(seL4_CapIRQControl, irq, 1, kit.cnode, to, kit.depth);
      return [yield* get(UART_IRQ, slot), yield* get(UART_IRQ, other), yield* get(RTC_IRQ, slot)].map(errorName);
    });
    expect(value).toEqual([seL4_NoError, seL4_RevokeFirst, seL4_DeleteFirst].map(errorName));
  });

  it("takes its handlers back with Revoke", () => {
    const { value, kernel } = scene(function* (kit) {
      const slots = kit.slots(2);
      for (const i of [0, 1]) {
        must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, 20 + i, kit.cnode, slots + i, kit.depth));
      }
      must(yield* seL4_CNode_Revoke(kit.cnode, seL4_CapIRQControl, kit.depth));
      return yield* seL4_IRQControl_Get(seL4_CapIRQControl, 20, kit.cnode, slots, kit.depth);
    });
    expect(value).toBe(seL4_NoError);
    expect([kernel.state.irqs.isActive(20), kernel.state.irqs.isActive(21)]).toEqual([true, false]);
  });
});

describe("SetNotification", () => {
  it("needs a notification with Write (InvalidCapability 0), and keeps the old one when refused", () => {
    const at = nowhere();
    const world = bootScene(function* (kit) {
      yield* prepare(kit, at);
      const readOnly = kit.slots();
      const { cnode, depth } = kit;
      must(yield* seL4_CNode_Copy(cnode, readOnly, depth, cnode, at.ntfn, depth, seL4_CanRead), "Copy");
      for (const cap of [readOnly, seL4_CapInitThreadTCB]) {
        const error = yield* seL4_IRQHandler_SetNotification(at.handler, cap);
        at.seen.push([error, seL4_GetMR(0)]);
      }
      yield* kit.start("driver");
    }, driver(at));
    type(world, 12);
    expect(at.seen).toEqual([
      [seL4_InvalidCapability, 0],
      [seL4_InvalidCapability, 0],
      [5, 12],
    ]);
  });

  it("replaces the old one", () => {
    const at = nowhere();
    const world = bootScene(
      function* (kit) {
        yield* prepare(kit, at);
        const { cnode, depth } = kit;
        at.other = yield* kit.notification();
        const copy = kit.slots();
        must(yield* seL4_CNode_Copy(cnode, copy, depth, cnode, at.other, depth, seL4_AllRights), "Copy");
        must(yield* seL4_IRQHandler_SetNotification(at.handler, copy), "SetNotification");
        yield* kit.start("first");
        yield* kit.start("second");
      },
      {
        *first() {
          yield* seL4_Wait(at.ntfn);
          at.seen.push("first");
        },
        *second() {
          at.seen.push(["second", (yield* seL4_Wait(at.other)).badge]);
        },
      },
    );
    type(world, 13);
    expect(at.seen).toEqual([["second", 0]]);
  });
});
