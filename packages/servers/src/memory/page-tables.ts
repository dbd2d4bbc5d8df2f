/**
 * The page tables of one address space: as many as it may have and no more, whatever is touched in it.
 *
 * The tables are only what the processor looks into; what lies where is written elsewhere (space.ts). So when one more is
 * needed than there may be, the oldest of the lowest level goes, everything below it faults, and is mapped again. A space
 * that touches an address here and there all over is slow, and costs others nothing. That is what `map_frame` of ut-alloc
 * does not do, whose tables come from one allocator and stay until somebody gives back a list of them.
 *
 * Sources: seL4 manual, "Virtual memory"; the RISC-V privileged architecture, "Sv39".
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_free_slot,
  cspace_revoke,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  type seL4_CapRights_t,
  seL4_FailedLookup,
  seL4_NoError,
  seL4_PageTableBits,
  type seL4_RISCV_ASIDPool,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  type seL4_RISCV_Page,
  seL4_RISCV_Page_Map,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  type seL4_RISCV_VMAttributes,
  type seL4_Untyped,
} from "@tessera/libsel4";
import { missing_table_bits } from "@tessera/ut-alloc";

/** Untyped memory of 4 KiB for one table each: what is free. */
export type TableStock = seL4_Untyped[];

/** Tables of a space below its root. */
const TABLES = 7;
/** Tables that a space takes in all. */
export const TABLES_OF_SPACE = TABLES + 1;

/** log2 of what the tables cover that a page needs, from the highest down. */
const LEVELS = [30, 21];

/** A table below the root, or the root. */
interface Table {
  readonly untyped: seL4_Untyped;
  readonly cptr: seL4_RISCV_PageTable;
  /** log2 of the bytes that it covers: 21, or 30 for one of tables. */
  readonly bits: number;
  readonly start: number;
}

/** Where a page is mapped, and how. */
export interface Place {
  readonly address: number;
  readonly rights: seL4_CapRights_t;
  readonly attributes: seL4_RISCV_VMAttributes;
}

/** The page tables of a space. */
export class PageTables {
  readonly root: seL4_RISCV_PageTable;
  readonly #untyped: seL4_Untyped;
  readonly #cspace: cspace_t;
  readonly #stock: TableStock;
  /** Untyped memory that is this space's, and not in use. */
  readonly #spare: seL4_Untyped[];
  /** It has tables that are not known here: what is missing is found out by trying. */
  readonly #isAdopted: boolean;
  /** Oldest first. */
  #tables: Table[] = [];

  private constructor(cspace: cspace_t, stock: TableStock, root: Table, spare: seL4_Untyped[], isAdopted = false) {
    this.root = root.cptr;
    this.#untyped = root.untyped;
    this.#cspace = cspace;
    this.#stock = stock;
    this.#spare = spare;
    this.#isAdopted = isAdopted;
  }

  /** Those of a new space, with nothing in it; null when no memory, slot or number for it is left. */
  static *create(cspace: cspace_t, stock: TableStock, pool: seL4_RISCV_ASIDPool): Thread<PageTables | null> {
    if (stock.length < TABLES_OF_SPACE) return null;
    const memory = stock.splice(stock.length - TABLES_OF_SPACE);
    const untyped = memory.pop() as seL4_Untyped;
    const cptr = yield* makeTable(cspace, untyped);
    if (cptr !== seL4_CapNull && (yield* seL4_RISCV_ASIDPool_Assign(pool, cptr)) === seL4_NoError) {
      return new PageTables(cspace, stock, { untyped, cptr, bits: 39, start: 0 }, memory);
    }
    if (cptr !== seL4_CapNull) yield* dropTable(cspace, { untyped, cptr });
    stock.push(...memory, untyped);
    return null;
  }

  /** Those of a space that exists and has tables of its own, with more that are made of `spare`. Nothing of it ever goes. */
  static adopt(cspace: cspace_t, root: seL4_RISCV_PageTable, spare: seL4_Untyped[]): PageTables {
    return new PageTables(cspace, [], { untyped: seL4_CapNull, cptr: root, bits: 39, start: 0 }, spare, true);
  }

