/** IRQControl and IRQHandler: who may wait for which interrupt. Manual, section "Interrupts". */
import {
  CapTag,
  IRQAckIRQ,
  IRQClearIRQHandler,
  IRQIssueIRQHandler,
  IRQSetIRQHandler,
  RISCVIRQIssueIRQHandlerTrigger,
} from "@tessera/libsel4/abi";
import { deleteSimple } from "../authority/finalise.js";
import { irqHandlerCap, type NotificationCap } from "../caps/cap.js";
import { insertDerived } from "../caps/mdb.js";
import { Right } from "../caps/rights.js";
import type { Slot } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { activateIrq } from "../irq/irq.js";
import {
  deleteFirst,
  invalidCapability,
  noSuchMethod,
  type Progress,
  rangeError,
  revokeFirst,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { type Arguments, lookupArgument } from "./arguments.js";

export type IrqInvocation =
  | { readonly op: "irq-issue"; readonly irq: number; readonly control: Slot; readonly dest: Slot }
  | { readonly op: "irq-ack"; readonly irq: number }
  | { readonly op: "irq-set"; readonly irq: number; readonly cap: NotificationCap; readonly source: Slot }
  | { readonly op: "irq-clear"; readonly irq: number };

export function decodeIrqControl(k: KernelState, args: Arguments, control: Slot): IrqInvocation | SyscallError {
  const hasTrigger = args.label === RISCVIRQIssueIRQHandlerTrigger;
  if (args.label !== IRQIssueIRQHandler && !hasTrigger) {
    return noSuchMethod(args.label);
  }
  // GetTrigger has one word more; edge or level makes no difference to this PLIC.
  const indexAt = hasTrigger ? 2 : 1;
  if (args.length < indexAt + 2 || !args.hasExtra(1)) return truncatedMessage(indexAt + 2, 1, args);
  const irq = args.word(k, 0);
  if (irq < 1 || irq > k.irqs.max) {
    return rangeError(1, k.irqs.max, "the interrupt number", args.low(k, 0), args.high(k, 0));
  }
  if (k.irqs.isActive(irq)) {
    const isTimer = irq === k.irqs.max;
    return revokeFirst(`interrupt ${irq} ${isTimer ? "is the kernel's own timer" : "has a handler already"}`);
  }
  const dest = lookupArgument(k, args, args.cap(0), indexAt, indexAt + 1, false, "destination");
  if (dest instanceof SyscallError) return dest;
  return dest.isEmpty
    ? { op: "irq-issue", irq, control, dest }
    : deleteFirst("the destination slot is not empty", dest);
}

export function decodeIrqHandler(args: Arguments, irq: number): IrqInvocation | SyscallError {
  switch (args.label) {
    case IRQAckIRQ:
      return { op: "irq-ack", irq };
    case IRQClearIRQHandler:
      return { op: "irq-clear", irq };
    case IRQSetIRQHandler: {
      if (!args.hasExtra(1)) return truncatedMessage(0, 1, args);
      const cap = args.cap(0);
      if (cap.type !== CapTag.notification || (cap.rights & Right.Write) === 0) {
        return invalidCapability(
          0,
          "an interrupt signals a notification capability with the Write right",
          args.extraSlot(0),
        );
      }
      return { op: "irq-set", irq, cap, source: args.extraSlot(0) };
    }
    default:
      return noSuchMethod(args.label);
  }
}

export function performIrq(k: KernelState, inv: IrqInvocation): Progress {
  switch (inv.op) {
    case "irq-issue":
      activateIrq(k, inv.irq);
      insertDerived(irqHandlerCap(inv.irq), inv.control, inv.dest);
      traceFilled(k, inv.dest);
      break;
    case "irq-set":
      deleteSimple(k, k.irqs.slot(inv.irq));
      insertDerived(inv.cap, inv.source, k.irqs.slot(inv.irq));
      traceFilled(k, k.irqs.slot(inv.irq));
      break;
    case "irq-clear":
      deleteSimple(k, k.irqs.slot(inv.irq));
      break;
    case "irq-ack":
      // The claim was completed when it was taken.
      break;
  }
  return "done";
}
