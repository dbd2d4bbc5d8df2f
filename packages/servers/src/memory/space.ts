/**
 * Address spaces: what lies where in them (regions), and what of it the processor sees at the moment (mappings).
 *
 * A mapping is a copy of a frame's capability. It is made when a page is touched, hidden when the hand comes by or the page
 * becomes shared, shown again at the next fault, and deleted when the page leaves its frame. Where the frame may be
 * written only by a fault that is seen, it is mapped to be read: so the first write of each page is seen.
 */
import { cspace_alloc_slot, cspace_copy, cspace_delete, cspace_free_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  seL4_RISCV_Page_Unmap,
} from "@tessera/libsel4";
import type { Raw } from "../common/raw.js";
import type { OpenSession } from "../common/session.js";
import type { Account, Dataspace, Page } from "./content.js";
import type { PageTables } from "./page-tables.js";
import { type AccessName, type Region, Regions } from "./regions.js";

/** What stands behind a region. */
export type Backing =
  | { readonly kind: "dataspace"; readonly dataspace: Dataspace; readonly isPrivate: boolean }
  | { readonly kind: "page"; readonly cptr: seL4_RISCV_Page };

/** Where a page is seen. */
export interface Mapping {
  readonly space: Space;
  readonly address: number;
  /** The copy of its frame's capability. */
  readonly cptr: seL4_RISCV_Page;
  readonly page: Page;
  /** As whose page. */
  readonly dataspace: Dataspace;
  isShown: boolean;
  isWritable: boolean;
}

/** A fault that could not be mended. */
export interface Unmended {
  readonly thread: number;
  /** Whether it was an access to memory, at `address`. */
  readonly isAccess: boolean;
  readonly address: number;
  readonly why: string;
}

/** An address space. */
export class Space {
  readonly account: Account;
  readonly tables: PageTables;
  readonly regions = new Regions<Backing>();
  /** By address, the oldest first. */
  readonly mappings = new Map<number, Mapping>();
  /** Those that its regions show: it is one of their users. */
  readonly dataspaces = new Set<Dataspace>();
  /** By number of the thread. */
  readonly handlers = new Map<number, OpenSession<typeof Raw>>();
  readonly unmended: Unmended[] = [];
  /** Whom to tell; 0: nobody. */
  signal: seL4_CPtr<"Notification"> = seL4_CapNull;
  isEnded = false;

  constructor(account: Account, tables: PageTables) {
    this.account = account;
    this.tables = tables;
  }
}

/** Makes mappings and takes them back, in all spaces. */
export class Mapper {
  readonly #cspace: cspace_t;
  readonly #spaces: ReadonlySet<Space>;

  constructor(cspace: cspace_t, spaces: ReadonlySet<Space>) {
    this.#cspace = cspace;
    this.#spaces = spaces;
  }

  /**
   * Show `page`, which lies in a frame, at `address`. To be written only when that need not be seen any more.
   * @returns false when something of somebody else's lies there
   */
  *show(space: Space, address: number, page: Page, dataspace: Dataspace, access: AccessName): Thread<boolean> {
    const there = space.mappings.get(address);
    if (there !== undefined && there.page !== page) yield* this.remove(there);
    const mapping = space.mappings.get(address) ?? (yield* this.#make(space, address, page, dataspace));
    if (mapping === null) return false;
    const isWritable = access.includes("w") && page.dirty && !page.isShared;
    const shown = yield* showPage(space, mapping.cptr, address, access, isWritable);
    mapping.isShown = shown;
    mapping.isWritable = isWritable;
    if (!shown) yield* this.remove(mapping);
    return shown;
  }

  /** Whoever touches it faults; it is shown again by the same capability. */
  *hide(mapping: Mapping): Thread<void> {
    if (!mapping.isShown) return;
    mapping.isShown = false;
    yield* seL4_RISCV_Page_Unmap(mapping.cptr);
  }

  /** Hide all that is seen between two addresses. */
  *hideBetween(space: Space, start: number, end: number): Thread<void> {
    for (const mapping of space.mappings.values()) {
      if (mapping.address >= start && mapping.address < end) yield* this.hide(mapping);
    }
    for (const { backing, start: address } of space.regions.all) {
      if (backing.kind === "page" && address >= start && address < end) yield* seL4_RISCV_Page_Unmap(backing.cptr);
    }
  }

  /** The page is not seen there any more. */
  *remove(mapping: Mapping): Thread<void> {
    mapping.space.mappings.delete(mapping.address);
    mapping.page.mappings.delete(mapping);
    yield* this.drop(mapping.cptr);
  }

  /** Delete a capability, and free its slot. */
  *drop(cptr: seL4_CPtr): Thread<void> {
    yield* cspace_delete(this.#cspace, cptr);
    yield* cspace_free_slot(this.#cspace, cptr);
  }

  *#make(space: Space, address: number, page: Page, dataspace: Dataspace): Thread<Mapping | null> {
    const frame = page.frame?.cptr ?? seL4_CapNull;
    let cptr = yield* cspace_alloc_slot(this.#cspace);
    while (cptr === seL4_CapNull) {
      const oldest = this.#oldestOfMost();
      if (oldest === null) return null;
      yield* this.remove(oldest);
      cptr = yield* cspace_alloc_slot(this.#cspace);
    }
    const error = yield* cspace_copy(this.#cspace, cptr, this.#cspace, frame, seL4_AllRights);
    if (error !== seL4_NoError) throw new Error(`a frame cannot be copied: error ${error}`);
    const mapping = { space, address, cptr, page, dataspace, isShown: false, isWritable: false };
    space.mappings.set(address, mapping);
    page.mappings.add(mapping);
    return mapping;
  }

  /** Slots have run out: the space that has most mappings can do without one. */
  #oldestOfMost(): Mapping | null {
    let most: Space | null = null;
    for (const space of this.#spaces) if (space.mappings.size > (most?.mappings.size ?? 0)) most = space;
    const [oldest] = most?.mappings.values() ?? [];
    return oldest ?? null;
  }
}

/** Map a page by its capability. @returns false when the kernel refuses */
export function* showPage(
  space: Space,
  cptr: seL4_RISCV_Page,
  address: number,
  access: AccessName,
  isWritable: boolean,
): Thread<boolean> {
  const place = {
    address,
    rights: isWritable ? seL4_ReadWrite : seL4_CanRead,
    attributes: access.includes("x") ? seL4_RISCV_Default_VMAttributes : seL4_RISCV_ExecuteNever,
  };
  return yield* space.tables.map(cptr, place, (start, end) => {
    for (const mapping of space.mappings.values()) {
      if (mapping.address >= start && mapping.address < end) mapping.isShown = false;
    }
  });
}

/** The dataspaces that regions show. */
export function dataspacesIn(regions: readonly Region<Backing>[]): Set<Dataspace> {
  return new Set(regions.flatMap(({ backing }) => (backing.kind === "dataspace" ? [backing.dataspace] : [])));
}