  /**
   * Map a page, or change how it is mapped. Cannot block.
   * @param lost called with what faults from now on, since its table went
   * @returns false when the kernel refuses: the capability is gone, or somebody else has put something there
   */
  *map(page: seL4_RISCV_Page, place: Place, lost: (start: number, end: number) => void): Thread<boolean> {
    const { address, rights, attributes } = place;
    for (const bits of this.#isAdopted ? [] : LEVELS) {
      if (!this.#tables.some((table) => table.bits === bits && covers(table, address))) {
        yield* this.#add(address, bits, lost);
      }
    }
    for (let made = 0; ; made++) {
      const error = yield* seL4_RISCV_Page_Map(page, this.root, address, rights, attributes);
      if (error === seL4_NoError) return true;
      if (error !== seL4_FailedLookup || made === 2) return false;
      const bits = missing_table_bits();
      if (bits === null || !(yield* this.#add(address, bits, lost))) return false;
    }
  }

  /** The space is gone, for whoever still has its root, and its memory is free. */
  *destroy(): Thread<void> {
    for (const table of this.#tables.splice(0).reverse()) yield* this.#drop(table);
    yield* dropTable(this.#cspace, { untyped: this.#untyped, cptr: this.root });
    this.#stock.push(...this.#spare.splice(0), this.#untyped);
  }

  *#add(address: number, bits: number, lost: (start: number, end: number) => void): Thread<boolean> {
    const start = address - (address % 2 ** bits);
    if (this.#spare.length === 0) yield* this.#recycle(address, lost);
    const untyped = this.#spare.pop();
    if (untyped === undefined) return false;
    const cptr = yield* makeTable(this.#cspace, untyped);
    if (cptr === seL4_CapNull) {
      this.#spare.push(untyped);
      return false;
    }
    const table = { untyped, cptr, bits, start };
    const error = yield* seL4_RISCV_PageTable_Map(cptr, this.root, address, seL4_RISCV_Default_VMAttributes);
    if (error === seL4_NoError) this.#tables.push(table);
    else yield* this.#drop(table);
    return error === seL4_NoError;
  }

  /** Take the oldest table away that nothing stands below but pages, and that `address` does not need. */
  *#recycle(address: number, lost: (start: number, end: number) => void): Thread<void> {
    const holds = (upper: Table, { start, bits }: Table) =>
      bits < upper.bits && start - (start % 2 ** upper.bits) === upper.start;
    const oldest = this.#tables.find((table) => {
      return !covers(table, address) && !this.#tables.some((lower) => holds(table, lower));
    });
    if (oldest === undefined) return;
    this.#tables = this.#tables.filter((table) => table !== oldest);
    yield* this.#drop(oldest);
    lost(oldest.start, oldest.start + 2 ** oldest.bits);
  }

  *#drop(table: Table): Thread<void> {
    yield* dropTable(this.#cspace, table);
    this.#spare.push(table.untyped);
  }
}

function covers({ start, bits }: Table, address: number): boolean {
  return start <= address && address < start + 2 ** bits;
}

function* makeTable(cspace: cspace_t, untyped: seL4_Untyped): Thread<seL4_RISCV_PageTable> {
  const slot = yield* cspace_alloc_slot(cspace);
  if (slot === seL4_CapNull) return seL4_CapNull;
  const error = yield* cspace_untyped_retype(cspace, untyped, slot, seL4_RISCV_PageTableObject, seL4_PageTableBits);
  if (error === seL4_NoError) return slot;
  yield* cspace_free_slot(cspace, slot);
  return seL4_CapNull;
}

function* dropTable(cspace: cspace_t, { untyped, cptr }: Pick<Table, "untyped" | "cptr">): Thread<void> {
  // The root was handed out: all copies of it go.
  yield* cspace_revoke(cspace, untyped);
  yield* cspace_delete(cspace, cptr);
  yield* cspace_free_slot(cspace, cptr);
}
