/**
 * The message of the invocation being decoded: label, words, capabilities. One per kernel, filled anew for each.
 */
import { CapTag } from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import { lookupTarget } from "../caps/lookup.js";
import type { Slot } from "../caps/slot.js";
import { assert } from "../model/assert.js";
import type { SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { wordOf } from "../model/word.js";
import { messageHigh, messageLow } from "../threads/message.js";
import type { Tcb } from "../threads/tcb.js";

export class Arguments {
  /** The 52-bit label; labels of methods are small. */
  label = 0;
  /** Message words that may be read. */
  length = 0;
  /** Slots of the extra capabilities; their number is their presence. */
  extra: readonly Slot[] = [];
  /** Results are wanted. */
  isCall = false;
  private sender: Tcb | null = null;
  private buffer = -1;

  fill(sender: Tcb, buffer: number, label: number, length: number, isCall: boolean, extra: readonly Slot[]): void {
    this.sender = sender;
    this.buffer = buffer;
    this.label = label;
    this.length = length;
    this.isCall = isCall;
    this.extra = extra;
  }

  /** Word `i`, which must be below `length`, as halves or as a double. */
  low(k: KernelState, i: number): number {
    return messageLow(k, this.sender as Tcb, this.buffer, i);
  }
  high(k: KernelState, i: number): number {
    return messageHigh(k, this.sender as Tcb, this.buffer, i);
  }
  word(k: KernelState, i: number): number {
    return wordOf(this.low(k, i), this.high(k, i));
  }

  /** Extra capability `i`, the null capability when its slot is empty. It must be there. */
  cap(i: number): Cap {
    return this.extraSlot(i).cap;
  }
  /** The slot of extra capability `i`, which must be there. */
  extraSlot(i: number): Slot {
    const slot = this.extra[i];
    assert(slot !== undefined, "a decoder asks for a capability that it knows to be there");
    return slot;
  }
  /** Whether the sender's message can have words behind those in registers, and capabilities. */
  get hasBuffer(): boolean {
    return this.buffer >= 0;
  }
  /** Whether at least `count` extra capabilities came along. */
  hasExtra(count: number): boolean {
    return this.extra.length >= count;
  }
}

/** The slot at the address in word `index`, of the depth in word `depth`, below `root` (caps/lookup.ts). */
export function lookupArgument(
  k: KernelState,
  args: Arguments,
  root: Cap,
  index: number,
  depth: number,
  isSource: boolean,
  what: string,
): Slot | SyscallError {
  const depthLo = args.low(k, depth);
  const depthHi = args.high(k, depth);
  return lookupTarget(root, args.low(k, index), args.high(k, index), depthLo, depthHi, isSource, what);
}

/** The invoked slot still holds the TCB it held when it was decoded. */
export function stillHolds(slot: Slot, tcb: Tcb): boolean {
  return slot.cap.type === CapTag.thread && slot.cap.object === tcb;
}
