/**
 * Virtual memory: mapping page tables and pages into a VSpace. seL4 manual, "Address Spaces and Virtual Memory".
 *
 * A VSpace is a page table that has an ASID (asid.ts). Sv39 has three levels: below the root, a table covers 1 GiB,
 * below that 2 MiB.
 * VSpace errors: InvalidCapability 1: `vspace` is no page table with an ASID, or a lower one; FailedLookup, InvalidRoot:
 * its ASID is gone.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import {
  RISCVPageGetAddress,
  RISCVPageMap,
  RISCVPageTableMap,
  RISCVPageTableUnmap,
  RISCVPageUnmap,
  type seL4_CapRights_t,
} from "../abi/index.js";
import type {
  seL4_Error,
  seL4_RISCV_Page,
  seL4_RISCV_PageTable,
  seL4_RISCV_VMAttributes,
  seL4_Word,
  WordLike,
} from "../types.js";
import { call, invoke, invokeBare, recordResult, resultWord, setArgument, setCapability } from "./call.js";

/** What `seL4_RISCV_Page_GetAddress` returns. */
export interface GetAddressResult {
  readonly error: seL4_Error;
  /** Physical address of the page. */
  readonly paddr: seL4_Word;
}

const getAddressResult = recordResult((cpu, error): GetAddressResult => ({ error, paddr: resultWord(cpu, error, 0) }));

/**
 * Put a page table into a VSpace, at the highest level that has none for this address.
 * Cannot block, allocates nothing.
 * Errors: InvalidCapability 0: it is mapped already; VSpace errors (above); InvalidArgument 0: `vaddr` is no user
 * address; DeleteFirst: all tables for this address are there, or a large page is in the way.
 * @param vspace the VSpace
 * @param vaddr any address below seL4_UserTop that the table shall serve
 * @param attr ignored: seL4_RISCV_Default_VMAttributes
 */
export function seL4_RISCV_PageTable_Map(
  _service: seL4_RISCV_PageTable,
  vspace: seL4_RISCV_PageTable,
  vaddr: WordLike,
  attr: seL4_RISCV_VMAttributes,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "vspace", vspace);
  setArgument(cpu, 0, "vaddr", vaddr);
  setArgument(cpu, 1, "attr", attr);
  return invoke(cpu, _service, RISCVPageTableMap, 1, 2);
}

/**
 * Take a page table out of its VSpace and clear it: pages below it are mapped no more, though their capabilities do
 * not know. One that is not mapped is no error.
 * Cannot block, allocates nothing.
 * Errors: RevokeFirst: there are copies of this capability, or the table is the root of a VSpace.
 */
export function seL4_RISCV_PageTable_Unmap(_service: seL4_RISCV_PageTable): Syscall<seL4_Error> {
  return invokeBare(_service, RISCVPageTableUnmap);
}

/**
 * Map a page. A capability maps at most once: copy it to map a page twice. Mapping it again at the same place changes
 * rights and attributes.
 * Cannot block, allocates nothing.
 * Errors: VSpace errors (above); InvalidArgument 0: the page would not lie below seL4_UserTop; AlignmentError: `vaddr`
 * is not a multiple of the page's size; FailedLookup, MissingCapability: no page table for this address, or one in the
 * way; its `bitsLeft` is the level, 30 or 21, or 12 when a large page is to lie where a table is; InvalidCapability 1:
 * the capability has a mapping in another VSpace; InvalidArgument 0: it has one at another address; DeleteFirst:
 * something else is mapped here.
 * @param vspace the VSpace
 * @param vaddr address, a multiple of the page's size
 * @param rights seL4_ReadWrite or seL4_CanRead; no more than the capability has. There is no write without read
 * @param attr seL4_RISCV_Default_VMAttributes or seL4_RISCV_ExecuteNever
 */
export function seL4_RISCV_Page_Map(
  _service: seL4_RISCV_Page,
  vspace: seL4_RISCV_PageTable,
  vaddr: WordLike,
  rights: seL4_CapRights_t,
  attr: seL4_RISCV_VMAttributes,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "vspace", vspace);
  setArgument(cpu, 0, "vaddr", vaddr);
  setArgument(cpu, 1, "rights", rights);
  setArgument(cpu, 2, "attr", attr);
  return invoke(cpu, _service, RISCVPageMap, 1, 3);
}

/**
 * Undo the mapping of this capability. One that is not mapped is no error.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_RISCV_Page_Unmap(_service: seL4_RISCV_Page): Syscall<seL4_Error> {
  return invokeBare(_service, RISCVPageUnmap);
}

/**
 * Where a page lies in physical memory; for drivers of devices that read memory themselves.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_RISCV_Page_GetAddress(_service: seL4_RISCV_Page): Syscall<GetAddressResult> {
  call(port(), _service, RISCVPageGetAddress, 0, 0);
  return getAddressResult;
}
