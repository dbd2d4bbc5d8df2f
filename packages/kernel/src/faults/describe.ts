/** A fault in a sentence, for the debug console: what nobody handles must at least be seen. */
import { Register } from "@tessera/hal-sim/isa";
import {
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
} from "@tessera/libsel4/abi";
import type { KernelState } from "../model/state.js";
import { wordOf } from "../model/word.js";
import type { Fault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import { registerWord } from "../threads/user-registers.js";

const ACCESS: Readonly<Record<number, string>> = { 1: "executing", 5: "reading", 7: "writing" };

export function describeFault(k: KernelState, tcb: Tcb, fault: Fault): string {
  const pc = hex(registerWord(k, tcb, Register.FaultIP));
  return `thread "${tcb.name}" stopped at pc ${pc}: ${reason(tcb, fault)}; it has no fault handler`;
}

function reason(tcb: Tcb, fault: Fault): string {
  const word = hex(wordOf(fault.wordLo, fault.wordHi));
  switch (fault.tag) {
    case seL4_Fault_CapFault:
      return `no usable capability at address ${word} (${fault.code === 1 ? "to receive from" : "to invoke"})`;
    case seL4_Fault_UnknownSyscall:
      return `system call number ${wordOf(fault.code, fault.codeHi) | 0} does not exist`;
    case seL4_Fault_UserException:
      return exceptionReason(tcb, fault);
    case seL4_Fault_Timeout:
      return "its budget is used up";
    default:
      return `fault ${ACCESS[fault.code] ?? "accessing"} address ${word}`;
  }
}

/** A program that threw stopped at `unimp`; what it threw says more than the instruction. */
function exceptionReason(tcb: Tcb, fault: Fault): string {
  const thrown = tcb.context.lastThrow;
  if (thrown === null) return `exception ${fault.code}`;
  return `the program threw ${thrown.stack ?? `${thrown.name}: ${thrown.message}`}`;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
