/**
 * From what the kernel gave a root task to a CSpace with an allocator: nothing is retyped yet.
 *
 * The root task goes on running on the CNode that it was started with. Its empty slots become the slots of the
 * `cspace_t`; its untypeds become the table that this carries as its allocator, so that `ut_alloc(bits, cspace)`
 * finds it. A program that has been given a CNode and untypeds by somebody else can describe them in the same terms.
 */
import { cspace_adopt, type cspace_t } from "@tessera/cspace-lib";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import { backingOf } from "./backing.js";
import { ut_table_t } from "./table.js";

/** What of BootInfo is needed. `untypedList[i]` describes the untyped in slot `untyped.start + i`. */
export type ut_bootinfo = Pick<seL4_BootInfo, "empty" | "initThreadCNodeSizeBits" | "untyped" | "untypedList">;

/**
 * Take over the caller's CSpace and its untyped memory. Plain: nothing is retyped before it is asked for.
 * @param bi the root task's BootInfo
 * @param root_cnode the caller's root CNode, in itself
 * @param vspace the caller's VSpace, in which the book-keeping of CSpaces of two levels and devices are mapped
 */
export function ut_bootstrap(
  bi: ut_bootinfo,
  root_cnode: seL4_CPtr<"CNode"> = seL4_CapInitThreadCNode,
  vspace: seL4_RISCV_PageTable = seL4_CapInitThreadVSpace,
): cspace_t {
  const table = new ut_table_t();
  table.windows.vspace = vspace;
  bi.untypedList.forEach((desc, i) => {
    table.add(bi.untyped.start + i, desc.sizeBits, desc.paddr, desc.isDevice);
  });
  const alloc = backingOf(() => cspace, table);
  const cspace: cspace_t = cspace_adopt(root_cnode, bi.initThreadCNodeSizeBits, bi.empty, alloc);
  return cspace;
}
