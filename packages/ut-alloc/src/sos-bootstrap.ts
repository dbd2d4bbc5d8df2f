/**
 * From what the kernel gave a root task to a CSpace of two levels and 4 KiB untypeds of all memory, as the course's
 * server starts.
 *
 * The kernel's CNode has a slot for each capability that it handed out and some thousand more; memory has more pages
 * than that. So a CSpace with a slot for every page is built out of the first memory, the caller is moved over to it,
 * and then all that is left is split, one slot a page. After this no allocation of a page ever needs a slot, which is
 * what lets the CSpace itself grow. Capabilities keep their addresses; only the root CNode's is a new one.
 *
 *     slot 1 .. empty.start - 1   what the kernel gave, where it was
 *     from there on               book-keeping frames and their page tables, the DMA page, the 4 KiB untypeds
 *
 * Device memory is not split: it would be half a million slots on this board. `ut_alloc_4k_device` cuts it when asked.
 *
 * Source of names and behaviour: `sos/src/bootstrap.h` of the course's system.
 */
import {
  BOT_LVL_PER_NODE,
  type bot_lvl_node_t,
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  cspace_adopt_two_level,
  type cspace_t,
  WATERMARK_SLOTS,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIOPortControl,
  seL4_CapIOSpace,
  seL4_CapNull,
  seL4_CapSMC,
  seL4_CapSMMUCBControl,
  seL4_CapSMMUSIDControl,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  type seL4_CPtr,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  seL4_TCB_SetSpace,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { backingOf } from "./backing.js";
import { type boot_memory_t, carve, type carved_t, memoryOf, pagesLeft, untyped_in_range } from "./boot-memory.js";
import { dma_init, type dma_t } from "./dma.js";
import { ut_add_untyped_range } from "./range.js";
import { ut_table_t } from "./table.js";
import { SOS_DMA_SIZE_BITS, SOS_DMA_START, SOS_UT_TABLE } from "./vmem-layout.js";

/** log2 of the bytes of the root CNode, if nothing else is asked for: 8192 CNodes of 128 slots. */
export const INITIAL_TASK_CNODE_SIZE_BITS = 18;

const PAGE_BYTES = 2 ** seL4_PageBits;
const BOTTOM_BITS = CNODE_SLOT_BITS(CNODE_SIZE_BITS);
const BOTTOM_SLOTS = CNODE_SLOTS(CNODE_SIZE_BITS);
/** Book-keeping lies in one stretch of 2 MiB: two tables below the root map it. */
const PAGE_TABLES = 2;
/** CNodes beyond those that memory fills: room for the book-keeping's capabilities, the watermark and the caller. */
const SPARE_CNODES = 2;

/** Slots of the kernel's root CNode that no capability is in on this platform. */
const ABSENT: readonly number[] = [
  seL4_CapIOPortControl,
  seL4_CapIOSpace,
  seL4_CapSMMUSIDControl,
  seL4_CapSMMUCBControl,
  seL4_CapSMC,
];

/** What a root task takes of memory when it starts. */
export interface sos_bootstrap_options {
  /** log2 of the bytes of the root CNode, INITIAL_TASK_CNODE_SIZE_BITS if left out: for machines with little memory. */
  readonly root_cnode_size_bits?: number;
  /** Whether to take 2 MiB for DMA: true if left out. */
  readonly dma?: boolean;
}

/** What C writes to `*cspace`, and to a variable. */
export interface sos_bootstrapped {
  /** The CSpace that the caller runs on now, with its allocator. */
  readonly cspace: cspace_t;
  /** The DMA page, null when it was not wanted. */
  readonly dma: dma_t | null;
}

/** Where the parts of the new CSpace go, while it is built from the old one. */
interface Building {
  readonly bi: seL4_BootInfo;
  readonly memory: readonly boot_memory_t[];
  /** The new root without a guard, in the old CSpace. */
  readonly root: seL4_CPtr<"CNode">;
  readonly slot_bits: number;
  /** CNodes of the second level. */
  readonly cnodes: number;
  /** The next free slot of the new CSpace. */
  next: number;
}

/**
 * Take over all memory and move to a CSpace of two levels. For the root task, once, before it has made anything.
 * Cannot block, but takes the time of zeroing all memory.
 * @param bi its BootInfo; all addresses in it are right afterwards, except that `empty` and `untypedList` are used up
 * @throws Error (Sel4Error when the kernel refuses a step) when there is too little memory, or `bi` is not what is
 * there; the root task cannot go on after that, as in C
 */
export function* sos_bootstrap(bi: seL4_BootInfo, options: sos_bootstrap_options = {}): Thread<sos_bootstrapped> {
  const { root_cnode_size_bits = INITIAL_TASK_CNODE_SIZE_BITS, dma: wantsDma = true } = options;
  const memory = memoryOf(bi);
  // Larger objects come first, so that nothing is lost between them.
  const dmaPage = wantsDma ? yield* makeDmaPage(bi, memory) : null;
  const building = yield* makeRoot(bi, memory, root_cnode_size_bits);
  yield* makeCNodes(building);
  const frames = yield* makeBookkeeping(building);

  yield* moveOver(building, dmaPage);
  const bot_lvl_nodes = yield* mapBookkeeping(frames);
  const table = new ut_table_t();
  table.windows.bootstrap += bot_lvl_nodes.length * PAGE_BYTES;
  yield* split(building, table);

  const { slot_bits, cnodes, next: first_free } = building;
  const parts = { root_cnode: seL4_CapInitThreadCNode, slot_bits, cnodes, bot_lvl_nodes, first_free };
  const cspace: cspace_t = yield* cspace_adopt_two_level(
    parts,
    backingOf(() => cspace, table),
  );
  if (dmaPage === null) return { cspace, dma: null };
  const { dma } = yield* dma_init(cspace, seL4_CapInitThreadVSpace, dmaPage.cptr, dmaPage.paddr, SOS_DMA_START);
  if (dma === null) throw new Error("sos_bootstrap: the DMA page cannot be mapped");
  return { cspace, dma };
}

/** The large page for DMA, in the second empty slot of the old CSpace until it is moved. */
interface DmaPage {
  cptr: seL4_CPtr<"Page">;
  readonly paddr: number;
}

function* makeDmaPage(bi: seL4_BootInfo, memory: readonly boot_memory_t[]): Thread<DmaPage> {
  const { untyped, paddr } = carve(memory, SOS_DMA_SIZE_BITS);
  const cptr = bi.empty.start + 1;
  const cnode = seL4_CapInitThreadCNode;
  const err = yield* seL4_Untyped_Retype(untyped.cap, seL4_RISCV_Mega_Page, SOS_DMA_SIZE_BITS, cnode, 0, 0, cptr, 1);
  throwOnError(err, "sos_bootstrap: making the DMA page (only once is this BootInfo's memory there to be taken)");
  return { cptr, paddr };
}

/** The new root, in the first empty slot of the old CSpace, and how many CNodes it is to hold. */
function* makeRoot(bi: seL4_BootInfo, memory: readonly boot_memory_t[], size_bits: number): Thread<Building> {
  const slot_bits = CNODE_SLOT_BITS(size_bits);
  const { untyped } = carve(memory, size_bits);
  const root: seL4_CPtr<"CNode"> = bi.empty.start;
  const err = yield* seL4_Untyped_Retype(
    untyped.cap,
    seL4_CapTableObject,
    slot_bits,
    seL4_CapInitThreadCNode,
    0,
    0,
    root,
    1,
  );
  throwOnError(err, "sos_bootstrap: making the root CNode");
  const slots = bi.empty.start + memory.reduce((sum, one) => sum + pagesLeft(one), 0) + WATERMARK_SLOTS;
  const cnodes = Math.ceil(slots / BOTTOM_SLOTS) + SPARE_CNODES;
  if (cnodes > 2 ** slot_bits) {
    throw new Error(
      `sos_bootstrap: a root CNode of 2^${size_bits} bytes cannot hold a slot for each of ${slots} pages`,
    );
  }
  return { bi, memory, root, slot_bits, cnodes, next: bi.empty.start };
}

function* makeCNodes({ memory, root, cnodes }: Building): Thread<void> {
  for (let top = 0; top < cnodes; top++) {
    const { untyped } = carve(memory, CNODE_SIZE_BITS);
    const err = yield* seL4_Untyped_Retype(untyped.cap, seL4_CapTableObject, BOTTOM_BITS, root, 0, 0, top, 1);
    throwOnError(err, "sos_bootstrap: making a CNode of the second level");
  }
}

/** An object in the next slot of the new CSpace. */
function* makeObject(building: Building, { untyped }: carved_t, type: number, size_bits: number): Thread<seL4_CPtr> {
  const { root, slot_bits } = building;
  const slot = building.next++;
  const top = Math.floor(slot / BOTTOM_SLOTS);
  const offset = slot % BOTTOM_SLOTS;
  const err = yield* seL4_Untyped_Retype(untyped.cap, type, size_bits, root, top, slot_bits, offset, 1);
  throwOnError(err, "sos_bootstrap: making an object of its own");
  return slot;
}

/** Frames for the book-keeping of all CNodes, and the page tables to map them with. */
function* makeBookkeeping(building: Building): Thread<{ frames: seL4_CPtr[]; tables: seL4_CPtr[] }> {
  const frames: seL4_CPtr[] = [];
  const tables: seL4_CPtr[] = [];
  while (frames.length * BOT_LVL_PER_NODE < building.cnodes) {
    const page = carve(building.memory, seL4_PageBits);
    frames.push(yield* makeObject(building, page, seL4_RISCV_4K_Page, seL4_PageBits));
  }
  while (tables.length < PAGE_TABLES) {
    const page = carve(building.memory, seL4_PageTableBits);
    tables.push(yield* makeObject(building, page, seL4_RISCV_PageTableObject, seL4_PageTableBits));
  }
  return { frames, tables };
}

/** From the old CSpace to the new one: first the caller, then its capabilities. */
function* moveOver(building: Building, dmaPage: DmaPage | null): Thread<void> {
  const { bi, root, slot_bits } = building;
  const depth = slot_bits + BOTTOM_BITS;
  const guard = seL4_CNode_CapData_new(0, seL4_WordBits - depth);
  const oldRoot = seL4_CapInitThreadCNode;
  let err = yield* seL4_CNode_Mint(root, oldRoot, depth, oldRoot, root, seL4_WordBits, seL4_AllRights, guard);
  throwOnError(err, "sos_bootstrap: giving the new CSpace its own root");
  err = yield* seL4_CNode_Copy(root, seL4_CapNull, depth, oldRoot, oldRoot, seL4_WordBits, seL4_AllRights);
  throwOnError(err, "sos_bootstrap: giving the new CSpace the old root");
  const [tcb, vspace] = [seL4_CapInitThreadTCB, seL4_CapInitThreadVSpace];
  err = yield* seL4_TCB_SetSpace(tcb, seL4_CapNull, root, guard, vspace, 0);
  throwOnError(err, "sos_bootstrap: seL4_TCB_SetSpace");

  // From here on slot 0 is the old root, and seL4_CapInitThreadCNode the new one.
  const newRoot = seL4_CapInitThreadCNode;
  for (let slot = 1; slot < bi.empty.start; slot++) {
    if (slot === newRoot || ABSENT.includes(slot)) continue;
    err = yield* seL4_CNode_Move(newRoot, slot, seL4_WordBits, seL4_CapNull, slot, seL4_WordBits);
    throwOnError(err, `sos_bootstrap: moving the capability in slot ${slot}`);
  }
  if (dmaPage !== null) {
    const slot = building.next++;
    err = yield* seL4_CNode_Move(newRoot, slot, seL4_WordBits, seL4_CapNull, dmaPage.cptr, seL4_WordBits);
    throwOnError(err, "sos_bootstrap: moving the DMA page");
    dmaPage.cptr = slot;
  }
  err = yield* seL4_CNode_Delete(seL4_CapNull, root, seL4_WordBits);
  throwOnError(err, "sos_bootstrap: deleting the root without a guard");
  err = yield* seL4_CNode_Delete(newRoot, seL4_CapNull, seL4_WordBits);
  throwOnError(err, "sos_bootstrap: deleting the old root");
}

function* mapBookkeeping({ frames, tables }: { frames: seL4_CPtr[]; tables: seL4_CPtr[] }): Thread<bot_lvl_node_t[]> {
  const vspace = seL4_CapInitThreadVSpace;
  const attr = seL4_RISCV_ExecuteNever;
  for (const table of tables) {
    throwOnError(yield* seL4_RISCV_PageTable_Map(table, vspace, SOS_UT_TABLE, attr), "sos_bootstrap: a page table");
  }
  const nodes: bot_lvl_node_t[] = [];
  for (const frame of frames) {
    const vaddr = SOS_UT_TABLE + nodes.length * PAGE_BYTES;
    const err = yield* seL4_RISCV_Page_Map(frame, vspace, vaddr, seL4_ReadWrite, attr);
    throwOnError(err, "sos_bootstrap: mapping book-keeping");
    nodes.push({ vaddr, frame, untyped: null });
  }
  return nodes;
}

/** All memory that is left becomes 4 KiB untypeds; devices, and untypeds of less than a page, stay as they are. */
function* split(building: Building, table: ut_table_t): Thread<void> {
  const { bi, memory } = building;
  for (const one of memory) yield* splitOne(building, one, table);
  bi.untypedList.forEach((desc, i) => {
    if (!untyped_in_range(desc) || !(desc.isDevice || desc.sizeBits < seL4_PageBits)) return;
    table.add(bi.untyped.start + i, desc.sizeBits, desc.paddr, desc.isDevice);
  });
}

/** As many at once as fit into one CNode. */
function* splitOne(building: Building, memory: boot_memory_t, table: ut_table_t): Thread<void> {
  for (let left = pagesLeft(memory); left > 0; left = pagesLeft(memory)) {
    const slot = building.next;
    const offset = slot % BOTTOM_SLOTS;
    const count = Math.min(left, BOTTOM_SLOTS - offset);
    const err = yield* seL4_Untyped_Retype(
      memory.cap,
      seL4_UntypedObject,
      seL4_PageBits,
      seL4_CapInitThreadCNode,
      Math.floor(slot / BOTTOM_SLOTS),
      seL4_WordBits - BOTTOM_BITS,
      offset,
      count,
    );
    throwOnError(err, "sos_bootstrap: splitting memory into pages");
    ut_add_untyped_range(memory.paddr + memory.used, slot, count, false, table);
    memory.used += count * PAGE_BYTES;
    building.next += count;
  }
}
