/**
 * Why a capability address could not be resolved (seL4 manual, "Lookup Failure Description").
 *
 * The same one to four words stand in a FailedLookup reply (from word 1) and in a CapFault message (from word 3).
 * `bitsLeft` counts the address bits that were still unresolved when the failing level was entered.
 */
export const seL4_NoFailure = 0;
export const seL4_InvalidRoot = 1;
export const seL4_MissingCapability = 2;
export const seL4_DepthMismatch = 3;
export const seL4_GuardMismatch = 4;

/** Position of each word behind the first; what is not listed under a type is not sent. */
export const LookupFailureWord = {
  Type: 0,
  /** MissingCapability, DepthMismatch, GuardMismatch. */
  BitsLeft: 1,
  /** DepthMismatch: the bits that this level would have used. */
  DepthMismatchBitsFound: 2,
  /** GuardMismatch: the guard stored in the CNode capability ... */
  GuardMismatchGuardFound: 2,
  /** ... and its size in bits. */
  GuardMismatchBitsFound: 3,
} as const;

/**
 * Words that a lookup failure of `type` takes, its type included.
 * @param type one of seL4_InvalidRoot .. seL4_GuardMismatch
 */
export function lookupFailureLength(type: number): number {
  return type;
}
