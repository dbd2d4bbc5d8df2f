/** A root task that moves into a CSpace of two levels, as a bootstrap makes one for it: one that it runs on itself. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  type seL4_CPtr,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  seL4_TCB_SetSpace,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_WordBits,
} from "@tessera/libsel4";
import { type backing_ut, cspace_adopt_two_level, type cspace_alloc_t, type cspace_t } from "../../src/index.js";
import { mappingFrom, WINDOW } from "./window.js";

/** log2 of the slots of its root: more CNodes than one page of book-keeping covers. */
const SLOT_BITS = 8;
const CNODE_SLOT_BITS = 7;
const GUARD = seL4_CNode_CapData_new(0, seL4_WordBits - SLOT_BITS - CNODE_SLOT_BITS);
const TOP_DEPTH = seL4_WordBits - CNODE_SLOT_BITS;
/** CNodes that are there before it grows, and the pages whose untypeds fill the last two of them. */
const CNODES = 3;
const PAGES = 2 * 2 ** CNODE_SLOT_BITS - 8;
/** Where what it grows by is mapped: no page tables are there yet. */
const GROWTH_WINDOW = WINDOW + 2 ** 30;

type Wrap = (memory: Pick<cspace_alloc_t, "alloc_4k_ut" | "free_4k_ut" | "cookie">) => typeof memory;

/**
 * Make it, move in, and adopt it.
 * @param wrap what the test wants to see of the requests for memory
 */
export function* moveIntoOwnSpace(bootinfo: seL4_BootInfo, wrap: Wrap = (memory) => memory): Thread<cspace_t> {
  const untyped = largest(bootinfo);
  let slot = bootinfo.empty.start;
  const make = function* (type: number, bits: number): Thread<seL4_CPtr> {
    check(yield* seL4_Untyped_Retype(untyped, type, bits, seL4_CapInitThreadCNode, 0, 0, slot, 1));
    return slot++;
  };
  const bare = yield* make(seL4_CapTableObject, SLOT_BITS);
  const root = slot++;
  check(
    yield* seL4_CNode_Mint(seL4_CapInitThreadCNode, root, 64, seL4_CapInitThreadCNode, bare, 64, seL4_AllRights, GUARD),
  );
  check(yield* seL4_Untyped_Retype(untyped, seL4_CapTableObject, CNODE_SLOT_BITS, root, 0, 0, 0, CNODES));
  const pages: backing_ut[] = [];
  for (let page = 0; page < PAGES; page += 2 ** CNODE_SLOT_BITS) {
    const top = 1 + page / 2 ** CNODE_SLOT_BITS;
    const count = Math.min(PAGES - page, 2 ** CNODE_SLOT_BITS);
    check(yield* seL4_Untyped_Retype(untyped, seL4_UntypedObject, seL4_PageBits, root, top, TOP_DEPTH, 0, count));
    for (let i = 0; i < count; i++) pages.push({ cap: top * 2 ** CNODE_SLOT_BITS + i });
  }

  const frame = yield* make(seL4_RISCV_4K_Page, seL4_PageBits);
  for (let table = 0; table < 2; table++) {
    const cptr = yield* make(seL4_RISCV_PageTableObject, seL4_PageBits);
    check(yield* seL4_RISCV_PageTable_Map(cptr, seL4_CapInitThreadVSpace, WINDOW, seL4_RISCV_ExecuteNever));
  }
  check(yield* seL4_RISCV_Page_Map(frame, seL4_CapInitThreadVSpace, WINDOW, seL4_ReadWrite, seL4_RISCV_ExecuteNever));

  const moved = [seL4_CapInitThreadTCB, seL4_CapInitThreadVSpace];
  for (const cap of moved) {
    check(yield* seL4_CNode_Copy(root, cap, 64, seL4_CapInitThreadCNode, cap, 64, seL4_AllRights));
  }
  check(yield* seL4_CNode_Copy(root, seL4_CapInitThreadCNode, 64, seL4_CapInitThreadCNode, root, 64, seL4_AllRights));
  check(yield* seL4_TCB_SetSpace(seL4_CapInitThreadTCB, 0, root, 0, seL4_CapInitThreadVSpace, 0));

  const parts = {
    root_cnode: seL4_CapInitThreadCNode,
    slot_bits: SLOT_BITS,
    cnodes: CNODES,
    bot_lvl_nodes: [{ vaddr: WINDOW, frame: 0, untyped: null }],
    first_free: 2 ** CNODE_SLOT_BITS + PAGES,
  };
  const memory = wrap(pageList(pages));
  const c: cspace_t = yield* cspace_adopt_two_level(
    parts,
    mappingFrom(GROWTH_WINDOW, memory, () => c),
  );
  return c;
}

/** The last untyped of memory that is large enough for all of it; the book-keeping of others is not touched. */
function largest(bootinfo: seL4_BootInfo): seL4_CPtr<"Untyped"> {
  const sizes = bootinfo.untypedList.map((ut) => (ut.isDevice ? 0 : ut.sizeBits));
  return bootinfo.untyped.start + sizes.indexOf(Math.max(...sizes));
}

function pageList(free: backing_ut[]): Pick<cspace_alloc_t, "alloc_4k_ut" | "free_4k_ut" | "cookie"> {
  return {
    // biome-ignore lint/correctness/useYield: call-backs may trap, this one need not
    *alloc_4k_ut() {
      return free.pop() ?? null;
    },
    // biome-ignore lint/correctness/useYield: call-backs may trap, this one need not
    *free_4k_ut(untyped: backing_ut) {
      free.push(untyped);
    },
    cookie: null,
  };
}

function check(err: number): void {
  if (err !== seL4_NoError) throw new Error(`making a CSpace to move into: seL4_Error ${err}`);
}
