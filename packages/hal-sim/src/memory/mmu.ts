/**
 * The memory management unit: virtual user addresses to physical ones, through a TLB.
 *
 * The TLB holds what walks found, tagged by root table and by `generation`. `fence()` makes a new generation, and with
 * it everything cached anywhere (the contexts' fetched pages too) is stale at once. Changing the root costs nothing.
 * As on a real core, a page table that is changed without a fence may go on being used as it was; an access that the
 * cached permissions refuse is walked anew before it faults.
 */
import { Cause } from "../isa/index.js";
import type { PhysicalMemory } from "./physical.js";
import { Access, type Leaf, PAGE_BYTES, USER_SPACE_END, WALK_ACCESS_FAULT, WALK_PAGE_FAULT, walk } from "./sv39.js";
import { createWords, type Words } from "./words.js";

/** Pages that the TLB holds: direct-mapped, a power of two. */
const TLB_ENTRIES = 1024;
/** An entry: tag page, tag root, generation, permissions, frame. */
const ENTRY_WORDS = 5;
/** Physical addresses end here: the highest that an untyped may cover. */
const PHYSICAL_END = 2 ** 39;

export class Mmu {
  /** Counts the fences; what was cached under another number is stale. */
  generation = 1;
  /** Page number of the root table: an int32, as a physical address need not be; 0 = none, every user access faults. */
  rootFrame = 0;
  private readonly memory: PhysicalMemory;
  private readonly tlb: Words = createWords(TLB_ENTRIES * ENTRY_WORDS);
  private readonly leaf: Leaf = { frame: 0, permissions: 0 };
  /** Why the last `translate` returned -1: an access fault (true) or a page fault. */
  private denied = false;

  constructor(memory: PhysicalMemory) {
    this.memory = memory;
  }

  /** Physical address of the root table; 0 = none. */
  get root(): number {
    return this.rootFrame * PAGE_BYTES;
  }
  set root(paddr: number) {
    this.rootFrame = (paddr / PAGE_BYTES) | 0;
  }

  /** Page tables have changed: forget everything cached. */
  fence(): void {
    this.generation = (this.generation + 1) | 0;
  }

  /** The physical address of `vaddr` for this kind of access, or -1: `fault(access)` says which. */
  translate(vaddr: number, access: Access): number {
    const { rootFrame, tlb } = this;
    if (vaddr >= USER_SPACE_END || rootFrame === 0) {
      this.denied = false;
      return -1;
    }
    const vpn = (vaddr / PAGE_BYTES) | 0;
    const entry = ((vpn ^ rootFrame) & (TLB_ENTRIES - 1)) * ENTRY_WORDS;
    const hit =
      tlb[entry] === vpn &&
      tlb[entry + 1] === rootFrame &&
      tlb[entry + 2] === this.generation &&
      (tlb[entry + 3]! & access) !== 0;
    if (!hit && !this.refill(entry, vpn, rootFrame, access)) return -1;
    return tlb[entry + 4]! * PAGE_BYTES + (vaddr & (PAGE_BYTES - 1));
  }

  /** The cause of the fault that the last failed `translate` of this kind is. */
  fault(access: Access): Cause {
    if (access === Access.Fetch) return this.denied ? Cause.InstructionAccess : Cause.InstructionPageFault;
    if (access === Access.Load) return this.denied ? Cause.LoadAccess : Cause.LoadPageFault;
    return this.denied ? Cause.StoreAccess : Cause.StorePageFault;
  }

  private refill(entry: number, vpn: number, rootFrame: number, access: Access): boolean {
    const leaf = this.leaf;
    const found = walk(this.memory, this.root, vpn, leaf);
    const outcome = found === 0 ? permits(leaf, access) : found;
    this.denied = outcome === WALK_ACCESS_FAULT;
    if (outcome !== 0) return false;
    const tlb = this.tlb;
    tlb[entry] = vpn;
    tlb[entry + 1] = rootFrame;
    tlb[entry + 2] = this.generation;
    tlb[entry + 3] = leaf.permissions;
    tlb[entry + 4] = leaf.frame;
    return true;
  }
}

function permits(leaf: Leaf, access: Access): number {
  if ((leaf.permissions & access) === 0) return WALK_PAGE_FAULT;
  return leaf.frame < PHYSICAL_END / PAGE_BYTES ? 0 : WALK_ACCESS_FAULT;
}
