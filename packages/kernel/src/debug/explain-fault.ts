/** Why a thread faulted. */
import { programStack } from "@tessera/hal-sim";
import { Cause, ProgramOffset, Register } from "@tessera/hal-sim/isa";
import {
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
} from "@tessera/libsel4/abi";
import type { KernelState } from "../model/state.js";
import { hexPair } from "../model/word-text.js";
import type { Fault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow } from "../threads/user-registers.js";
import { accessPath } from "./access-path.js";
import { addressParts } from "./explain-refusal.js";
import type { ObjectNames } from "./object-names.js";
import type { Parts } from "./parts.js";

type FaultParts = Omit<Parts, "outcome">;

const NO_PATH = { path: [], slot: null } as const;

export function faultParts(k: KernelState, names: ObjectNames, tcb: Tcb, fault: Fault): FaultParts {
  switch (fault.tag) {
    case seL4_Fault_CapFault: {
      const isReceiving = fault.code === 1;
      const phase = isReceiving ? ", receiving," : ", sending,";
      return { ...addressParts(k, names, tcb, fault.wordLo, fault.wordHi, isReceiving, phase), why: fault.why };
    }
    case seL4_Fault_UnknownSyscall: {
      const call = `ecall with a7 = ${hexPair(fault.code, fault.codeHi)}`;
      return { call, why: "there is no such system call", ...NO_PATH };
    }
    case seL4_Fault_UserException:
      return { call: `exception ${fault.code} at pc ${pcOf(k, tcb)}`, why: exceptionWords(k, tcb, fault), ...NO_PATH };
    case seL4_Fault_Timeout:
      return { call: "its turn", why: "its budget is used up", ...NO_PATH };
    default:
      return hasReturned(k, tcb, fault) ? endParts(k, tcb) : accessParts(k, tcb, fault);
  }
}

/** A program that returns jumps to ra, which is 0 unless somebody has set it. */
function hasReturned(k: KernelState, tcb: Tcb, fault: Fault): boolean {
  const isAtRa =
    fault.wordLo === registerLow(k, tcb, Register.ra) && fault.wordHi === registerHigh(k, tcb, Register.ra);
  return fault.code === 1 && isAtRa && tcb.context.generator === null && tcb.context.programName !== "";
}

function endParts(k: KernelState, tcb: Tcb): FaultParts {
  const ra = hexPair(registerLow(k, tcb, Register.ra), registerHigh(k, tcb, Register.ra));
  return {
    call: `program "${tcb.context.programName}" ended: main returned`,
    why: `it went on at ra = ${ra}, where nothing is mapped; a program's last call should suspend its thread`,
    ...NO_PATH,
  };
}

function accessParts(k: KernelState, tcb: Tcb, fault: Fault): FaultParts {
  const access = { 1: "executing", 5: "reading", 7: "writing" }[fault.code] ?? "accessing";
  const call = `${access} ${hexPair(fault.wordLo, fault.wordHi)} at pc ${pcOf(k, tcb)}`;
  const { steps, why } = accessPath(k, tcb, fault);
  return { call, path: steps, why: `${why}${bufferWords(tcb, fault)}`, slot: null };
}

/** A message's words in memory are written before the ecall and read behind it, which is no access of the program's. */
function bufferWords({ context }: Tcb, fault: Fault): string {
  const { pending, ipcBufferAddress: address, programName } = context;
  if (fault.code === 1 || (pending !== ProgramOffset.Stage && pending !== ProgramOffset.Unstage)) return "";
  return address === 0
    ? `: program "${programName}" has no IPC buffer, where message words from MR4 on and capabilities go (seL4_SetIPCBuffer)`
    : `: it is the message in the IPC buffer that program "${programName}" has at ${hexPair(address | 0, Math.floor(address / 2 ** 32))}`;
}

/** A program that threw stopped at `unimp`; what it threw says more than the instruction. */
function exceptionWords(k: KernelState, tcb: Tcb, fault: Fault): string {
  const { lastThrow, programName } = tcb.context;
  if (fault.code === Cause.IllegalInstruction && lastThrow !== null && isAtUnimp(k, tcb)) {
    return `program "${programName}" threw ${programStack(lastThrow)}`;
  }
  const address = hexPair(k.cpu.trapValueLo, k.cpu.trapValueHi);
  switch (fault.code) {
    case Cause.InstructionMisaligned:
      return "the pc is not a multiple of the instructions' size";
    case Cause.IllegalInstruction:
      return "there is no such instruction, or no program at this pc";
    case Cause.Breakpoint:
      return "a breakpoint: the program executed ebreak, for a debugger that handles its faults";
    case Cause.LoadMisaligned:
      return `a load of 8 bytes from ${address}, which is not a multiple of 8`;
    case Cause.StoreMisaligned:
      return `a store of 8 bytes to ${address}, which is not a multiple of 8`;
    default:
      return `the instruction is not allowed (cause ${fault.code})`;
  }
}

/** What was thrown last is remembered for longer than it matters. */
function isAtUnimp(k: KernelState, tcb: Tcb): boolean {
  return registerLow(k, tcb, Register.FaultIP) === ((tcb.context.entryLo + ProgramOffset.Unimp) | 0);
}

function pcOf(k: KernelState, tcb: Tcb): string {
  return hexPair(registerLow(k, tcb, Register.FaultIP), registerHigh(k, tcb, Register.FaultIP));
}
