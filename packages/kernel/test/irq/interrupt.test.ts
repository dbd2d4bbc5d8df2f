/** Interrupts of devices as signals: a driver at user level, and who may have one. */
import { compute, copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_CNode_Delete,
  seL4_IRQControl_Get,
  seL4_IRQHandler_Ack,
  seL4_IRQHandler_Clear,
  seL4_IRQHandler_SetNotification,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Page_Map,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { answerOf } from "../support/refusal.js";
import { bootScene, scene } from "../support/scene.js";

const UART_IRQ = 10;
const UART_PADDR = 0x1000_0000;
const UART = 0x1e0000;
/** Registers: received byte, interrupt enable. */
const RECEIVED = 0;
const ENABLE = 1;

/** The page of the UART, mapped: the first page of the device untyped that begins there. */
function* mapUart(kit: Kit): Thread {
  const { untyped, untypedList } = kit.bootinfo;
  const index = untypedList.findIndex(({ paddr, isDevice }) => isDevice && paddr === UART_PADDR);
  const frame = kit.slots();
  must(yield* seL4_Untyped_Retype(untyped.start + index, seL4_RISCV_4K_Page, 0, kit.cnode, 0, 0, frame, 1));
  must(yield* seL4_RISCV_Page_Map(frame, seL4_CapInitThreadVSpace, UART, seL4_ReadWrite, 1));
}

function* handler(kit: Kit, irq: number): Thread<number> {
  const slot = kit.slots();
  must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, irq, kit.cnode, slot, kit.depth));
  return slot;
}

describe("A driver of the UART", () => {
  it("waits for the interrupt and reads the byte, one after the other", () => {
    const seen: number[] = [];
    const world = bootScene<void>(function* (kit) {
      yield* mapUart(kit);
      const irq = yield* handler(kit, UART_IRQ);
      const ntfn = yield* kit.notification();
      must(yield* seL4_IRQHandler_SetNotification(irq, yield* kit.mint(ntfn, 0x80)));
      yield* copyOut(UART + ENABLE, Uint8Array.of(1));
      for (let i = 0; i < 3; i++) {
        const { badge } = yield* seL4_Wait(ntfn);
        const byte = new Uint8Array(1);
        yield* copyIn(UART + RECEIVED, byte);
        seen.push(badge, byte[0]!);
        must(yield* seL4_IRQHandler_Ack(irq));
      }
    });
    for (const byte of [65, 66, 67]) {
      expect(world.machine.run().reason).toBe("idle");
      world.machine.input("uart", Uint8Array.of(byte));
    }
    expect(world.machine.run().reason).toBe("idle");
    expect(world.thrown).toEqual([]);
    expect(seen).toEqual([0x80, 65, 0x80, 66, 0x80, 67]);
    expect(world.returned).not.toBeNull();
  });

  it("may be less urgent than what runs: that goes on, and the byte is read when its turn comes", () => {
    const seen: unknown[] = [];
    const at = { irq: 0, ntfn: 0 };
    const world = bootScene<void>(
      function* (kit) {
        yield* mapUart(kit);
        at.irq = yield* handler(kit, UART_IRQ);
        at.ntfn = yield* kit.notification();
        must(yield* seL4_IRQHandler_SetNotification(at.irq, at.ntfn));
        yield* copyOut(UART + ENABLE, Uint8Array.of(1));
        yield* kit.start("driver", { priority: 50 });
        yield* kit.start("busy", { priority: 100 });
      },
      {
        *driver() {
          yield* seL4_Wait(at.ntfn);
          const byte = new Uint8Array(1);
          yield* copyIn(UART + RECEIVED, byte);
          seen.push(byte[0]);
        },
        *busy() {
          seen.push("busy");
          yield* compute(20_000_000);
          seen.push("done");
        },
      },
    );
    world.machine.run({ ticks: 10_000 });
    world.machine.input("uart", Uint8Array.of(9));
    const stop = world.machine.run({ events: 20_000 });
    expect(stop.message).not.toMatch(/halted/);
    expect(seen).toEqual(["busy", "done", 9]);
  });

  it("that is not there leaves an issued interrupt pending, and the machine goes on", () => {
    const seen: unknown[] = [];
    const world = bootScene<void>(
      function* (kit) {
        yield* mapUart(kit);
        const irq = yield* handler(kit, UART_IRQ);
        must(yield* seL4_IRQHandler_Clear(irq));
        yield* copyOut(UART + ENABLE, Uint8Array.of(1));
        yield* kit.start("busy", { priority: 100 });
      },
      {
        *busy() {
          yield* compute(20_000_000);
          seen.push("done");
        },
      },
    );
    world.machine.run({ ticks: 10_000 });
    world.machine.input("uart", Uint8Array.of(9));
    const stop = world.machine.run({ events: 20_000 });
    expect(stop.message).not.toMatch(/halted/);
    expect(seen).toEqual(["done"]);
  });
});

describe("IRQControl_Get", () => {
  it("refuses numbers out of range, the kernel's timer and one that is issued; the last handler gives it back", () => {
    scene(function* (kit) {
      const get = (irq: number, slot: number) =>
        answerOf(seL4_IRQControl_Get(seL4_CapIRQControl, irq, kit.cnode, slot, kit.depth));
      expect(yield* get(0, 4000)).toBe("RangeError 1 96");
      expect(yield* get(97, 4000)).toBe("RangeError 1 96");
      expect(yield* get(96, 4000)).toBe("RevokeFirst");
      expect(yield* get(7, 1)).toBe("DeleteFirst");
      expect(yield* get(7, 4000)).toBe("NoError");
      const copy = yield* kit.copy(4000);
      expect(yield* get(7, 4001)).toBe("RevokeFirst");
      must(yield* seL4_CNode_Delete(kit.cnode, 4000, kit.depth));
      expect(yield* get(7, 4001)).toBe("RevokeFirst");
      must(yield* seL4_CNode_Delete(kit.cnode, copy, kit.depth));
      expect(yield* get(7, 4001)).toBe("NoError");
    });
  });
});

describe("IRQHandler_SetNotification", () => {
  it("refuses what is no notification to be signalled (InvalidCapability 0)", () => {
    scene(function* (kit) {
      const irq = yield* handler(kit, 3);
      const untyped = yield* kit.make(seL4_UntypedObject, 12);
      const set = (cap: number) => answerOf(seL4_IRQHandler_SetNotification(irq, cap));
      expect(yield* set(untyped)).toBe("InvalidCapability 0");
      expect(yield* set(yield* kit.endpoint())).toBe("InvalidCapability 0");
      expect(yield* set(yield* kit.notification())).toBe("NoError");
    });
  });
});
