/**
 * Message info as programs hold it: an immutable object around the word that a1 carries.
 *
 * A sender says with it what the message is about (label), how many words and how many capabilities it has. A receiver
 * learns the same, and which capabilities arrived as badges alone (capsUnwrapped). seL4 manual, "IPC" / "Message info".
 */
import {
  MESSAGE_LABEL_LIMIT,
  messageInfoCapsUnwrapped,
  messageInfoExtraCaps,
  messageInfoHigh,
  messageInfoLabel,
  messageInfoLength,
  messageInfoLow,
} from "./abi/index.js";
import { tableIndex } from "./arguments.js";

/** A message info. Make one with `seL4_MessageInfo_new`. */
export class seL4_MessageInfo_t {
  /** Halves of the word, int32. */
  readonly lo: number;
  readonly hi: number;

  constructor(lo: number, hi: number) {
    this.lo = lo;
    this.hi = hi;
  }

  /** What the message is about, 0 to 2^52 - 1; in a reply of the kernel the error code, in a fault its type. */
  get label(): number {
    return messageInfoLabel(this.lo, this.hi);
  }

  /** Received: bit n is set when capability n arrived as its badge alone. */
  get capsUnwrapped(): number {
    return messageInfoCapsUnwrapped(this.lo);
  }

  /** Capabilities in the message, 0 to 3. */
  get extraCaps(): number {
    return messageInfoExtraCaps(this.lo);
  }

  /** Words in the message. */
  get length(): number {
    return messageInfoLength(this.lo);
  }

  /** Its four fields, for people. */
  toString(): string {
    const { label, capsUnwrapped, extraCaps, length } = this;
    return `seL4_MessageInfo(label ${label}, capsUnwrapped ${capsUnwrapped}, extraCaps ${extraCaps}, length ${length})`;
  }
}

/**
 * A message info from its fields. Plain: it does not trap.
 * @param label 0 to 2^52 - 1
 * @param capsUnwrapped 0 to 7; 0 in a message to be sent
 * @param extraCaps 0 to 3
 * @param length 0 to 127 words; the kernel takes anything above 120 as 120
 * @throws TypeError, RangeError when a field does not fit
 */
export function seL4_MessageInfo_new(
  label: number,
  capsUnwrapped: number,
  extraCaps: number,
  length: number,
): seL4_MessageInfo_t {
  if (!Number.isInteger(label) || label < 0 || label >= MESSAGE_LABEL_LIMIT) {
    throw new RangeError(`label must be an integer from 0 to 2^52 - 1, not ${label}`);
  }
  tableIndex("capsUnwrapped", capsUnwrapped, 8);
  tableIndex("extraCaps", extraCaps, 4);
  tableIndex("length", length, 128);
  return new seL4_MessageInfo_t(messageInfoLow(label, capsUnwrapped, extraCaps, length), messageInfoHigh(label));
}

/** What the message is about; an error code, or the type of a fault. */
export function seL4_MessageInfo_get_label(info: seL4_MessageInfo_t): number {
  return info.label;
}

/** Which capabilities arrived as their badge alone, one bit each. */
export function seL4_MessageInfo_get_capsUnwrapped(info: seL4_MessageInfo_t): number {
  return info.capsUnwrapped;
}

/** Capabilities in the message. */
export function seL4_MessageInfo_get_extraCaps(info: seL4_MessageInfo_t): number {
  return info.extraCaps;
}

/** Words in the message. */
export function seL4_MessageInfo_get_length(info: seL4_MessageInfo_t): number {
  return info.length;
}
