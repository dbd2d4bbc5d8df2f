/**
 * Error codes of invocations in words, and as exceptions for programs that want them.
 *
 * An invocation returns a number and nothing is thrown. What came with the code stays in the message registers until
 * the next system call; `describeError` and `throwOnError` read it there. There is one class for each code, with the
 * detail as fields. seL4 manual, "Errors".
 */
import {
  ErrorWord,
  seL4_AlignmentError,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_RangeError,
  seL4_RevokeFirst,
  seL4_TruncatedMessage,
} from "./abi/index.js";
import { describeLookupFailure, type LookupFailure, readLookupFailure } from "./lookup-failure.js";
import { seL4_GetMR, seL4_GetMR64 } from "./message.js";
import type { seL4_Error } from "./types.js";

const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ["seL4_NoError", "no error"],
  ["seL4_InvalidArgument", "an argument is not valid"],
  ["seL4_InvalidCapability", "a capability is missing, or not of the kind or with the rights that are needed"],
  ["seL4_IllegalOperation", "the operation is not allowed on this object in its present state"],
  ["seL4_RangeError", "an argument is out of range"],
  ["seL4_AlignmentError", "an address is not aligned"],
  ["seL4_FailedLookup", "a capability address could not be resolved"],
  ["seL4_TruncatedMessage", "the message has too few words or capabilities, or there is no IPC buffer for them"],
  ["seL4_DeleteFirst", "the destination is in use: delete what is there first"],
  ["seL4_RevokeFirst", "something derives from this capability: revoke it first"],
  ["seL4_NotEnoughMemory", "the untyped memory has not enough room left"],
];

/**
 * The C name of an error code.
 * @param error the code; another number gives a name that says so
 */
export function errorName(error: seL4_Error): string {
  return TEXTS[error]?.[0] ?? `unknown error ${error}`;
}

/** What an error code means, in words, with its name; the course's libraries have it under this name. */
export function sel4_strerror(error: seL4_Error): string {
  const entry = TEXTS[error];
  return entry ? `${entry[0]}: ${entry[1]}` : `unknown error ${error}`;
}

/** An invocation failed. `code` says how; each code has a class of its own below. */
export class Sel4Error extends Error {
  readonly code: seL4_Error;

  /** @param detail what is known beside the code; "" = nothing @param call what failed, for the message; may be "" */
  constructor(code: seL4_Error, detail: string, call: string) {
    super(`${call === "" ? "" : `${call}: `}${sel4_strerror(code)}${detail === "" ? "" : ` (${detail})`}`);
    this.name = new.target.name;
    this.code = code;
  }
}

/** seL4_InvalidArgument. */
export class Sel4InvalidArgument extends Sel4Error {
  /** Number of the argument, counted from 0 over the argument words of the message. */
  readonly argument: number;

  constructor(argument: number, call = "") {
    super(seL4_InvalidArgument, `argument word ${argument}`, call);
    this.argument = argument;
  }
}

/** seL4_InvalidCapability. */
export class Sel4InvalidCapability extends Sel4Error {
  /** 0 = the invoked capability, 1 to 3 = position among those passed. */
  readonly capability: number;

  constructor(capability: number, call = "") {
    super(seL4_InvalidCapability, capability === 0 ? "the invoked one" : `number ${capability} of those passed`, call);
    this.capability = capability;
  }
}

/** seL4_IllegalOperation. */
export class Sel4IllegalOperation extends Sel4Error {
  constructor(call = "") {
    super(seL4_IllegalOperation, "", call);
  }
}

/** seL4_RangeError. */
export class Sel4RangeError extends Sel4Error {
  /** Least allowed value. */
  readonly min: bigint;
  /** Greatest allowed value. */
  readonly max: bigint;

  constructor(min: bigint, max: bigint, call = "") {
    super(seL4_RangeError, `allowed is ${min} to ${max}`, call);
    this.min = min;
    this.max = max;
  }
}

