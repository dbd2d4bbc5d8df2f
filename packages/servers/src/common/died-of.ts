/** What a program died of, in a few words. */
import { ProgramOffset } from "@tessera/hal-sim/isa";
import { seL4_getFault, type seL4_MessageInfo_t } from "@tessera/libsel4";
import { PROGRAM_ADDRESS } from "./layout.js";

/** A fault message as words; null when it is none. Plain; before the next system call. */
export function diedOf(info: seL4_MessageInfo_t): string | null {
  const fault = seL4_getFault(info);
  switch (fault.type) {
    case "VMFault":
      return `VMFault at ${hex(fault.Addr)}`;
    case "CapFault":
      return `CapFault at slot ${hex(fault.Addr)}`;
    case "UnknownSyscall":
      return `UnknownSyscall ${fault.Syscall}`;
    case "UserException":
      // The instruction that stands for an exception of the program's own.
      if (fault.FaultIP === PROGRAM_ADDRESS + ProgramOffset.Unimp) return "it threw an error";
      return `UserException ${fault.Number}`;
    default:
      return null;
  }
}

function hex(word: number): string {
  return `0x${word.toString(16)}`;
}
