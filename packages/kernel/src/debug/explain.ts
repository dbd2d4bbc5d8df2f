/**
 * Making explanations. Called while the failing thread's call is still on the host's stack and the state is as it was when
 * the check failed; what is expensive (host stacks, walks, looking through the trace) happens here and nowhere else.
 */

import { Cause, Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  errorCodeName,
  faultName,
  messageInfoLabel,
  methodName,
  seL4_DeleteFirst,
  seL4_FailedLookup,
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_RevokeFirst,
  syscallName,
} from "@tessera/libsel4/abi";
import { Slot } from "../caps/slot.js";
import type { Explainer, Explanation } from "../model/explanation.js";
import type { SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Fault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";
import { accessPath } from "./access-path.js";
import { SlotHistory } from "./history.js";
import { hexPair, ObjectNames } from "./object-names.js";
import { type ResolvedPath, resolveFrom, resolvePath, type Step } from "./resolve-path.js";

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
      slot: blamesCapability(error.code) ? (about.steps.length === 0 ? invoked.slot : about.slot) : null,
    });
  }

  unresolved(tcb: Tcb, lo: number, hi: number, why: string): void {
    const { k } = this;
    this.add(tcb, {
      call: `${callOf(k, tcb)} on ${hexPair(lo, hi)}`,
      outcome: "nothing happens, as with every non-blocking send",
      path: resolveFrom(this.names, tcb, lo, hi).steps,
      why,
      slot: null,
    });
  }

  unanswerable(tcb: Tcb): void {
    const { k } = this;
    const [lo, hi] = [registerLow(k, tcb, Register.a0), registerHigh(k, tcb, Register.a0)];
    const { steps } = resolveFrom(this.names, tcb, lo, hi);
    this.add(tcb, {
      call: `${callOf(k, tcb)} on ${hexPair(lo, hi)}`,
      outcome: "nothing happens",
      path: steps,
      why: "the reply object stands for nobody: its caller has been answered, or there was none yet",
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
    const { slot, path, ...told } = parts;
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
      get path() {
        return path.map((step) => step());
      },
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
type Parts = Pick<Explanation, "call" | "outcome" | "why"> & {
  readonly path: readonly Step[];
  readonly slot: Slot | null;
};

function callOf(k: KernelState, tcb: Tcb): string {
  return `seL4_${syscallName(registerLow(k, tcb, Register.a7))}`;
}

/** What the check was about: an address, walked again, or a slot. */
function aboutPath(names: ObjectNames, error: SyscallError): ResolvedPath {
  const { about } = error;
  if (about === null) return { steps: [], slot: null };
  if (about instanceof Slot) return { steps: [describeSlot(names, about)], slot: about };
  const { steps, slot } = resolvePath(names, about.root, about.lo, about.hi, about.depth);
  const head = (): string =>
    `the address ${hexPair(about.lo, about.hi)} with depth ${about.depth > 2 ** 53 ? "beyond 2^53" : about.depth}:`;
  return { steps: [head, ...steps], slot };
}

function describeSlot(names: ObjectNames, slot: Slot): Step {
  const { home, index, cap, isEmpty } = slot;
  return () => {
    const place = home === null ? "the interrupt table" : names.object(CapTag.cnode, home.id);
    return `slot ${index} of ${place} ${isEmpty ? "is empty" : `holds ${names.cap(cap)}`}`;
  };
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
      if (about === null || about instanceof Slot) return name;
      return `${name}: the ${word === 0 ? "destination" : "source"}`;
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
      return { call: `${callOf(k, tcb)}, ${phase}, on ${word}`, path: path.steps, why: fault.why, slot: path.slot };
    }
    case seL4_Fault_UnknownSyscall:
      return {
        call: `ecall with a7 = ${hexPair(fault.code, fault.codeHi)}`,
        why: "there is no such system call",
        ...nothing,
      };
    case seL4_Fault_UserException:
      return { call: `exception ${fault.code} at pc ${pcOf(k, tcb)}`, why: thrownBy(tcb, fault), ...nothing };
    case seL4_Fault_Timeout:
      return { call: "its turn", why: "its budget is used up", ...nothing };
    default: {
      const access = { 1: "executing", 5: "reading", 7: "writing" }[fault.code] ?? "accessing";
      const { steps, why } = hasReturned(k, tcb, fault) ? { steps: [], why: endOf(tcb) } : accessPath(k, tcb, fault);
      return {
        call: `${access} ${word} at pc ${pcOf(k, tcb)}`,
        path: steps.map((step) => () => step),
        why,
        slot: null,
      };
    }
  }
}

/** A program that returns jumps to ra, which is 0 unless somebody has set it. */
function hasReturned(k: KernelState, tcb: Tcb, fault: Fault): boolean {
  const isAtRa =
    fault.wordLo === registerLow(k, tcb, Register.ra) && fault.wordHi === registerHigh(k, tcb, Register.ra);
  return fault.code === 1 && isAtRa && tcb.context.generator === null && tcb.context.programName !== "";
}

function endOf(tcb: Tcb): string {
  return `program "${tcb.context.programName}" has ended: it returned to ra, where no program is; let it suspend its thread`;
}

/** What an exception means, by its number. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  [Cause.InstructionMisaligned]: "the pc is not a multiple of the instructions' size",
  [Cause.IllegalInstruction]: "there is no such instruction, or no program at this pc",
  [Cause.Breakpoint]: "a breakpoint instruction",
  [Cause.LoadMisaligned]: "the address of the load is not a multiple of its size",
  [Cause.StoreMisaligned]: "the address of the store is not a multiple of its size",
};

/** A program that threw stopped at `unimp`; what it threw says more than the instruction. */
function thrownBy(tcb: Tcb, fault: Fault): string {
  const thrown = tcb.context.lastThrow;
  if (thrown === null) return EXCEPTIONS[fault.code] ?? `the instruction is not allowed (cause ${fault.code})`;
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
