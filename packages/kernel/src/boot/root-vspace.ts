/** The root task's address space: its root with the first ASID, the tables below, and every page of the image mapped. */
import { seL4_PageBits } from "@tessera/libsel4/abi";
import {
  type AsidPoolCap,
  asidPoolCap,
  type FrameCap,
  frameCap,
  type PageTableCap,
  pageTableCap,
} from "../caps/cap.js";
import { VmRights } from "../caps/rights.js";
import { AsidPool } from "../memory/asid.js";
import { PageTable, setLeaf, setPointer, walk } from "../memory/page-table.js";
import { Region } from "../memory/region.js";
import { type KernelState, newId } from "../model/state.js";
import { PAGE_BYTES, type VspaceLayout } from "./vspace-layout.js";

/** The first ASID that is given out. */
const ROOT_ASID = 1;

/** Physical addresses of what the address space is made of. */
export interface VspaceMemory {
  readonly root: number;
  readonly pool: number;
  readonly tables: readonly number[];
  readonly image: number;
  readonly buffer: number;
  readonly bootInfo: number;
}

/** The capabilities to all of it. */
export interface RootVspace {
  readonly root: PageTableCap;
  readonly pool: AsidPoolCap;
  readonly tables: readonly PageTableCap[];
  readonly image: readonly FrameCap[];
  readonly buffer: FrameCap;
  readonly bootInfo: FrameCap;
}

export function buildRootVspace(k: KernelState, layout: VspaceLayout, memory: VspaceMemory): RootVspace {
  const root = new PageTable(newId(k), memory.root);
  const pool = new AsidPool(newId(k), memory.pool, 0);
  pool.setRoot(ROOT_ASID, root);
  k.asidPools[0] = pool;
  const tables = layout.tables.map(({ vaddr }, i) => addTable(k, root, memory.tables[i] as number, vaddr));
  const image = Array.from({ length: layout.imagePages }, (_, page) =>
    mapPage(k, root, memory.image + page * PAGE_BYTES, layout.image + page * PAGE_BYTES),
  );
  return {
    root: pageTableCap(root, ROOT_ASID, 0),
    pool: asidPoolCap(pool),
    tables,
    image,
    buffer: mapPage(k, root, memory.buffer, layout.buffer),
    bootInfo: mapPage(k, root, memory.bootInfo, layout.bootInfo),
  };
}

function addTable(k: KernelState, root: PageTable, paddr: number, vaddr: number): PageTableCap {
  setPointer(k, walk(k, root.paddr, vaddr).entry, paddr);
  return pageTableCap(new PageTable(newId(k), paddr), ROOT_ASID, vaddr);
}

/** Map a page for everything, and return the capability that says so. */
function mapPage(k: KernelState, root: PageTable, paddr: number, vaddr: number): FrameCap {
  setLeaf(k, walk(k, root.paddr, vaddr).entry, paddr, true, true, true);
  return frameCap(new Region(newId(k), paddr, seL4_PageBits, false), VmRights.ReadWrite, ROOT_ASID, vaddr);
}
