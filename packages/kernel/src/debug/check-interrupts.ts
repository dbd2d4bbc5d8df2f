/**
 * Interrupts: a source is active, and enabled at the interrupt controller, as long as a handler capability to it exists;
 * only then does it have a notification to signal. The kernel's own timer is no source of the controller.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { Right } from "../caps/rights.js";
import type { KernelState } from "../model/state.js";
import type { Census } from "./census.js";

export function checkInterrupts({ irqs, machine: { plic } }: KernelState, census: Census, violations: string[]): void {
  for (let irq = 1; irq < irqs.max; irq++) {
    const isHandled = census.handledIrqs[irq] === 1;
    if (irqs.isActive(irq) !== isHandled) {
      violations.push(
        isHandled
          ? `interrupt ${irq} is not active, but has a handler capability`
          : `interrupt ${irq} is active, but has no handler capability`,
      );
    }
    if (plic.isEnabled(irq) !== isHandled)
      violations.push(`interrupt ${irq} is ${isHandled ? "not enabled" : "enabled without a handler"}`);
    const { cap } = irqs.slot(irq);
    if (cap.type === CapTag.null) continue;
    if (!isHandled) violations.push(`interrupt ${irq} signals somebody, but has no handler capability`);
    if (cap.type !== CapTag.notification || (cap.rights & Right.Write) === 0)
      violations.push(`interrupt ${irq} has a capability that it cannot signal by`);
  }
  if (!irqs.isActive(irqs.max)) violations.push("the kernel's timer interrupt is not active");
}
