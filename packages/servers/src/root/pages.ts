/**
 * Pages: how the root task puts them where they lie in every component (layout.ts): its program to be read and executed,
 * its environment to be read, its IPC buffer and what belongs to its needs to be read and written.
 *
 * What the root task writes anew at each start it sees itself, in a view of its own from 0x10_0000_0000 upward.
 */
import { cspace_copy } from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapInitThreadVSpace,
  seL4_ReadWrite,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import { map_frame, type paging_object_t } from "@tessera/ut-alloc";
import { PAGE_BYTES } from "../common/need.js";
import type { Stock } from "./stock.js";

/** Where the root task's view begins. */
const VIEW_BASE = 0x10_0000_0000;

/** What a component may do with a page. */
export type Access = "read" | "execute" | "write";

/** Map a page that is not mapped yet; its capability, and page tables that it takes, are held. @throws NotBuilt */
export function* mapPage(
  stock: Stock,
  vspace: seL4_RISCV_PageTable,
  page: seL4_RISCV_Page,
  address: number,
  access: Access,
): Thread<void> {
  const tables: paging_object_t[] = [];
  const rights = access === "write" ? seL4_ReadWrite : seL4_CanRead;
  const attributes = access === "execute" ? seL4_RISCV_Default_VMAttributes : seL4_RISCV_ExecuteNever;
  stock.check(yield* map_frame(stock.cspace, page, vspace, address, rights, attributes, tables));
  stock.hold(page);
  for (const { cptr } of tables) stock.hold(cptr);
}

/** Map a page that is mapped elsewhere: by a copy of its capability. @throws NotBuilt */
export function* sharePage(
  stock: Stock,
  vspace: seL4_RISCV_PageTable,
  page: seL4_RISCV_Page,
  address: number,
  access: Access,
): Thread<void> {
  const slot = yield* stock.slot();
  stock.check(yield* cspace_copy(stock.cspace, slot, stock.cspace, page, seL4_AllRights));
  yield* mapPage(stock, vspace, slot, address, access);
}

/** The root task's view of pages that it writes to. */
export class Views {
  readonly #stock: Stock;
  #next = VIEW_BASE;

  constructor(stock: Stock) {
    this.#stock = stock;
  }

  /** Show pages one behind the other. Returns the address of the first. @throws NotBuilt */
  *show(pages: readonly seL4_RISCV_Page[]): Thread<number> {
    const first = this.#next;
    for (const page of pages) {
      yield* sharePage(this.#stock, seL4_CapInitThreadVSpace, page, this.#next, "write");
      this.#next += PAGE_BYTES;
    }
    return first;
  }
}

const ZEROES = new Uint8Array(PAGE_BYTES);

/** Fill pages of the view with zeroes. */
export function* zeroPages(address: number, pages: number): Thread<void> {
  for (let i = 0; i < pages; i++) yield* copyOut(address + i * PAGE_BYTES, ZEROES);
}
