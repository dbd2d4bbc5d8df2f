/**
 * From what the kernel gave a root task to a CSpace with an allocator: nothing is retyped yet.
 *
 * The root task goes on running on the CNode that it was started with. Its empty slots become the slots of the
 * `cspace_t`; its untypeds become the table that this carries as its allocator, so that `ut_alloc(bits, cspace)`
 * finds it. A program that has been given a CNode and untypeds by somebody else can describe them in the same terms.
 */
import { cspace_adopt, type cspace_t } from "@tessera/cspace-lib";
import { type seL4_BootInfo, seL4_CapInitThreadCNode, type seL4_CPtr } from "@tessera/libsel4";
import { type ut_t, ut_table_t } from "./table.js";
import { ut_alloc_4k_untyped, ut_free } from "./ut.js";

/** What of BootInfo is needed. `untypedList[i]` describes the untyped in slot `untyped.start + i`. */
export type ut_bootinfo = Pick<seL4_BootInfo, "empty" | "initThreadCNodeSizeBits" | "untyped" | "untypedList">;

/**
 * Take over the caller's CSpace and its untyped memory. Makes no system call.
 * @param bi the root task's BootInfo
 * @param root_cnode the caller's root CNode, in itself
 */
export function ut_bootstrap(bi: ut_bootinfo, root_cnode: seL4_CPtr<"CNode"> = seL4_CapInitThreadCNode): cspace_t {
  const table = new ut_table_t();
  bi.untypedList.forEach((desc, i) => {
    table.add(bi.untyped.start + i, desc.sizeBits, desc.paddr, desc.isDevice);
  });
  const cspace: cspace_t = cspace_adopt(root_cnode, bi.initThreadCNodeSizeBits, bi.empty, {
    alloc_4k_ut: () => ut_alloc_4k_untyped(cspace),
    // biome-ignore lint/correctness/useYield: call-backs may trap, this one need not
    *free_4k_ut(untyped: ut_t) {
      ut_free(untyped);
    },
    // biome-ignore lint/correctness/useYield: it knows of no address space, so it fails as C's does without a cookie
    *map_frame() {
      return { vaddr: 0, used: 0 };
    },
    cookie: table,
  });
  return cspace;
}
