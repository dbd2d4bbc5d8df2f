/**
 * The memory server: makes its frames and page tables of untyped memory when it starts, and then only hands them round.
 *
 * All that it has is made at the beginning: frames, which it sees at addresses of its own for ever, and untyped memory for
 * page tables, eight for each space that there can be. So nothing can be short later that was not refused before, and a
 * space that has gone leaves the kernel as it was. When the server dies all of it is revoked, spaces and copies of frames
 * among it, wherever they are; the next one begins with nothing, and an empty swap file.
 */
import { cspace_alloc_slot, type cspace_t, cspace_untyped_retype } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  type seL4_CPtr,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  type seL4_RISCV_ASIDPool,
  seL4_RISCV_ExecuteNever,
  seL4_UntypedObject,
} from "@tessera/libsel4";
import { fail } from "../common/answer.js";
import { type Component, component } from "../common/component.js";
import type { Handlers, Offer, OwnSpace, Self, UntypedMemory } from "../common/handles.js";
import { calls, PAGE_BYTES } from "../common/need.js";
import { addressSpaces, ownSpace, untyped } from "../common/resource.js";
import { Directory } from "../vfs/interface.js";
import { Account, Dataspace as Content, type Frame, type OpenFile } from "./content.js";
import { dataspaceHandlers } from "./dataspace-handlers.js";
import { Dataspace, Space, Spaces } from "./interface.js";
import { PageTables, TABLES_OF_SPACE, type TableStock } from "./page-tables.js";
import { Pager } from "./pager.js";
import { Space as AddressSpace, Mapper } from "./space.js";
import { endSpace, spaceHandlers } from "./space-handlers.js";
import { CALLERS, FileReads, Swap, type SwapDirectory } from "./transfers.js";

/** How much there is. */
export interface MemoryOptions {
  /** Pages that are in memory at a time, of all together: from 16 to 512. 128 if left out. */
  readonly frames?: number;
  /** Spaces that there can be, from 1 to 64. 8 if left out. */
  readonly spaces?: number;
  /** Pages of swap, which needs a directory to make a file in; 0 for none, and no such need. 128 if left out. */
  readonly swap?: number;
}

/** Handlers that can wait at a time. */
const WAITING = 32;
/** Pages that are not reserved, so that some can always be on their way. */
const SPARE = 2 * CALLERS;
/** The fewest frames in which a space can do anything. */
const FEWEST_FRAMES = 4;
/** Where the last byte of a file can lie: what grows behind that is still a number. */
const FILE_END = 2 ** 52;
/** Page tables that the server's own view of its frames may take. */
const VIEW_TABLES = 2;

/**
 * The component. Its offer is the making of spaces and dataspaces.
 * @throws RangeError for numbers that will not do
 */
export function memoryServer({ frames = 128, spaces = 8, swap = 128 }: MemoryOptions = {}): Component {
  check("frames", frames, 16, 512);
  check("spaces", spaces, 1, 64);
  check("pages of swap", swap, 0, 2 ** 18);
  const pages = frames + spaces * TABLES_OF_SPACE + VIEW_TABLES;
  const own = { store: untyped(seL4_PageBits + Math.ceil(Math.log2(pages))), pool: addressSpaces(), view: ownSpace() };
  return component("memory", {
    needs: swap > 0 ? { ...own, swap: calls(Directory, { window: CALLERS }) } : own,
    offers: { spaces: Spaces },
    waiting: WAITING,
    callers: CALLERS,
    // A frame, and two places where it is seen; a table and its memory.
    slots: 3 * frames + 2 * (pages - frames) + 16 * spaces + 64,
    *main({ spaces: offer, self, ...handles }) {
      const { store, pool, view, swap: directory } = handles as typeof handles & { swap?: SwapDirectory };
      const made = yield* makeAll(self, store, view, frames, pages - frames);
      const file = directory === undefined ? null : yield* Swap.open(directory, swap, self);
      const server = new MemoryServer(self, pool, offer, made, file);
      yield* offer.serve(({ badge }) => badge, server.handlers());
    },
  });
}

/** What it hands round. */
interface Made {
  readonly frames: readonly Frame[];
  readonly tables: TableStock;
}

class MemoryServer {
  readonly #self: Self;
  readonly #pool: seL4_RISCV_ASIDPool;
  readonly #offer: Offer<typeof Spaces>;
  readonly #made: Made;
  readonly #swap: Swap | null;
  readonly #pager: Pager;
  readonly #spaces = new Set<AddressSpace>();
  readonly #capacity: number;
  #reserved = 0;

