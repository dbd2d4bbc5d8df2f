/**
 * ASIDs: what makes a page table the root of a VSpace. seL4 manual, "Address Spaces and Virtual Memory".
 *
 * There are 128 pools of 512 ASIDs; ASID 0 is never given.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import { RISCVASIDControlMakePool, RISCVASIDPoolAssign } from "../abi/index.js";
import { uint8 } from "../arguments.js";
import type {
  seL4_CNode,
  seL4_Error,
  seL4_RISCV_ASIDControl,
  seL4_RISCV_ASIDPool,
  seL4_RISCV_PageTable,
  seL4_Untyped,
  WordLike,
} from "../types.js";
import { invoke, setArgument, setCapability } from "./call.js";

/**
 * Make another pool of ASIDs out of an untyped of 4 KiB, which is used up by it.
 * Cannot block; the memory comes from the untyped.
 * Errors: DeleteFirst: all pools exist; InvalidCapability 1: `untyped` is none, has another size, or is a device's;
 * RevokeFirst: it has given objects; FailedLookup, or RangeError 1..64 for `depth`: the slot is not found; DeleteFirst:
 * the slot is not empty.
 * @param untyped an untyped of 2^12 bytes
 * @param root CNode at which the search for the slot begins
 * @param index address of the slot below `root` @param depth bits of `index`, 1 to 64
 */
export function seL4_RISCV_ASIDControl_MakePool(
  _service: seL4_RISCV_ASIDControl,
  untyped: seL4_Untyped,
  root: seL4_CNode,
  index: WordLike,
  depth: number,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "untyped", untyped);
  setCapability(cpu, 1, "root", root);
  setArgument(cpu, 0, "index", index);
  setArgument(cpu, 1, "depth", uint8("depth", depth));
  return invoke(cpu, _service, RISCVASIDControlMakePool, 2, 2);
}

/**
 * Give a page table the lowest free ASID of a pool: it is the root of a VSpace from now on.
 * Cannot block, allocates nothing.
 * Errors: InvalidCapability 1: `vspace` is no page table, or is mapped or has an ASID already; FailedLookup,
 * InvalidRoot: the pool is gone; InvalidCapability 0: another pool has its place; DeleteFirst: the pool is used up.
 * @param vspace a page table that is not mapped
 */
export function seL4_RISCV_ASIDPool_Assign(
  _service: seL4_RISCV_ASIDPool,
  vspace: seL4_RISCV_PageTable,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "vspace", vspace);
  return invoke(cpu, _service, RISCVASIDPoolAssign, 1, 0);
}
