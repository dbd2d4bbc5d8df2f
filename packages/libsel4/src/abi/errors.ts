/**
 * The eleven error codes an invocation can end with: the label of the kernel's reply to a Call.
 *
 * Which message words come with which code (seL4 manual, "Errors"): InvalidArgument and InvalidCapability one
 * (the number of the argument or capability), RangeError two (least and greatest allowed value), FailedLookup two
 * to five (`ErrorWord`, then a lookup failure), NotEnoughMemory one (bytes left). The others carry none.
 */
export const seL4_NoError = 0;
export const seL4_InvalidArgument = 1;
export const seL4_InvalidCapability = 2;
export const seL4_IllegalOperation = 3;
export const seL4_RangeError = 4;
export const seL4_AlignmentError = 5;
export const seL4_FailedLookup = 6;
export const seL4_TruncatedMessage = 7;
export const seL4_DeleteFirst = 8;
export const seL4_RevokeFirst = 9;
export const seL4_NotEnoughMemory = 10;

/** How many codes there are; a label from here on is no kernel error. */
export const seL4_NumErrors = 11;

/** What the reply's message words mean, by code. */
export const ErrorWord = {
  /** InvalidArgument: number of the argument, counted from 0. */
  InvalidArgumentNumber: 0,
  /** InvalidCapability: 0 = the invoked capability, 1.. = position among the extra capabilities. */
  InvalidCapabilityNumber: 0,
  /** RangeError: least and greatest allowed value, both inclusive. */
  RangeErrorMin: 0,
  RangeErrorMax: 1,
  /** FailedLookup: 1 = the lookup of the source failed, 0 = any other lookup. */
  FailedLookupWasSource: 0,
  /** FailedLookup: word of the lookup failure's type (`LookupFailureWord` counts from here). */
  FailedLookupType: 1,
  /** NotEnoughMemory: bytes left in the untyped. */
  NotEnoughMemoryBytes: 0,
} as const;
