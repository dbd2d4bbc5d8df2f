/**
 * Interrupts: a handler capability for each source, and the notification that it signals. seL4 manual, "Hardware I/O".
 *
 * Sources are those of the PLIC, 1 to 95; 96 is the kernel's own timer.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import {
  IRQAckIRQ,
  IRQClearIRQHandler,
  IRQIssueIRQHandler,
  IRQSetIRQHandler,
  RISCVIRQIssueIRQHandlerTrigger,
} from "../abi/index.js";
import { uint8 } from "../arguments.js";
import type { seL4_CNode, seL4_CPtr, seL4_Error, seL4_IRQControl, seL4_IRQHandler, WordLike } from "../types.js";
import { invoke, invokeBare, setArgument, setCapability } from "./call.js";

/**
 * Make the handler capability of an interrupt source and enable the source.
 * Cannot block, allocates nothing.
 * Errors: RangeError 1..96: `irq`; RevokeFirst: it has a handler already, or is the timer; FailedLookup, or RangeError
 * 1..64 for `depth`: the slot is not found; DeleteFirst: the slot is not empty.
 * @param irq source, 1 to 95
 * @param root CNode at which the search for the slot begins
 * @param index address of the slot below `root` @param depth bits of `index`, 1 to 64
 */
export function seL4_IRQControl_Get(
  _service: seL4_IRQControl,
  irq: WordLike,
  root: seL4_CNode,
  index: WordLike,
  depth: number,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "root", root);
  setArgument(cpu, 0, "irq", irq);
  setArgument(cpu, 1, "index", index);
  setArgument(cpu, 2, "depth", uint8("depth", depth));
  return invoke(cpu, _service, IRQIssueIRQHandler, 1, 3);
}

/**
 * As `seL4_IRQControl_Get`, and say how the source triggers. The modelled PLIC needs not be told.
 * Cannot block, allocates nothing. Errors: those of Get.
 * @param irq source, 1 to 95
 * @param trigger 0 = level, anything else = edge
 * @param root CNode at which the search for the slot begins
 * @param index address of the slot below `root` @param depth bits of `index`, 1 to 64
 */
export function seL4_IRQControl_GetTrigger(
  _service: seL4_IRQControl,
  irq: WordLike,
  trigger: WordLike,
  root: seL4_CNode,
  index: WordLike,
  depth: number,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "root", root);
  setArgument(cpu, 0, "irq", irq);
  setArgument(cpu, 1, "trigger", trigger);
  setArgument(cpu, 2, "index", index);
  setArgument(cpu, 3, "depth", uint8("depth", depth));
  return invoke(cpu, _service, RISCVIRQIssueIRQHandlerTrigger, 1, 4);
}

/**
 * Say that an interrupt has been dealt with, so that the next may come.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_IRQHandler_Ack(_service: seL4_IRQHandler): Syscall<seL4_Error> {
  return invokeBare(_service, IRQAckIRQ);
}

/**
 * Set the notification that an interrupt signals, with the badge of this capability. It takes the place of a former.
 * Cannot block, allocates nothing.
 * Errors: InvalidCapability 0 (not 1): `notification` is none, or lacks the Write right.
 * @param notification with the Write right
 */
export function seL4_IRQHandler_SetNotification(
  _service: seL4_IRQHandler,
  notification: seL4_CPtr<"Notification">,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "notification", notification);
  return invoke(cpu, _service, IRQSetIRQHandler, 1, 0);
}

/**
 * Let an interrupt signal nothing any more.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_IRQHandler_Clear(_service: seL4_IRQHandler): Syscall<seL4_Error> {
  return invokeBare(_service, IRQClearIRQHandler);
}
