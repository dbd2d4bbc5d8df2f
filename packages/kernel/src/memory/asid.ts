/**
 * ASID pools: the registry of VSpace roots. A VSpace exists while its ASID is registered; page-table and frame
 * capabilities remember the ASID they are mapped in, and find its root here, or find it gone.
 */
import { seL4_ASIDPoolIndexBits } from "@tessera/libsel4/abi";
import { ASIDS_PER_POOL } from "../config.js";
import { assert } from "../model/assert.js";
import { KernelObject } from "../model/kernel-object.js";
import type { KernelState } from "../model/state.js";
import type { PageTable } from "./page-table.js";

const POOL_BITS = 12;
const INDEX_MASK = ASIDS_PER_POOL - 1;

export class AsidPool extends KernelObject {
  /** Its number: the ASIDs from number × 512 on. */
  readonly number: number;
  /** By the lower bits of the ASID. */
  readonly roots: (PageTable | null)[] = new Array(ASIDS_PER_POOL).fill(null);

  constructor(id: number, paddr: number, number: number) {
    super(id, paddr);
    this.number = number;
  }

  get sizeBits(): number {
    return POOL_BITS;
  }

  /** The lowest free ASID of this pool, or -1. ASID 0 is never given out. */
  freeAsid(): number {
    for (let i = this.number === 0 ? 1 : 0; i < ASIDS_PER_POOL; i++) {
      if (this.roots[i] === null) return this.number * ASIDS_PER_POOL + i;
    }
    return -1;
  }

  root(asid: number): PageTable | null {
    return this.roots[asid & INDEX_MASK] ?? null;
  }

  /** Register a root for a free ASID, or free one that has a root. */
  setRoot(asid: number, root: PageTable | null): void {
    assert((this.root(asid) === null) !== (root === null), "an ASID is given to a root while it is free");
    this.roots[asid & INDEX_MASK] = root;
  }
}

/** The root registered for an ASID, or null. */
export function findRoot(k: KernelState, asid: number): PageTable | null {
  const pool = k.asidPools[asid >>> seL4_ASIDPoolIndexBits];
  return pool == null ? null : pool.root(asid);
}

/** Begin a VSpace: a free ASID of `pool` gets a root. */
export function registerRoot(k: KernelState, pool: AsidPool, asid: number, root: PageTable): void {
  pool.setRoot(asid, root);
  k.rootCap = null;
}

/** End a VSpace: `asid` no longer has a root, if `root` is the one it has. */
export function unregisterRoot(k: KernelState, asid: number, root: PageTable): void {
  if (findRoot(k, asid) !== root) return;
  k.asidPools[asid >>> seL4_ASIDPoolIndexBits]?.setRoot(asid, null);
  k.rootCap = null;
  k.isRootStale = true;
  k.cpu.fence();
}

/** A pool goes away, with all VSpaces registered in it. */
export function unregisterPool(k: KernelState, pool: AsidPool): void {
  if (k.asidPools[pool.number] !== pool) return;
  k.asidPools[pool.number] = null;
  k.rootCap = null;
  k.isRootStale = true;
  k.cpu.fence();
}
