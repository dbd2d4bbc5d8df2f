/**
 * Interrupts of a component: connected when it is built, and again when it has been buried, not when it is started. So
 * one that comes while it is dead is waiting for it in its notification.
 */
import { cspace_mint, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapRights_new,
  seL4_IRQHandler_Ack,
  seL4_IRQHandler_Clear,
  seL4_IRQHandler_SetNotification,
  throwOnError,
} from "@tessera/libsel4";
import type { Part } from "./part.js";

/** Only Write: to signal. */
const SIGNAL_RIGHTS = seL4_CapRights_new(0, 0, 0, 1);

/**
 * Let its interrupts signal its notification, each by its badge; one that nobody has acknowledged is let through.
 * @param cspace the CSpace that the root task runs on
 */
export function* connectInterrupts({ interrupts, notification }: Part, cspace: cspace_t): Thread<void> {
  for (const { handler, badge, signal } of interrupts) {
    throwOnError(yield* cspace_mint(cspace, signal, cspace, notification, SIGNAL_RIGHTS, badge), "a signal");
    throwOnError(yield* seL4_IRQHandler_SetNotification(handler, signal), "an interrupt's notification");
    yield* seL4_IRQHandler_Ack(handler);
  }
}

/** Let its interrupts signal nothing any more. */
export function* disconnectInterrupts({ interrupts }: Part): Thread<void> {
  for (const { handler } of interrupts) yield* seL4_IRQHandler_Clear(handler);
}
