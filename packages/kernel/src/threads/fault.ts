/**
 * What went wrong with a thread, kept in its TCB until its handler has answered. The message that a handler gets is
 * made from it and from the thread's registers at the time of the transfer (manual, chapter "Exceptions").
 */
import {
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
} from "@tessera/libsel4/abi";
import type { LookupFailure } from "../model/result.js";

export class Fault {
  /** The fault tag: label of the message. */
  readonly tag: number;
  /** CapFault: the address looked up. VMFault: the address accessed. Timeout: the scheduling context's badge. */
  readonly wordLo: number;
  readonly wordHi: number;
  /** UnknownSyscall: the number. UserException: the cause. VMFault: the fault status. CapFault: 1 in a receive. */
  readonly code: number;
  readonly codeHi: number;
  readonly lookupFailure: LookupFailure | null;
  /** CapFault: the check that failed, as a sentence, for explanations. */
  readonly why: string;

  constructor(
    tag: number,
    wordLo: number,
    wordHi: number,
    code: number,
    codeHi: number,
    failure: LookupFailure | null = null,
    why = "",
  ) {
    this.tag = tag;
    this.wordLo = wordLo;
    this.wordHi = wordHi;
    this.code = code;
    this.codeHi = codeHi;
    this.lookupFailure = failure;
    this.why = why;
  }
}

/** `why`: the check that failed, for explanations. */
export function capFault(
  addressLo: number,
  addressHi: number,
  inReceivePhase: boolean,
  failure: LookupFailure,
  why: string,
): Fault {
  return new Fault(seL4_Fault_CapFault, addressLo, addressHi, inReceivePhase ? 1 : 0, 0, failure, why);
}
export function unknownSyscall(numberLo: number, numberHi: number): Fault {
  return new Fault(seL4_Fault_UnknownSyscall, 0, 0, numberLo, numberHi);
}
export function userException(cause: number): Fault {
  return new Fault(seL4_Fault_UserException, 0, 0, cause, 0);
}
/** `status`: 1 instruction fetch, 5 load, 7 store. */
export function vmFault(addressLo: number, addressHi: number, status: number): Fault {
  return new Fault(seL4_Fault_VMFault, addressLo, addressHi, status, 0);
}
export function timeoutFault(badgeLo: number, badgeHi: number): Fault {
  return new Fault(seL4_Fault_Timeout, badgeLo, badgeHi, 0, 0);
}
