/**
 * Which message words a recording may leave open, by writing null: addresses of the program's own instructions, its
 * stack and return address, and amounts of time (FORMAT.md, "Output"). Everywhere else a recorded null matches nothing.
 */
import {
  RISCVPageGetAddress,
  SchedContextConsumed,
  SchedContextYieldTo,
  seL4_Fault_CapFault,
  seL4_Fault_Timeout,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
  seL4_VMFault_PrefetchFault,
  TCBReadRegisters,
} from "@tessera/libsel4/abi";
import type { Op, Result } from "../recording/scenario.js";
import { receives } from "../replay/step.js";

const ANSWERS_WITH_OPEN_WORDS: ReadonlySet<number> = new Set<number>([
  TCBReadRegisters,
  RISCVPageGetAddress,
  SchedContextConsumed,
  SchedContextYieldTo,
]);

/** Fault label -> the words that are open. */
const OPEN_FAULT_WORDS: ReadonlyMap<unknown, readonly number[]> = new Map([
  [seL4_Fault_CapFault, [0]],
  [seL4_Fault_UnknownSyscall, [0, 1, 2]],
  [seL4_Fault_UserException, [0, 1]],
  [seL4_Fault_Timeout, [1]],
  [seL4_Fault_VMFault, [0]],
]);
/** Of a fault at fetching an instruction the fault address is the instruction's. */
const OPEN_PREFETCH_FAULT_WORDS = [0, 1];

/** `observed` with null where `recorded` has null and may have it. */
export function mask(op: Op, observed: Result, recorded: Result | undefined): Result {
  const words = observed["m"];
  const recordedWords = recorded?.["m"];
  if (!Array.isArray(words) || !Array.isArray(recordedWords) || !recordedWords.includes(null)) return observed;
  const isOpen = openWords(op, observed, words);
  return { ...observed, m: words.map((word, n) => (recordedWords[n] === null && isOpen(n) ? null : word)) };
}

function openWords(op: Op, observed: Result, words: readonly unknown[]): (n: number) => boolean {
  const label = observed["lab"];
  if (op.kind === "Call") {
    const open = label === undefined && ANSWERS_WITH_OPEN_WORDS.has(Number(op.lab));
    return () => open;
  }
  if (!receives(op.kind)) return () => false;
  const isPrefetch = label === seL4_Fault_VMFault && words[seL4_VMFault_PrefetchFault] === 1;
  const open = isPrefetch ? OPEN_PREFETCH_FAULT_WORDS : (OPEN_FAULT_WORDS.get(label) ?? []);
  return (n) => open.includes(n);
}
