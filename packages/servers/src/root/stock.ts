/**
 * The stock: what the root task makes things of, and what becomes of the capabilities that it has made.
 *
 * Single objects come from ut-alloc. Rows of equal objects, and CNodes of more than a page, come from one untyped of the
 * kernel's that is set aside for them, so that the pages of a memory lie one behind the other for devices. Nothing is
 * ever given back: a step that fails throws NotBuilt, with the component and the step, and the machine stops.
 *
 * Each slot that is taken ends in one of three ways (vault.ts): it is kept for supervision, its capability is put away
 * because something exists only as long as it does, or it is deleted.
 */
import { cspace_alloc_slot, cspace_mint, type cspace_t, cspace_untyped_retype } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  type seL4_CapRights_t,
  seL4_CapTableObject,
  type seL4_CPtr,
  type seL4_Error,
  seL4_NoError,
  seL4_PageBits,
  seL4_SlotBits,
  sel4_strerror,
} from "@tessera/libsel4";
import { alloc_retype, type CPtrOf, MAP_FRAME_NO_MEMORY, ut_bootstrap } from "@tessera/ut-alloc";
import { NotBuilt } from "./not-built.js";

/** Longest name of an object (`seL4_Untyped_Retype`). */
const MAX_NAME_LENGTH = 64;
const NO_MEMORY = "no memory or slots are left";

/** Memory, slots, and where in the plan the root task is. */
export class Stock {
  readonly bootinfo: seL4_BootInfo;
  /** The CSpace that the root task runs on. */
  readonly cspace: cspace_t;
  /** Slots whose capabilities the supervisor uses. */
  readonly kept = new Set<seL4_CPtr>();
  /** Slots whose capabilities must exist, and that nobody uses any more. */
  readonly held: seL4_CPtr[] = [];
  readonly #rows: seL4_CPtr<"Untyped">;
  #where = "";

  /** @param rowBytes what `row` will take at most */
  constructor(bootinfo: seL4_BootInfo, rowBytes: number) {
    this.bootinfo = bootinfo;
    const index = untypedFor(bootinfo, rowBytes);
    this.#rows = index < 0 ? 0 : bootinfo.untyped.start + index;
    // The allocator does not look at untypeds of less than 16 bytes.
    const untypedList = bootinfo.untypedList.map((one, i) => (i === index ? { ...one, sizeBits: 0 } : one));
    this.cspace = ut_bootstrap({ ...bootinfo, untypedList });
  }

  /** What follows is done for `component`, and is called `step` should it fail. */
  at(component: string, step: string): void {
    this.#where = `${component}, ${step}`;
  }

  /** @throws NotBuilt always */
  fail(why: string): never {
    throw new NotBuilt(`${this.#where}: ${why}`);
  }

  /** @throws NotBuilt when a step has failed */
  check(err: seL4_Error | typeof MAP_FRAME_NO_MEMORY): void {
    if (err === seL4_NoError) return;
    this.fail(err === MAP_FRAME_NO_MEMORY ? NO_MEMORY : sel4_strerror(err));
  }

  /** An empty slot. @throws NotBuilt when none is left */
  *slot(): Thread<seL4_CPtr> {
    const slot = yield* cspace_alloc_slot(this.cspace);
    return slot === 0 ? this.fail(NO_MEMORY) : slot;
  }

  /** A new object of at most 4 KiB. @throws NotBuilt when memory or slots have run out */
  *object<T extends number>(type: T, sizeBits: number, name: string): Thread<CPtrOf<T>> {
    const { ut, cptr } = yield* alloc_retype(type, sizeBits, this.cspace, name.slice(0, MAX_NAME_LENGTH));
    return ut === null ? this.fail(NO_MEMORY) : cptr;
  }

  /** New objects that lie one behind the other. @throws NotBuilt when memory or slots have run out */
  *row<T extends number>(type: T, sizeBits: number, count: number, name: string): Thread<CPtrOf<T>[]> {
    const made: CPtrOf<T>[] = [];
    while (made.length < count) {
      const slot = yield* this.slot();
      const numbered = count === 1 ? name : `${name}[${made.length}]`;
      const called = numbered.slice(0, MAX_NAME_LENGTH);
      const err = yield* cspace_untyped_retype(this.cspace, this.#rows, slot, type, sizeBits, called);
      if (err !== seL4_NoError) this.fail(NO_MEMORY);
      made.push(slot as CPtrOf<T>);
    }
    return made;
  }

  /** A copy of a capability with a badge, or a guard, and these rights. @throws NotBuilt when no slot is left */
  *mint(from: seL4_CPtr, rights: seL4_CapRights_t, badge: number): Thread<seL4_CPtr> {
    const slot = yield* this.slot();
    this.check(yield* cspace_mint(this.cspace, slot, this.cspace, from, rights, badge));
    return slot;
  }

  /** The supervisor will use it. */
  keep<T extends seL4_CPtr>(cptr: T): T {
    this.kept.add(cptr);
    return cptr;
  }

  /** Something exists only as long as this capability does. */
  hold<T extends seL4_CPtr>(cptr: T): T {
    this.held.push(cptr);
    return cptr;
  }
}

/** Whether a CNode of 2^`bits` slots is too large for the allocator of single objects. */
export function isLargeCNode(bits: number): boolean {
  return bits + seL4_SlotBits > seL4_PageBits;
}

/** A CNode of any size. */
export function* makeCNode(stock: Stock, bits: number, name: string): Thread<seL4_CPtr<"CNode">> {
  if (!isLargeCNode(bits)) return yield* stock.object(seL4_CapTableObject, bits, name);
  const [cnode] = yield* stock.row(seL4_CapTableObject, bits, 1, name);
  return cnode as seL4_CPtr<"CNode">;
}

/** The smallest untyped with so many bytes, or the largest when none has; -1 when nothing is wanted, or there is none. */
function untypedFor({ untypedList }: seL4_BootInfo, bytes: number): number {
  let best = -1;
  for (const [i, { isDevice, sizeBits }] of untypedList.entries()) {
    if (bytes === 0 || isDevice) continue;
    const known = untypedList[best]?.sizeBits ?? -1;
    const fits = 2 ** sizeBits >= bytes;
    const isBetter = 2 ** known >= bytes ? fits && sizeBits < known : sizeBits > known;
    if (isBetter) best = i;
  }
  return best;
}
