/** Finding the capabilities that a message carries: addresses in the sender's buffer, resolved in its CSpace. */
import { IPCBufferWord } from "@tessera/libsel4/abi";
import { lookupSlot } from "../caps/lookup.js";
import { Slot } from "../caps/slot.js";
import type { LookupFailure } from "../model/result.js";
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

/** Find the slots of the first `count` capabilities, into `k.args`; the failure of the first that does not resolve. */
export function findExtraSlots(k: KernelState, sender: Tcb, buffer: number, count: number): LookupFailure | null {
  const { args } = k;
  args.caps = 0;
  for (let i = 0; i < count; i++) {
    const slot = lookupSlot(sender.cspace.cap, extraCapLow(k, buffer, i), extraCapHigh(k, buffer, i));
    if (!(slot instanceof Slot)) return slot;
    // Compared first: storing an object costs the engine more than looking at one.
    if (args.slots[i] !== slot) args.slots[i] = slot;
    args.caps = i + 1;
  }
  return null;
}
