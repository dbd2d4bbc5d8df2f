/** DomainSet: the domain of a thread, and the schedule of domains. Manual, section "Domains". */
import { CapTag, DomainScheduleConfigure, DomainScheduleSetStart, DomainSetSet } from "@tessera/libsel4/abi";
import {
  invalidArgument,
  noSuchMethod,
  type Progress,
  rangeError,
  type SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { above } from "../model/word.js";
import { hexPair, quantity } from "../model/word-text.js";
import type { Tcb } from "../threads/tcb.js";
import { isSchedulable, requestReschedule } from "../time/request.js";
import type { Arguments } from "./arguments.js";

export type DomainInvocation =
  | { readonly op: "domain-set"; readonly tcb: Tcb; readonly domain: number }
  | { readonly op: "domain-configure"; readonly index: number; readonly domain: number; readonly duration: number }
  | { readonly op: "domain-start"; readonly index: number };

/** Longest duration: 2^56 - 1 ticks. */
const MAX_DURATION_HI = 0x00ffffff;
const MAX_DURATION_LO = -1;

export function decodeDomain(k: KernelState, args: Arguments): DomainInvocation | SyscallError {
  switch (args.label) {
    case DomainSetSet:
      return decodeSet(k, args);
    case DomainScheduleConfigure:
      return decodeConfigure(k, args);
    case DomainScheduleSetStart:
      return decodeSetStart(k, args);
    default:
      return noSuchMethod(args.label);
  }
}

function decodeSet(k: KernelState, args: Arguments): DomainInvocation | SyscallError {
  if (args.length === 0) return truncatedMessage(1, 1, args);
  const domain = args.word(k, 0);
  if (domain >= k.domains.count) {
    const given = quantity(args.low(k, 0), args.high(k, 0));
    return invalidArgument(0, `the domain must be below ${k.domains.count}, which is how many there are, not ${given}`);
  }
  if (!args.hasExtra(1)) return truncatedMessage(1, 1, args);
  const cap = args.cap(0);
  return cap.type === CapTag.thread
    ? { op: "domain-set", tcb: cap.object, domain }
    : invalidArgument(1, "domains are set of TCBs");
}

function decodeConfigure(k: KernelState, args: Arguments): DomainInvocation | SyscallError {
  if (args.length < 3) return truncatedMessage(3, 0, args);
  const index = args.word(k, 0);
  const domain = args.word(k, 1);
  const duration = args.word(k, 2);
  // The last entry stays an end marker.
  if (index >= k.domains.length - 1) {
    return rangeError(0, k.domains.length - 2, "the index of an entry", args.low(k, 0), args.high(k, 0));
  }
  if (domain >= k.domains.count) {
    return rangeError(0, k.domains.count - 1, "the domain", args.low(k, 1), args.high(k, 1));
  }
  if (above(args.low(k, 2), args.high(k, 2), MAX_DURATION_LO, MAX_DURATION_HI)) {
    return invalidArgument(2, `a duration has 56 bits, and ${hexPair(args.low(k, 2), args.high(k, 2))} has more`);
  }
  if (duration === 0 && domain !== 0)
    return invalidArgument(1, `an entry without duration is an end marker and has domain 0, not ${domain}`);
  if (duration === 0 && index === k.domains.start) {
    return invalidArgument(2, `the schedule starts at entry ${index}, which must not become an end marker`);
  }
  return { op: "domain-configure", index, domain, duration };
}

function decodeSetStart(k: KernelState, args: Arguments): DomainInvocation | SyscallError {
  if (args.length < 1) return truncatedMessage(1, 0, args);
  const index = args.word(k, 0);
  if (index >= k.domains.length) {
    return rangeError(0, k.domains.length - 1, "the index of an entry", args.low(k, 0), args.high(k, 0));
  }
  return k.domains.isEndMarker(index)
    ? invalidArgument(0, `entry ${index} is an end marker, at which the schedule cannot start`)
    : { op: "domain-start", index };
}

export function performDomain(k: KernelState, inv: DomainInvocation): Progress {
  switch (inv.op) {
    case "domain-set":
      setDomain(k, inv.tcb, inv.domain);
      break;
    case "domain-configure":
      k.domains.configure(inv.index, inv.domain, inv.duration);
      break;
    case "domain-start":
      k.domains.restartAt(inv.index);
      k.workUnits = 0;
      k.reprogram = true;
      requestReschedule(k);
      break;
  }
  return "done";
}

function setDomain(k: KernelState, tcb: Tcb, domain: number): void {
  k.readyQueues.remove(tcb);
  tcb.domain = domain;
  if (isSchedulable(tcb)) k.readyQueues.prepend(tcb);
  if (tcb === k.current) requestReschedule(k);
}