  constructor(self: Self, pool: seL4_RISCV_ASIDPool, offer: Offer<typeof Spaces>, made: Made, swap: Swap | null) {
    this.#self = self;
    this.#pool = pool;
    this.#offer = offer;
    this.#made = made;
    this.#swap = swap;
    const mapper = new Mapper(self.cspace, this.#spaces);
    this.#pager = new Pager(self, mapper, made.frames, swap, new FileReads(self));
    this.#capacity = made.frames.length + (swap?.map.slots ?? 0) - SPARE;
  }

  handlers(): Handlers<typeof Spaces, number> {
    const dataspaces = dataspaceHandlers(this.#pager);
    const spaces = spaceHandlers(this.#pager, this.#offer, this.#self);
    const open = (content: Content) => {
      content.users += 1;
      return this.#offer.session(Dataspace, content, dataspaces, (closed) => this.#pager.release(closed));
    };
    const never = this.#self.condition<never>();
    return {
      space: (_, limits) => this.#space(limits.frames, limits.pages, spaces),
      dataspace: (_, { bytes }) => {
        const pages = Math.ceil(bytes / PAGE_BYTES);
        if (pages === 0 || !this.#canReserve(pages)) return fail("Full");
        if (!this.#offer.hasRoom()) return fail("Busy");
        this.#reserved += pages;
        const account = new Account(Number.POSITIVE_INFINITY, pages);
        // It is reserved as long as it is mapped somewhere.
        return { dataspace: open(new Content(account, pages, null, () => this.#unreserve(pages))) };
      },
      *file(owner, { file, offset, bytes }) {
        if (bytes === 0 || offset + bytes > FILE_END) {
          yield* file.forget();
          return fail("BadAddress");
        }
        const opened: OpenFile = { client: file, owner, users: 0 };
        const nobody = new Account(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
        const content = new Content(nobody, Math.ceil(bytes / PAGE_BYTES), { file: opened, offset });
        return { dataspace: open(content) };
      },
      stat: () => ({
        frames: this.#made.frames.length,
        freeFrames: this.#pager.freeFrames,
        slots: this.#swap?.map.slots ?? 0,
        freeSlots: this.#swap?.map.free ?? 0,
        capacity: this.#capacity,
        reserved: this.#reserved,
      }),
      watch: () => never.wait(),
    };
  }

  *#space(frames: number, pages: number, handlers: Handlers<typeof Space, AddressSpace>) {
    if (frames < FEWEST_FRAMES) return fail("TooFew");
    if (!this.#canReserve(pages)) return fail("Full");
    if (!this.#offer.hasRoom()) return fail("Busy");
    const tables = yield* PageTables.create(this.#self.cspace, this.#made.tables, this.#pool);
    if (tables === null) return fail("Full");
    this.#reserved += pages;
    const space = new AddressSpace(new Account(frames, pages), tables);
    this.#spaces.add(space);
    return { space: this.#offer.session(Space, space, handlers, (ended) => this.#end(ended)) };
  }

  *#end(space: AddressSpace): Thread<void> {
    this.#spaces.delete(space);
    yield* endSpace(space, this.#pager, this.#offer, this.#self);
    this.#unreserve(space.account.pages);
  }

  #canReserve(pages: number): boolean {
    return this.#reserved + pages <= this.#capacity;
  }

  #unreserve(pages: number): void {
    this.#reserved -= pages;
  }
}

/** Frames, each at its place in the server's view, and memory for tables. @throws Error when something is missing */
function* makeAll(
  { cspace }: Self,
  store: UntypedMemory,
  { vspace, address }: OwnSpace,
  frames: number,
  tables: number,
): Thread<Made> {
  const stock: TableStock = [];
  for (let i = 0; i < tables; i++) stock.push(yield* make(cspace, store, seL4_UntypedObject));
  const view = PageTables.adopt(cspace, vspace, stock.splice(0, VIEW_TABLES));
  const made: Frame[] = [];
  for (let i = 0; i < frames; i++) {
    const cptr = yield* make(cspace, store, seL4_RISCV_4K_Page);
    const frame = { cptr, address: address + i * PAGE_BYTES, page: null, payer: null, isZero: true };
    const place = { address: frame.address, rights: seL4_ReadWrite, attributes: seL4_RISCV_ExecuteNever };
    if (!(yield* view.map(cptr, place, () => {}))) throw new Error(`frame ${i} cannot be seen`);
    made.push(frame);
  }
  return { frames: made, tables: stock };
}

function* make(cspace: cspace_t, { cptr }: UntypedMemory, type: number): Thread<seL4_CPtr> {
  const slot = yield* cspace_alloc_slot(cspace);
  const error = slot === seL4_CapNull ? null : yield* cspace_untyped_retype(cspace, cptr, slot, type, seL4_PageBits);
  if (error !== seL4_NoError) throw new Error(`memory: its memory or its slots are too few (${error})`);
  return slot;
}

function check(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`memoryServer: ${what}: a whole number from ${least} to ${most}, not ${value}`);
}
