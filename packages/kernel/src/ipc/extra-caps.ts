/** Finding the capabilities that a message carries: addresses in the sender's buffer, resolved in its CSpace. */
import { IPCBufferWord } from "@tessera/libsel4/abi";
import { lookupSlot } from "../caps/lookup.js";
import type { Slot } from "../caps/slot.js";
import { LookupFailure } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";

const CAPS_OR_BADGES = 2 * IPCBufferWord.CapsOrBadges;

/** Address `i` of the capabilities in the buffer at int32 index `buffer`. */
export function extraCapLow(k: KernelState, buffer: number, i: number): number {
  return k.words[buffer + CAPS_OR_BADGES + 2 * i] as number;
}
export function extraCapHigh(k: KernelState, buffer: number, i: number): number {
  return k.words[buffer + CAPS_OR_BADGES + 2 * i + 1] as number;
}

/** The slots of the first `count` capabilities, or the failure of the first that does not resolve. */
export function findExtraSlots(k: KernelState, sender: Tcb, buffer: number, count: number): Slot[] | LookupFailure {
  const space = sender.cspace.cap;
  const slots = new Array<Slot>(count);
  for (let i = 0; i < count; i++) {
    const slot = lookupSlot(space, extraCapLow(k, buffer, i), extraCapHigh(k, buffer, i));
    if (slot instanceof LookupFailure) return slot;
    slots[i] = slot;
  }
  return slots;
}
