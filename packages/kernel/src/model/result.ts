/**
 * How the kernel says no. A failed check is a value, made before anything has changed: a SyscallError is what a
 * Call gets as its reply, a LookupFailure says where an address stopped resolving (and becomes part of a
 * SyscallError or of a CapFault). Long operations end "done" or "preempted".
 */
import {
  seL4_AlignmentError,
  seL4_DeleteFirst,
  seL4_DepthMismatch,
  seL4_FailedLookup,
  seL4_GuardMismatch,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_InvalidRoot,
  seL4_MissingCapability,
  seL4_NotEnoughMemory,
  seL4_RangeError,
  seL4_RevokeFirst,
  seL4_TruncatedMessage,
} from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import type { Slot } from "../caps/slot.js";
import { highOf, lowOf } from "./word.js";
import { quantity } from "./word-text.js";

/** How a long operation ended; a preempted one is executed again from its registers and goes on where it was. */
export type Progress = "done" | "preempted";

/** Where and why an address did not resolve (manual, section on lookup failures). */
export class LookupFailure {
  readonly type: number;
  /** Bits that were still to be resolved at the level that failed. */
  readonly bitsLeft: number;
  /** Bits that level consumes (DepthMismatch), or the size of its guard (GuardMismatch). */
  readonly bitsFound: number;
  readonly guardLo: number;
  readonly guardHi: number;

  constructor(type: number, bitsLeft: number, bitsFound: number, guardLo: number, guardHi: number) {
    this.type = type;
    this.bitsLeft = bitsLeft;
    this.bitsFound = bitsFound;
    this.guardLo = guardLo;
    this.guardHi = guardHi;
  }

  /** The message words that describe it, as pairs low, high. */
  words(): number[] {
    switch (this.type) {
      case seL4_MissingCapability:
        return [this.type, 0, this.bitsLeft, 0];
      case seL4_DepthMismatch:
        return [this.type, 0, this.bitsLeft, 0, this.bitsFound, 0];
      case seL4_GuardMismatch:
        return [this.type, 0, this.bitsLeft, 0, this.guardLo, this.guardHi, this.bitsFound, 0];
      default:
        return [this.type, 0];
    }
  }
}

export const invalidRoot = new LookupFailure(seL4_InvalidRoot, 0, 0, 0, 0);

export function missingCapability(bitsLeft: number): LookupFailure {
  return new LookupFailure(seL4_MissingCapability, bitsLeft, 0, 0, 0);
}

export function depthMismatch(bitsLeft: number, bitsFound: number): LookupFailure {
  return new LookupFailure(seL4_DepthMismatch, bitsLeft, bitsFound, 0, 0);
}

export function guardMismatch(bitsLeft: number, size: number, guardLo: number, guardHi: number): LookupFailure {
  return new LookupFailure(seL4_GuardMismatch, bitsLeft, size, guardLo, guardHi);
}

/** An address as a method's argument gave it, so that an explanation can walk it again. */
export interface LookupAddress {
  readonly root: Cap;
  readonly lo: number;
  readonly hi: number;
  /** Bits to resolve, any word. */
  readonly depthLo: number;
  readonly depthHi: number;
  /** Which of the method's addresses it is, such as "source". */
  readonly what: string;
}

/** A check that failed: what the caller is told, and what an explanation adds. */
export class SyscallError {
  readonly code: number;
  /** The message words that come with the code, as pairs low, high. */
  readonly words: readonly number[];
  /** The check that failed, as a sentence. */
  readonly why: string;
  /** What the check was about, besides the invoked capability: an address that failed, or a slot. */
  readonly about: LookupAddress | Slot | null;

  constructor(code: number, words: readonly number[], why: string, about: LookupAddress | Slot | null = null) {
    this.code = code;
    this.words = words;
    this.why = why;
    this.about = about;
  }
}

/** `slot`: what the check was about, besides the invoked capability. */
export function illegalOperation(why: string, slot: Slot | null = null): SyscallError {
  return new SyscallError(seL4_IllegalOperation, [], why, slot);
}

/** The label belongs to another kind of object, or to none. */
export function noSuchMethod(label: number): SyscallError {
  return illegalOperation(`label ${label} names no method of this object`);
}

export function alignmentError(why: string): SyscallError {
  return new SyscallError(seL4_AlignmentError, [], why);
}

/** What came with an invocation. */
export interface Came {
  readonly length: number;
  readonly caps: number;
  /** Without an IPC buffer a message has no more than the words in registers, and no capabilities. */
  readonly hasBuffer: boolean;
}

/** The message is shorter than the method's arguments: `words` and `caps` are what it takes. */
export function truncatedMessage(words: number, caps: number, came: Came): SyscallError {
  const takes = [words === 0 ? "" : counted(words, WORD), caps === 0 ? "" : counted(caps, CAPABILITY)];
  const got = `${counted(came.length, WORD)} and ${counted(came.caps, CAPABILITY)} came`;
  const cause = came.hasBuffer ? "" : ": the kernel knows no IPC buffer of the thread, so more could not come";
  return new SyscallError(
    seL4_TruncatedMessage,
    [],
    `the method takes ${takes.filter(Boolean).join(" and ")}; ${got}${cause}`,
  );
}

const WORD = ["message word", "message words"] as const;
const CAPABILITY = ["extra capability", "extra capabilities"] as const;

function counted(count: number, [one, many]: readonly [string, string]): string {
  return `${count === 0 ? "no" : count} ${count === 1 ? one : many}`;
}

/** `slot`: what is in the way, where it is a slot. */
export function deleteFirst(why: string, slot: Slot | null = null): SyscallError {
  return new SyscallError(seL4_DeleteFirst, [], why, slot);
}

export function revokeFirst(why: string, slot: Slot | null = null): SyscallError {
  return new SyscallError(seL4_RevokeFirst, [], why, slot);
}

export function invalidArgument(index: number, why: string): SyscallError {
  return new SyscallError(seL4_InvalidArgument, [index, 0], why);
}

/** `index` 0 is the invoked capability, 1.. the extra capabilities; `slot` holds the one that is not valid. */
export function invalidCapability(index: number, why: string, slot: Slot | null = null): SyscallError {
  return new SyscallError(seL4_InvalidCapability, [index, 0], why, slot);
}

/** `what`, which is (hi, lo), must be from `min` to `max`. */
export function rangeError(min: number, max: number, what: string, lo: number, hi: number): SyscallError {
  return rangeErrorPair(min, lowOf(max), highOf(max), what, lo, hi);
}

/** A RangeError whose upper bound may be beyond 2^53. */
export function rangeErrorPair(
  min: number,
  maxLo: number,
  maxHi: number,
  what: string,
  lo: number,
  hi: number,
): SyscallError {
  const words = [lowOf(min), highOf(min), maxLo, maxHi];
  const why = `${what} must be from ${min} to ${quantity(maxLo, maxHi)}, not ${quantity(lo, hi)}`;
  return new SyscallError(seL4_RangeError, words, why);
}

export function failedLookup(
  isSource: boolean,
  failure: LookupFailure,
  why: string,
  about: LookupAddress | Slot | null = null,
): SyscallError {
  return new SyscallError(seL4_FailedLookup, [isSource ? 1 : 0, 0, ...failure.words()], why, about);
}

export function notEnoughMemory(bytesLeft: number, why: string): SyscallError {
  return new SyscallError(seL4_NotEnoughMemory, [lowOf(bytesLeft), highOf(bytesLeft)], why);
}
