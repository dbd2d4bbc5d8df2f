/** Why an invocation was refused, or a non-blocking send came to nothing. */
import { Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  errorCodeName,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_RevokeFirst,
} from "@tessera/libsel4/abi";
import { Slot } from "../caps/slot.js";
import type { SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { hexPair, quantity } from "../model/word-text.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";
import { callName, invokedRegister, methodWords } from "./call-words.js";
import type { ObjectNames } from "./object-names.js";
import type { Parts } from "./parts.js";
import { type ResolvedPath, resolveFrom, resolvePath, type Step } from "./resolve-path.js";

/** An invocation at (hi, lo) was refused. */
export function refusalParts(
  k: KernelState,
  names: ObjectNames,
  tcb: Tcb,
  lo: number,
  hi: number,
  error: SyscallError,
): Parts {
  const invoked = resolveFrom(names, tcb, lo, hi);
  const about = aboutPath(names, error);
  const blamed = error.about === null ? invoked.slot : about.slot;
  return {
    call: `${callName(k, tcb)} on ${hexPair(lo, hi)}${methodWords(k, tcb, invoked.slot?.cap.type ?? CapTag.null)}`,
    outcome: outcomeOf(error),
    path: [...invoked.steps, ...about.steps],
    why: error.why,
    slot: blamesCapability(error.code) ? blamed : null,
  };
}

/** An address of a non-blocking send did not resolve: what it invokes, or that of a capability that it carries. */
export function unresolvedParts(
  k: KernelState,
  names: ObjectNames,
  tcb: Tcb,
  lo: number,
  hi: number,
  why: string,
): Parts {
  return {
    ...addressParts(k, names, tcb, lo, hi, false),
    outcome: "nothing happens, as with every non-blocking send",
    why,
    slot: null,
  };
}

/** A send through a reply object by which nobody waits for an answer. */
export function unanswerableParts(k: KernelState, names: ObjectNames, tcb: Tcb): Parts {
  const [lo, hi] = [registerLow(k, tcb, Register.a0), registerHigh(k, tcb, Register.a0)];
  return {
    ...addressParts(k, names, tcb, lo, hi, false),
    outcome: "nothing happens",
    why: "the reply object stands for nobody: its caller has been answered, or there was none yet",
    slot: null,
  };
}

/** The call, and the path of an address that it failed on: that of the invoked capability, or another one. */
export function addressParts(
  k: KernelState,
  names: ObjectNames,
  tcb: Tcb,
  lo: number,
  hi: number,
  isReceiving: boolean,
  phase = "",
): Pick<Parts, "call" | "path" | "slot"> {
  const register = invokedRegister(k, tcb, isReceiving);
  const invokedLo = registerLow(k, tcb, register);
  const invokedHi = registerHigh(k, tcb, register);
  const { steps, slot } = resolveFrom(names, tcb, lo, hi);
  const isInvoked = lo === invokedLo && hi === invokedHi;
  return {
    call: `${callName(k, tcb)}${phase} on ${hexPair(invokedLo, invokedHi)}`,
    path: isInvoked ? steps : [() => `the address ${hexPair(lo, hi)}:`, ...steps],
    slot,
  };
}

/** What the check was about: an address, walked again, or a slot. */
function aboutPath(names: ObjectNames, error: SyscallError): ResolvedPath {
  const { about } = error;
  if (about === null) return { steps: [], slot: null };
  if (about instanceof Slot) return { steps: [describeSlot(names, about)], slot: about };
  const { lo, hi, depthLo, depthHi } = about;
  const { steps, slot } = resolvePath(names, about.root, lo, hi, depthLo);
  return { steps: [() => `the address ${hexPair(lo, hi)} with depth ${quantity(depthLo, depthHi)}:`, ...steps], slot };
}

function describeSlot(names: ObjectNames, slot: Slot): Step {
  const { home, index, cap, isEmpty } = slot;
  return () => {
    const place = home === null ? "the interrupt table" : names.object(CapTag.cnode, home.id);
    return `slot ${index} of ${place} ${isEmpty ? "is empty" : `holds ${names.cap(cap)}`}`;
  };
}

/** Whether who put a capability where it is has anything to do with the error; with a number out of range it has not. */
function blamesCapability(code: number): boolean {
  switch (code) {
    case seL4_InvalidCapability:
    case seL4_IllegalOperation:
    case seL4_FailedLookup:
    case seL4_DeleteFirst:
    case seL4_RevokeFirst:
      return true;
    default:
      return false;
  }
}

function outcomeOf(error: SyscallError): string {
  const name = errorCodeName(error.code);
  const word = error.words[0];
  const { about } = error;
  switch (error.code) {
    case seL4_InvalidArgument:
      return `${name}: argument ${word}`;
    case seL4_InvalidCapability:
      // Not everywhere does the number in the message name the capability that was meant.
      if (about === null) return `${name}: the invoked capability`;
      return word === 0 ? `${name}: an extra capability` : `${name}: extra capability ${word}`;
    case seL4_FailedLookup:
      return about === null || about instanceof Slot ? name : `${name}: the ${about.what}`;
    default:
      return name;
  }
}
