/**
 * Interrupts of many devices over one notification: each gets a bit of its badge, and a call-back.
 *
 * A flag bit in every such badge tells a server loop an interrupt from a client. The bits that stand for interrupts
 * (idents) are taken lowest first and never given back. C uses bit 63 as the flag and 62 idents; a badge is a number
 * here, exact up to 2^53, so the flag is bit 52 and there are 52 idents. C has one dispatcher; here
 * `sos_init_irq_dispatch` returns one.
 *
 * Source of names and behaviour: `sos/src/irq.h` of the course's system.
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_free_slot,
  cspace_irq_control_get,
  cspace_mint,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CanWrite,
  seL4_CapNull,
  type seL4_CPtr,
  type seL4_Error,
  type seL4_IRQControl,
  type seL4_IRQHandler,
  seL4_IRQHandler_SetNotification,
  seL4_NoError,
} from "@tessera/libsel4";

/** What the course's server passes: one flag, and all bits below it as idents. */
export const IRQ_EP_BADGE = 2 ** 52;
export const IRQ_IDENT_BADGE_BITS = 2 ** 52 - 1;

/** Positive numbers of C's errno.h; the kernel's codes end at 10. */
export const ENOMEM = 12;
export const EINVAL = 22;

/** The number that the course keeps for a UART of its debugger's; no board has it. */
export const VIRTUAL_UART_IRQ = 0xfff;

/** Bits of a badge that a number holds exactly. */
const BADGE_BITS = 53;

/**
 * What is called for an interrupt. It has to acknowledge (`seL4_IRQHandler_Ack`), or no further one comes.
 * @param data what was registered with it
 * @returns 0, or what `sos_handle_irq_notification` is to stop with
 */
export type sos_irq_callback_t<D = unknown> = (data: D, irq: number, irq_handler: seL4_IRQHandler) => Thread<number>;

interface Registered {
  readonly irq: number;
  readonly irq_handler: seL4_IRQHandler;
  readonly call: () => Thread<number>;
}

/** Who is called for which interrupt: C's table of handlers. Made by `sos_init_irq_dispatch`. */
export interface irq_dispatch_t {
  readonly cspace: cspace_t;
  readonly irq_control: seL4_IRQControl;
  readonly notification: seL4_CPtr<"Notification">;
  readonly flag_bits: number;
  /** The idents, lowest first, and what is registered for each. */
  readonly idents: readonly { readonly bit: number; registered: Registered | null }[];
}

/** What `sos_register_irq_handler` returns. */
export interface irq_registered {
  /** 0, EINVAL, ENOMEM, or an seL4_Error. */
  readonly error: number;
  /** The handler capability, for `seL4_IRQHandler_Ack`; seL4_CapNull on error. */
  readonly irq_handler: seL4_IRQHandler;
}

/** What `sos_handle_irq_notification` returns. */
export interface irq_handled {
  /** 0, or what the call-back returned that stopped it. */
  readonly error: number;
  /** The badge without the idents that were dealt with. */
  readonly badge: number;
  /** False on success: a notification is not replied to. Undefined on error, where C leaves the caller's as it was. */
  readonly have_reply: false | undefined;
}

/**
 * A dispatcher without handlers. Makes no system call and allocates nothing.
 * @param cspace the CSpace that the caller runs on
 * @param notification what interrupts signal, without a badge; usually bound to the caller's TCB
 * @param flag_bits set in the badge of every interrupt
 * @param ident_bits those that tell interrupts apart
 * @throws RangeError when one of the masks is no whole number below 2^53, or they overlap
 */
export function sos_init_irq_dispatch(
  cspace: cspace_t,
  irq_control: seL4_IRQControl,
  notification: seL4_CPtr<"Notification">,
  flag_bits: number,
  ident_bits: number,
): irq_dispatch_t {
  for (const mask of [flag_bits, ident_bits]) {
    if (Number.isSafeInteger(mask) && mask >= 0) continue;
    throw new RangeError(`sos_init_irq_dispatch: ${mask} is no mask of badge bits: a whole number below 2^53`);
  }
  const flags = bitsOf(flag_bits);
  const idents = bitsOf(ident_bits);
  if (flags.some((bit) => idents.includes(bit))) {
    throw new RangeError("sos_init_irq_dispatch: the bits of the flag and of the idents overlap");
  }
  return {
    cspace,
    irq_control,
    notification,
    flag_bits,
    idents: idents.map((bit) => ({ bit, registered: null })),
  };
}

