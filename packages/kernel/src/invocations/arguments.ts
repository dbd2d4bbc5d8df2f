/**
 * The message of the invocation being decoded: label, words, capabilities. One per kernel, filled anew for each. The slots
 * of the capabilities are found here for messages to other threads as well (ipc/extra-caps.ts).
 */
import { CapTag, IPCBufferWord } from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import { lookupTarget } from "../caps/lookup.js";
import type { Slot } from "../caps/slot.js";
import { assert } from "../model/assert.js";
import type { SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { wordOf } from "../model/word.js";
import type { Tcb } from "../threads/tcb.js";
import { FIRST_MESSAGE_REGISTER, MESSAGE_REGISTERS } from "../threads/user-registers.js";

export class Arguments {
  /** The 52-bit label; labels of methods are small. */
  label = 0;
  /** Message words that may be read. */
  length = 0;
  /** Extra capabilities that came, and their slots: those behind the first `caps` are of earlier messages. */
  caps = 0;
  readonly slots: Slot[] = [];
  /** Results are wanted. */
  isCall = false;
  /** Word indexes of the message's first words, which are in the sender's registers, and of its buffer; -1: none. */
  private registers = 0;
  private buffer = -1;

  fill(sender: Tcb, buffer: number, label: number, length: number, isCall: boolean): void {
    this.registers = sender.regs + 2 * FIRST_MESSAGE_REGISTER;
    this.buffer = buffer;
    this.label = label;
    this.length = length;
    this.isCall = isCall;
  }

  /** Word `i`, which must be below `length`, as halves or as a double. */
  low(k: KernelState, i: number): number {
    return k.words[this.indexOf(i)] as number;
  }
  high(k: KernelState, i: number): number {
    return k.words[this.indexOf(i) + 1] as number;
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
    assert(i < this.caps, "a decoder asks for a capability that it knows to be there");
    return this.slots[i] as Slot;
  }
  /** Whether the sender's message can have words behind those in registers, and capabilities. */
  get hasBuffer(): boolean {
    return this.buffer >= 0;
  }
  /** Whether at least `count` extra capabilities came along. */
  hasExtra(count: number): boolean {
    return this.caps >= count;
  }

  private indexOf(i: number): number {
    return i < MESSAGE_REGISTERS ? this.registers + 2 * i : this.buffer + 2 * (i + IPCBufferWord.Msg);
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
