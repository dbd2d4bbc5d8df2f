/**
 * Making explanations. Called while the failing thread's call is still on the host's stack and the state is as it was when
 * the check failed; what is expensive (host stacks, walks, looking through the trace) happens here and nowhere else.
 */

import { Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  errorCodeName,
  faultName,
  messageInfoLabel,
  methodName,
  seL4_FailedLookup,
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  syscallName,
} from "@tessera/libsel4/abi";
import { Slot } from "../caps/slot.js";
import type { Explainer, Explanation } from "../model/explanation.js";
import type { LookupFailure, SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Fault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";
import { accessPath } from "./access-path.js";
import { SlotHistory } from "./history.js";
import { hexPair, ObjectNames } from "./object-names.js";
import { type ResolvedPath, resolveFrom, resolvePath } from "./resolve-path.js";

/** Explanations that are kept. */
const KEPT = 256;

/** Keeps the last explanations; an unhandled fault is also reported to people at once. */
export class Explanations implements Explainer {
  readonly list: Explanation[] = [];
  private readonly k: KernelState;
  private readonly names: ObjectNames;

  constructor(k: KernelState) {
    this.k = k;
    this.names = new ObjectNames(k);
  }

  refused(tcb: Tcb, lo: number, hi: number, error: SyscallError): void {
    const { k, names } = this;
    const invoked = resolveFrom(names, tcb, lo, hi);
    const about = aboutPath(names, error);
    this.add(tcb, {
      call: `${callOf(k, tcb)} on ${hexPair(lo, hi)}${methodOf(k, tcb, invoked)}`,
      outcome: outcomeOf(error),
      path: [...invoked.steps, ...about.steps],
      why: error.why,
      slot: about.steps.length === 0 ? invoked.slot : about.slot,
    });
  }

  unresolved(tcb: Tcb, lo: number, hi: number, _failure: LookupFailure): void {
    const { k } = this;
    this.add(tcb, {
      call: `${callOf(k, tcb)} on ${hexPair(lo, hi)}`,
      outcome: "nothing happens, as with every non-blocking send",
      path: resolveFrom(this.names, tcb, lo, hi).steps,
      why: "the address does not resolve",
      slot: null,
    });
  }

  faulted(tcb: Tcb, fault: Fault, isHandled: boolean): void {
    const { k } = this;
    const explanation = this.add(tcb, {
      ...faultParts(k, this.names, tcb, fault),
      outcome: `${faultName(fault.tag)}, ${isHandled ? "sent to its fault handler" : "and the thread is stopped: it has no fault handler"}`,
    });
    if (!isHandled) k.machine.report(renderExplanation(explanation));
  }

  private add(tcb: Tcb, parts: Parts): Explanation {
    const { k } = this;
    const { slot, ...told } = parts;
    const history = slot === null ? null : new SlotHistory(k.trace, this.names, slot);
    const site = k.cpu.callSite(tcb.context);
    const explanation: Explanation = {
      tick: k.clock.ticks,
      thread: tcb.name,
      threadId: tcb.id,
      get place() {
        return site().place;
      },
      ...told,
      get history() {
        return history === null ? "" : history.tell();
      },
    };
    this.list.push(explanation);
    if (this.list.length > KEPT) this.list.shift();
    return explanation;
  }
}

/** What is known of a failure, and the slot whose history tells more. */
type Parts = Pick<Explanation, "call" | "outcome" | "path" | "why"> & { readonly slot: Slot | null };

function callOf(k: KernelState, tcb: Tcb): string {
  return `seL4_${syscallName(registerLow(k, tcb, Register.a7))}`;
}

/** What the check was about: an address, walked again, or a slot. */
function aboutPath(names: ObjectNames, error: SyscallError): ResolvedPath {
  const { about } = error;
  if (about === null) return { steps: [], slot: null };
  if (about instanceof Slot) return { steps: [describeSlot(names, about)], slot: about };
  const { steps, slot } = resolvePath(names, about.root, about.lo, about.hi, about.depth);
  return { steps: [`the address ${hexPair(about.lo, about.hi)} with depth ${about.depth}:`, ...steps], slot };
}

function describeSlot(names: ObjectNames, slot: Slot): string {
  const { home, index } = slot;
  const place = home === null ? "the interrupt table" : names.object(CapTag.cnode, home.id);
  return `slot ${index} of ${place} ${slot.isEmpty ? "is empty" : `holds ${names.cap(slot.cap)}`}`;
}

/** The method that the label names, when what was invoked is an object that has methods. */
function methodOf(k: KernelState, tcb: Tcb, invoked: ResolvedPath): string {
  const type = invoked.slot?.cap.type ?? CapTag.null;
  if (WITHOUT_METHODS.has(type)) return "";
  return ` (${methodName(messageInfoLabel(registerLow(k, tcb, Register.a1), registerHigh(k, tcb, Register.a1)))})`;
}

/** These take every label: it is the message's own. */
const WITHOUT_METHODS: ReadonlySet<number> = new Set([
  CapTag.null,
  CapTag.endpoint,
  CapTag.notification,
  CapTag.reply,
  CapTag.zombie,
]);

function outcomeOf(error: SyscallError): string {
  const name = errorCodeName(error.code);
  const word = error.words[0];
  switch (error.code) {
    case seL4_InvalidArgument:
      return `${name}: argument ${word}`;
    case seL4_InvalidCapability:
      return `${name}: ${word === 0 ? "the invoked capability" : `extra capability ${word}`}`;
    case seL4_FailedLookup:
      return `${name}: ${word === 0 ? "the destination" : "the source"}`;
    default:
      return name;
  }
}

type FaultParts = Omit<Parts, "outcome">;

function faultParts(k: KernelState, names: ObjectNames, tcb: Tcb, fault: Fault): FaultParts {
  const word = hexPair(fault.wordLo, fault.wordHi);
  const nothing = { path: [], slot: null };
  switch (fault.tag) {
    case seL4_Fault_CapFault: {
      const path = resolveFrom(names, tcb, fault.wordLo, fault.wordHi);
      const phase = fault.code === 1 ? "receiving" : "sending";
      const why = path.slot === null ? "the address does not resolve" : "the capability does not serve this purpose";
      return { call: `${callOf(k, tcb)}, ${phase}, on ${word}`, path: path.steps, why, slot: path.slot };
    }
    case seL4_Fault_UnknownSyscall:
      return {
        call: `ecall with a7 = ${hexPair(fault.code, fault.codeHi)}`,
        why: "there is no such system call",
        ...nothing,
      };
    case seL4_Fault_UserException:
      return { call: `exception ${fault.code}`, why: thrownBy(tcb, fault), ...nothing };
    case seL4_Fault_Timeout:
      return { call: "its turn", why: "its budget is used up", ...nothing };
    default: {
      const access = { 1: "executing", 5: "reading", 7: "writing" }[fault.code] ?? "accessing";
      const { steps, why } = accessPath(k, tcb, fault);
      return { call: `${access} ${word} at pc ${pcOf(k, tcb)}`, path: steps, why, slot: null };
    }
  }
}

/** A program that threw stopped at `unimp`; what it threw says more than the instruction. */
function thrownBy(tcb: Tcb, fault: Fault): string {
  const thrown = tcb.context.lastThrow;
  if (thrown === null) return `the instruction is not allowed (cause ${fault.code})`;
  return `program "${tcb.context.programName}" threw ${thrown.stack ?? `${thrown.name}: ${thrown.message}`}`;
}

function pcOf(k: KernelState, tcb: Tcb): string {
  return hexPair(registerLow(k, tcb, Register.FaultIP), registerHigh(k, tcb, Register.FaultIP));
}

/** An explanation as people read it: who, where, what; the path, a step a line; why; what had happened before. */
export function renderExplanation(e: Explanation): string {
  const where = e.place === "" ? "" : ` (${e.place})`;
  return [
    `thread \`${e.thread}\`${where}, tick ${e.tick}: ${e.call}: ${e.outcome}`,
    ...e.path.map((step) => `  ${step}`),
    ...(e.why === "" ? [] : [`  ${e.why}`]),
    ...(e.history === "" ? [] : [`  ${e.history}`]),
  ].join("\n");
}
