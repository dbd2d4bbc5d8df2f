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
import { highOf, lowOf } from "./word.js";

/** How a long operation ended; a preempted one is executed again from its registers and goes on where it was. */
export type Progress = "done" | "preempted";

/** Where and why an address did not resolve (facts: manual, section "Errors and failures"). */
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

/** A check that failed: the error code and the message words that come with it, as pairs low, high. */
export class SyscallError {
  readonly code: number;
  readonly words: readonly number[];

  constructor(code: number, words: readonly number[]) {
    this.code = code;
    this.words = words;
  }
}

export const illegalOperation = new SyscallError(seL4_IllegalOperation, []);
export const alignmentError = new SyscallError(seL4_AlignmentError, []);
export const truncatedMessage = new SyscallError(seL4_TruncatedMessage, []);
export const deleteFirst = new SyscallError(seL4_DeleteFirst, []);
export const revokeFirst = new SyscallError(seL4_RevokeFirst, []);

export function invalidArgument(index: number): SyscallError {
  return new SyscallError(seL4_InvalidArgument, [index, 0]);
}

/** `index` 0 is the invoked capability, 1.. the extra capabilities. */
export function invalidCapability(index: number): SyscallError {
  return new SyscallError(seL4_InvalidCapability, [index, 0]);
}

export function rangeError(min: number, max: number): SyscallError {
  return new SyscallError(seL4_RangeError, [lowOf(min), highOf(min), lowOf(max), highOf(max)]);
}

/** A RangeError whose upper bound is beyond 2^53. */
export function rangeErrorPair(min: number, maxLo: number, maxHi: number): SyscallError {
  return new SyscallError(seL4_RangeError, [lowOf(min), highOf(min), maxLo, maxHi]);
}

export function failedLookup(isSource: boolean, failure: LookupFailure): SyscallError {
  return new SyscallError(seL4_FailedLookup, [isSource ? 1 : 0, 0, ...failure.words()]);
}

export function notEnoughMemory(bytesLeft: number): SyscallError {
  return new SyscallError(seL4_NotEnoughMemory, [lowOf(bytesLeft), highOf(bytesLeft)]);
}