/** seL4_AlignmentError. */
export class Sel4AlignmentError extends Sel4Error {
  constructor(call = "") {
    super(seL4_AlignmentError, "", call);
  }
}

/** seL4_FailedLookup. */
export class Sel4FailedLookup extends Sel4Error {
  /** It was the source (or pivot) that was not found. */
  readonly wasSource: boolean;
  readonly failure: LookupFailure;

  constructor(wasSource: boolean, failure: LookupFailure, call = "") {
    super(seL4_FailedLookup, `${wasSource ? "the source: " : ""}${describeLookupFailure(failure)}`, call);
    this.wasSource = wasSource;
    this.failure = failure;
  }
}

/** seL4_TruncatedMessage. */
export class Sel4TruncatedMessage extends Sel4Error {
  constructor(call = "") {
    super(seL4_TruncatedMessage, "", call);
  }
}

/** seL4_DeleteFirst. */
export class Sel4DeleteFirst extends Sel4Error {
  constructor(call = "") {
    super(seL4_DeleteFirst, "", call);
  }
}

/** seL4_RevokeFirst. */
export class Sel4RevokeFirst extends Sel4Error {
  constructor(call = "") {
    super(seL4_RevokeFirst, "", call);
  }
}

/** seL4_NotEnoughMemory. */
export class Sel4NotEnoughMemory extends Sel4Error {
  /** Bytes that the untyped has left. */
  readonly bytesLeft: number;

  constructor(bytesLeft: number, call = "") {
    super(seL4_NotEnoughMemory, `${bytesLeft} bytes left`, call);
    this.bytesLeft = bytesLeft;
  }
}

/**
 * The exception that says what the last invocation ended with. Plain; call it before the next system call.
 * @param error what the invocation returned; not seL4_NoError
 * @param call what failed, for the message
 */
export function errorOf(error: seL4_Error, call = ""): Sel4Error {
  switch (error) {
    case seL4_InvalidArgument:
      return new Sel4InvalidArgument(seL4_GetMR(ErrorWord.InvalidArgumentNumber), call);
    case seL4_InvalidCapability:
      return new Sel4InvalidCapability(seL4_GetMR(ErrorWord.InvalidCapabilityNumber), call);
    case seL4_IllegalOperation:
      return new Sel4IllegalOperation(call);
    case seL4_RangeError:
      return new Sel4RangeError(seL4_GetMR64(ErrorWord.RangeErrorMin), seL4_GetMR64(ErrorWord.RangeErrorMax), call);
    case seL4_AlignmentError:
      return new Sel4AlignmentError(call);
    case seL4_FailedLookup: {
      const wasSource = seL4_GetMR(ErrorWord.FailedLookupWasSource) !== 0;
      return new Sel4FailedLookup(wasSource, readLookupFailure(ErrorWord.FailedLookupType), call);
    }
    case seL4_TruncatedMessage:
      return new Sel4TruncatedMessage(call);
    case seL4_DeleteFirst:
      return new Sel4DeleteFirst(call);
    case seL4_RevokeFirst:
      return new Sel4RevokeFirst(call);
    case seL4_NotEnoughMemory:
      return new Sel4NotEnoughMemory(seL4_GetMR(ErrorWord.NotEnoughMemoryBytes), call);
    default:
      return new Sel4Error(error, "", call);
  }
}

/**
 * What the last invocation ended with, in words. Plain; call it before the next system call.
 * @param error what the invocation returned
 */
export function describeError(error: seL4_Error): string {
  return error === seL4_NoError ? sel4_strerror(error) : errorOf(error).message;
}

/**
 * Go on if an invocation succeeded, else throw what it ended with. Plain; call it before the next system call:
 * `throwOnError(yield* seL4_TCB_Resume(tcb), "starting the server")`.
 * @param call what failed, for the message
 * @throws a subclass of Sel4Error for each code
 */
export function throwOnError(error: seL4_Error, call = ""): void {
  if (error !== seL4_NoError) throw errorOf(error, call);
}
