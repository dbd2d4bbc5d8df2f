/** What an access to memory met in the page tables of its thread's VSpace, level by level. */
import { CapTag, seL4_UserTop } from "@tessera/libsel4/abi";
import {
  entryOf,
  INDEX_BITS,
  isLeaf,
  isPointer,
  isValid,
  PAGE_BITS,
  ROOT_ENTRY_BITS,
  targetOf,
} from "../memory/page-table.js";
import { rootOf } from "../memory/vspace.js";
import type { KernelState } from "../model/state.js";
import { wordOf } from "../model/word.js";
import { hexAddress, hexPair } from "../model/word-text.js";
import type { Fault } from "../threads/fault.js";
import { type Tcb, TcbSlot } from "../threads/tcb.js";
import type { Step } from "./resolve-path.js";

const PERMISSIONS = ["read", "write", "execute"] as const;

export interface AccessPath {
  readonly steps: readonly Step[];
  readonly why: string;
}

export function accessPath(k: KernelState, tcb: Tcb, fault: Fault): AccessPath {
  const vaddr = wordOf(fault.wordLo, fault.wordHi);
  if (vaddr >= seL4_UserTop) return { steps: [], why: `${hexPair(fault.wordLo, fault.wordHi)} is no user address` };
  // The core may still run on a VSpace that the TCB names no longer.
  const root = tcb === k.current ? k.cpu.mmu.root : rootOf(k, tcb);
  if (root === 0) return { steps: [], why: whyNoVspace(tcb) };
  const steps: Step[] = [];
  const { name } = tcb;
  if (root !== rootOf(k, tcb)) steps.push(() => "it still runs on its former VSpace, until it is next switched to");
  let table = root;
  for (let bits = ROOT_ENTRY_BITS; ; bits -= INDEX_BITS) {
    const entry = entryOf(k, table, vaddr, bits);
    const index = Math.floor(vaddr / 2 ** bits) % 2 ** INDEX_BITS;
    if (!isValid(k, entry)) {
      const size = bits;
      steps.push(() => `\`${name}.vspace\`: entry ${index} of the table for 2^${size} bytes an entry is empty`);
      return { steps, why: "nothing is mapped at this address" };
    }
    if (isLeaf(k, entry)) {
      const size = bits;
      const word = k.words[entry] as number;
      steps.push(() => `\`${name}.vspace\`: a frame of 2^${size} bytes is mapped: ${permissionsOf(word)}`);
      return { steps, why: whyNotThere(k, entry, fault) };
    }
    if (bits === PAGE_BITS || !isPointer(k, entry)) return { steps, why: "the page tables are not well formed" };
    table = targetOf(k, entry);
  }
}

/** The bit that an access needs, by its fault status. */
const NEEDED: Readonly<Record<number, number>> = { 1: 8, 5: 2, 7: 4 };

function whyNotThere(k: KernelState, entry: number, fault: Fault): string {
  const isAllowed = ((k.words[entry] as number) & (NEEDED[fault.code] ?? 0)) !== 0;
  if (!isAllowed) return "the mapping does not allow this access";
  const paddr = hexAddress(targetOf(k, entry));
  return `the mapping allows it, but no device answers an access of this width in the frame at ${paddr}`;
}

function permissionsOf(word: number): string {
  const allowed = PERMISSIONS.filter((_, i) => (word & (2 << i)) !== 0);
  return allowed.length === 0 ? "no access" : allowed.join(", ");
}

function whyNoVspace(tcb: Tcb): string {
  const { cap } = tcb.slot(TcbSlot.VSpace);
  if (cap.type !== CapTag.pageTable) return "the thread has no VSpace";
  return "the thread's VSpace exists no longer: its root is not registered under its ASID";
}
