/**
 * Interrupts that user level may handle: for each source of the PLIC whether a handler capability exists, and the slot
 * that holds the notification to signal. Number 0 is no interrupt; the number behind the last source is the kernel's
 * own timer and reserved.
 */
import { CapTag } from "@tessera/libsel4/abi";
import { Right } from "../caps/rights.js";
import { Slot } from "../caps/slot.js";
import { signal } from "../ipc/notification.js";
import type { KernelState } from "../model/state.js";

export const IrqState = { Inactive: 0, Signal: 1, Timer: 2 } as const;
type IrqState = (typeof IrqState)[keyof typeof IrqState];

export class IrqTable {
  /** The highest number, that of the kernel's timer. */
  readonly max: number;
  private readonly states: IrqState[];
  readonly slots: readonly Slot[];

  constructor(sources: number) {
    this.max = sources + 1;
    this.states = new Array(this.max + 1).fill(IrqState.Inactive);
    this.states[this.max] = IrqState.Timer;
    this.slots = Array.from({ length: this.max + 1 }, (_, index) => new Slot(null, index));
  }

  isActive(irq: number): boolean {
    return this.states[irq] !== IrqState.Inactive;
  }

  slot(irq: number): Slot {
    return this.slots[irq] as Slot;
  }

  setState(irq: number, state: IrqState): void {
    this.states[irq] = state;
  }
}

/** A handler capability was issued. */
export function activateIrq(k: KernelState, irq: number): void {
  k.irqs.setState(irq, IrqState.Signal);
  k.machine.plic.enable(irq);
}

/** The last handler capability is gone. */
export function deactivateIrq(k: KernelState, irq: number): void {
  k.irqs.setState(irq, IrqState.Inactive);
  k.machine.plic.disable(irq);
}

/** Claim the pending external interrupt and signal its notification. The claim is completed at once. */
export function handleExternalInterrupt(k: KernelState): void {
  const irq = k.machine.plic.claim();
  if (irq === 0) return;
  k.interrupts += 1;
  const { cap } = k.irqs.slot(irq);
  if (cap.type === CapTag.notification && (cap.rights & Right.Write) !== 0) {
    signal(k, cap.object, cap.badgeLo, cap.badgeHi);
  }
  k.machine.plic.complete(irq);
}
