/** The numbers of the trace as the names of the API. */
import { Cause } from "@tessera/hal-sim/isa";

const KIB = 1024;

const EXCEPTIONS: Readonly<Record<number, string>> = {
  [Cause.InstructionMisaligned]: "misaligned instruction",
  [Cause.IllegalInstruction]: "illegal instruction",
  [Cause.Breakpoint]: "breakpoint",
  [Cause.LoadMisaligned]: "misaligned load",
  [Cause.StoreMisaligned]: "misaligned store",
};

/** What a thread tried to do with memory when it trapped for this cause. */
const ACCESSES: Readonly<Record<number, string>> = {
  [Cause.InstructionAccess]: "executing",
  [Cause.InstructionPageFault]: "executing",
  [Cause.LoadAccess]: "reading",
  [Cause.LoadPageFault]: "reading",
  [Cause.StoreAccess]: "writing",
  [Cause.StorePageFault]: "writing",
};

export function accessName(cause: number): string | null {
  return ACCESSES[cause] ?? null;
}

export function exceptionName(cause: number): string {
  return EXCEPTIONS[cause] ?? `exception ${cause}`;
}

/** A 64-bit word from its halves, in hexadecimal. */
export function hexWord(lo: number, hi: number): string {
  const low = (lo >>> 0).toString(16);
  return hi === 0 ? `0x${low}` : `0x${(hi >>> 0).toString(16)}${low.padStart(8, "0")}`;
}

export function size(bytes: number): string {
  return bytes < KIB ? `${bytes} bytes` : `${bytes / KIB} KiB`;
}
