/**
 * Why an address could not be resolved, read from the message registers of a FailedLookup reply or a CapFault.
 * seL4 manual, "Errors" (Failed Lookup, Lookup Failure Description).
 */
import {
  LookupFailureWord,
  seL4_DepthMismatch,
  seL4_GuardMismatch,
  seL4_InvalidRoot,
  seL4_MissingCapability,
} from "./abi/index.js";
import { seL4_GetMR, seL4_GetMR64 } from "./message.js";

/** A lookup failure; bits are counted from the most significant one of the address. */
export type LookupFailure =
  /** Where the search began there is no CNode. */
  | { readonly kind: "InvalidRoot" }
  /** The slot is empty, or the level has nothing to go on with. */
  | { readonly kind: "MissingCapability"; readonly bitsLeft: number }
  /** A CNode resolves `bitsFound` bits where `bitsLeft` are left. */
  | { readonly kind: "DepthMismatch"; readonly bitsLeft: number; readonly bitsFound: number }
  /** The CNode's guard, of `bitsFound` bits, differs from the address. */
  | {
      readonly kind: "GuardMismatch";
      readonly bitsLeft: number;
      readonly guardFound: bigint;
      readonly bitsFound: number;
    }
  /** A type that no kernel sends. */
  | { readonly kind: "Unknown"; readonly type: number };

/**
 * Read the lookup failure that begins at message register `first`. Plain; call it before the next system call.
 * @param first 1 in a FailedLookup reply, seL4_CapFault_LookupFailureType in a CapFault
 */
export function readLookupFailure(first: number): LookupFailure {
  const type = seL4_GetMR(first + LookupFailureWord.Type);
  const bitsLeft = seL4_GetMR(first + LookupFailureWord.BitsLeft);
  switch (type) {
    case seL4_InvalidRoot:
      return { kind: "InvalidRoot" };
    case seL4_MissingCapability:
      return { kind: "MissingCapability", bitsLeft };
    case seL4_DepthMismatch: {
      const bitsFound = seL4_GetMR(first + LookupFailureWord.DepthMismatchBitsFound);
      return { kind: "DepthMismatch", bitsLeft, bitsFound };
    }
    case seL4_GuardMismatch: {
      const guardFound = seL4_GetMR64(first + LookupFailureWord.GuardMismatchGuardFound);
      const bitsFound = seL4_GetMR(first + LookupFailureWord.GuardMismatchBitsFound);
      return { kind: "GuardMismatch", bitsLeft, guardFound, bitsFound };
    }
    default:
      return { kind: "Unknown", type };
  }
}

/** A lookup failure in words. */
export function describeLookupFailure(failure: LookupFailure): string {
  switch (failure.kind) {
    case "InvalidRoot":
      return "the search begins at something that is no CNode";
    case "MissingCapability":
      return `nothing is there, with ${failure.bitsLeft} bits left to resolve`;
    case "DepthMismatch":
      return `a CNode resolves ${failure.bitsFound} bits where ${failure.bitsLeft} bits are left`;
    case "GuardMismatch": {
      const guard = `0x${failure.guardFound.toString(16)}`;
      return `a CNode's guard ${guard} of ${failure.bitsFound} bits differs, with ${failure.bitsLeft} bits left`;
    }
    case "Unknown":
      return `lookup failure of unknown type ${failure.type}`;
  }
}
