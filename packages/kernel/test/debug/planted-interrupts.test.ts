/** Planted bugs in who may wait for which interrupt. */
import { CapTag, seL4_CapIRQControl, seL4_IRQControl_Get, seL4_IRQHandler_SetNotification } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { notificationCap } from "../../src/caps/cap.js";
import { removeCap } from "../../src/caps/mdb.js";
import { Right } from "../../src/caps/rights.js";
import { type Slot, updateCap } from "../../src/caps/slot.js";
import { Invariants } from "../../src/debug/invariants.js";
import { reachableSlots } from "../../src/debug/reachable.js";
import { IrqState } from "../../src/irq/irq.js";
import type { KernelState } from "../../src/model/state.js";
import { must } from "../support/kit.js";
import { bootScene } from "../support/scene.js";

const IRQ = 10;
const OTHER = 11;

function handlerSlot(k: KernelState): Slot {
  for (const slot of reachableSlots(k)) if (slot.cap.type === CapTag.irqHandler && slot.cap.irq === IRQ) return slot;
  throw new Error("the interrupt has a handler");
}

const bugs: readonly (readonly [what: string, sentence: RegExp, plant: (k: KernelState) => void])[] = [
  [
    "an interrupt that stays active when its last handler capability goes",
    /^interrupts: interrupt 10 is active, but has no handler capability$/m,
    (k) => removeCap(handlerSlot(k)),
  ],
  [
    "a notification that stays with an interrupt without a handler",
    /^interrupts: interrupt 10 signals somebody, but has no handler capability$/m,
    (k) => {
      removeCap(handlerSlot(k));
      k.irqs.setState(IRQ, IrqState.Inactive);
    },
  ],
  [
    "an interrupt that stays enabled when its last handler capability goes",
    /^interrupts: interrupt 10 is enabled without a handler$/m,
    (k) => {
      removeCap(k.irqs.slot(IRQ));
      removeCap(handlerSlot(k));
      k.irqs.setState(IRQ, IrqState.Inactive);
    },
  ],
  [
    "a handler of an interrupt that was given back",
    /^interrupts: interrupt 10 is not active, but has a handler capability$/m,
    (k) => k.irqs.setState(IRQ, IrqState.Inactive),
  ],
  [
    "a handler of an interrupt that never comes",
    /^interrupts: interrupt 10 is not enabled$/m,
    (k) => k.machine.plic.disable(IRQ),
  ],
  [
    "an interrupt that was enabled for nobody",
    /^interrupts: interrupt 11 is enabled without a handler$/m,
    (k) => k.machine.plic.enable(OTHER),
  ],
  [
    "a notification that the interrupt has no right to signal",
    /^interrupts: interrupt 10 has a capability that it cannot signal by$/m,
    (k) => {
      const slot = k.irqs.slot(IRQ);
      const { cap } = slot;
      if (cap.type !== CapTag.notification) throw new Error("the interrupt has a notification");
      updateCap(slot, notificationCap(cap.object, cap.rights & ~Right.Write, cap.badgeLo, cap.badgeHi));
    },
  ],
  [
    "a timer that was given away",
    /^interrupts: the kernel's timer interrupt is not active$/m,
    (k) => k.irqs.setState(k.irqs.max, IrqState.Inactive),
  ],
];

it.each(bugs)("the check of interrupts finds %s", (_, sentence, plant) => {
  const { machine, kernel } = bootScene<void>(function* (kit) {
    const handler = kit.slots();
    must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, IRQ, kit.cnode, handler, kit.depth));
    must(yield* seL4_IRQHandler_SetNotification(handler, yield* kit.notification()));
  });
  machine.run();
  const invariants = new Invariants(kernel.state);
  expect(invariants.find()).toEqual([]);
  plant(kernel.state);
  const violations = invariants.find();
  expect(violations.join("\n")).toMatch(sentence);
  expect(invariants.find()).toEqual(violations);
  expect(kernel.checkInvariants()).toEqual(violations);
});