/**
 * Have `callback` called for an interrupt. The caller acknowledges once, to arm it.
 *
 * Cannot block. Takes two slots, for the handler and for the notification with its badge; on error it gives both back.
 * Errors: EINVAL: `irq` is VIRTUAL_UART_IRQ; ENOMEM: all idents or slots are taken; RangeError: there is no such
 * interrupt; RevokeFirst: it has a handler already; InvalidCapability, IllegalOperation: `irq_control` or
 * `notification` is none, or the notification has a badge or no right to write.
 * @param irq source, 1 to 95
 * @param edge whether it is edge-triggered
 * @param data passed to the call-back
 * @throws RangeError when `irq` is no whole number, or negative
 */
export function* sos_register_irq_handler<D>(
  irq: number,
  edge: boolean,
  callback: sos_irq_callback_t<D>,
  data: D,
  dispatch: irq_dispatch_t,
): Thread<irq_registered> {
  if (!(Number.isSafeInteger(irq) && irq >= 0))
    throw new RangeError(`sos_register_irq_handler: ${irq} is no interrupt`);
  if (irq === VIRTUAL_UART_IRQ) return failed(EINVAL);
  const { cspace } = dispatch;
  const ident = dispatch.idents.find(({ registered }) => registered === null);
  if (ident === undefined) return failed(ENOMEM);

  const irq_handler = yield* cspace_alloc_slot(cspace);
  const badged = irq_handler === seL4_CapNull ? seL4_CapNull : yield* cspace_alloc_slot(cspace);
  const error = badged === seL4_CapNull ? ENOMEM : yield* connect(dispatch, irq, edge, irq_handler, badged, ident.bit);
  if (error !== seL4_NoError) {
    for (const slot of [badged, irq_handler]) {
      if (slot !== seL4_CapNull) yield* cspace_delete(cspace, slot);
      yield* cspace_free_slot(cspace, slot);
    }
    return failed(error);
  }
  ident.registered = { irq, irq_handler, call: () => callback(data, irq, irq_handler) };
  return { error: 0, irq_handler };
}

/**
 * Deal with what a badge says: call the call-back of each ident in it, lowest bit first, and take that bit out. Idents
 * that nobody registered stay in the badge.
 *
 * Blocks and allocates as the call-backs do.
 * @param badge of the notification
 * @returns the result of the first call-back that did not return 0; the idents behind it are still in the badge
 */
export function* sos_handle_irq_notification(badge: number, dispatch: irq_dispatch_t): Thread<irq_handled> {
  let left = badge;
  for (const { bit, registered } of dispatch.idents) {
    if (registered === null || !has(left, bit)) continue;
    left -= bit;
    const error = yield* registered.call();
    if (error !== 0) return { error, badge: left, have_reply: undefined };
  }
  return { error: 0, badge: left, have_reply: false };
}

function* connect(
  { cspace, irq_control, notification, flag_bits }: irq_dispatch_t,
  irq: number,
  edge: boolean,
  irq_handler: seL4_IRQHandler,
  badged: seL4_CPtr<"Notification">,
  ident: number,
): Thread<seL4_Error> {
  let err = yield* cspace_irq_control_get(cspace, irq_handler, irq_control, irq, edge ? 1 : 0);
  if (err !== seL4_NoError) return err;
  err = yield* cspace_mint(cspace, badged, cspace, notification, seL4_CanWrite, flag_bits + ident);
  if (err !== seL4_NoError) return err;
  return yield* seL4_IRQHandler_SetNotification(irq_handler, badged);
}

function failed(error: number): irq_registered {
  return { error, irq_handler: seL4_CapNull };
}

function has(mask: number, bit: number): boolean {
  return Math.floor(mask / bit) % 2 === 1;
}

/** The bits that are set in `mask`, each as a number, lowest first. */
function bitsOf(mask: number): number[] {
  return Array.from({ length: BADGE_BITS }, (_, i) => 2 ** i).filter((bit) => has(mask, bit));
}
