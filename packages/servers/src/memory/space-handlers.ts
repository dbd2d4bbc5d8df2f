/** What is asked of a space: to put things where they are to lie, to mend faults, to read and write. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  seL4_getFault,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_Signal,
} from "@tessera/libsel4";
import { FaultStatus } from "@tessera/libsel4/abi";
import { fail } from "../common/answer.js";
import { diedOf } from "../common/died-of.js";
import type { Handlers, Offer, Self } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import { Dataspace } from "./content.js";
import { readPages, writePages } from "./dataspace-handlers.js";
import type { Space as Interface, Spaces } from "./interface.js";
import type { Pager, Want } from "./pager.js";
import { canLie, type Region } from "./regions.js";
import type { Backing, Space } from "./space.js";

/** Regions of one space: who wants more is answered `Busy`. */
const REGIONS = 64;
/** Threads of one space that have a handler. */
const THREADS = 64;
/** Faults of one space that could not be mended and were not asked for. */
const UNMENDED = 16;

/** Its thread goes on, and tries again. */
const GO_ON = seL4_MessageInfo_new(0, 0, 0, 0);

/** Handlers of spaces. */
export function spaceHandlers(
  pager: Pager,
  offer: Offer<typeof Spaces>,
  self: Self,
): Handlers<typeof Interface, Space> {
  return {
    ...placing(pager, self),
    *read(space, { address, length }) {
      return yield* readPages(address, length, (at) => pager.touch(space, at, "r"));
    },
    *write(space, { address, data }) {
      return yield* writePages(address, data, (at) => pager.touch(space, at, "w"));
    },
    vspace: ({ tables }) => ({ vspace: tables.root }),
    handler(space, { thread }) {
      const there = space.handlers.get(thread);
      if (there !== undefined) return { handler: there };
      if (space.handlers.size === THREADS) return fail("Full");
      const hears = (_: null, info: seL4_MessageInfo_t) => mendFault(pager, space, thread, info);
      const handler = offer.hear(null, hears, { waits: true });
      space.handlers.set(thread, handler);
      return { handler };
    },
    *onFault(space, { signal }) {
      if (space.signal !== seL4_CapNull) yield* self.drop(space.signal);
      space.signal = signal;
      if (space.unmended.length > 0) yield* seL4_Signal(signal);
    },
    fault: ({ unmended }) => unmended.shift() ?? fail("End"),
    stat({ regions, dataspaces, account }) {
      const stats = [...dataspaces].filter((each) => each.account === account).map((each) => each.stat());
      const resident = stats.reduce((sum, each) => sum + each.resident, 0);
      const swapped = stats.reduce((sum, each) => sum + each.swapped, 0);
      return { regions: regions.all.length, resident, swapped, frames: account.frames, pages: account.pages };
    },
  };
}

/** The space is gone: nothing lies in it, nobody mends its faults, and its threads see nothing. */
export function* endSpace(space: Space, pager: Pager, offer: Offer<typeof Spaces>, self: Self): Thread<void> {
  space.isEnded = true;
  for (const handler of space.handlers.values()) yield* offer.end(handler);
  yield* pager.discard(space, space.regions.remove(0, Number.MAX_SAFE_INTEGER));
  yield* space.tables.destroy();
  if (space.signal !== seL4_CapNull) yield* self.drop(space.signal);
}

type Placing = Pick<
  Handlers<typeof Interface, Space>,
  "anonymous" | "map" | "stack" | "page" | "grow" | "protect" | "unmap"
>;

/** What lies where. */
function placing(pager: Pager, self: Self): Placing {
  return {
    anonymous: (space, { address, bytes, access }) => {
      const backing = privately(new Dataspace(space.account, Number.POSITIVE_INFINITY));
      return place(space, { start: address, end: address + bytes, floor: address, access, backing, offset: 0 });
    },
    *map(space, { address, bytes, access, dataspace, offset, copy }) {
      const from = dataspace as Dataspace;
      const [first, count] = [offset / PAGE_BYTES, bytes / PAGE_BYTES];
      if (!Number.isInteger(first) || first + count > from.length) return fail("BadAddress");
      if (!copy && from.isReadOnly && access.includes("w")) return fail("Denied");
      const region = { start: address, end: address + bytes, floor: address, access };
      const isFree = whyNot(space, region);
      if (isFree !== null) return fail(isFree);
      const own = copy ? yield* pager.copy(from, first, count, space.account) : null;
      if (copy && own === null) return fail("Full");
      const backing =
        own === null ? ({ kind: "dataspace", dataspace: from, isPrivate: false } as const) : privately(own);
      return place(space, { ...region, backing, offset: own === null ? first : 0 });
    },
    stack: (space, { top, bytes, limit }) => {
      if (limit < bytes || !canLie(top - limit, limit)) return fail("BadAddress");
      const backing = privately(new Dataspace(space.account, Number.POSITIVE_INFINITY));
      const [start, floor] = [top - bytes, top - limit];
      return place(space, { start, end: top, floor, access: "rw", backing, offset: (start - floor) / PAGE_BYTES });
    },
    *page(space, { address, access, page }) {
      const backing = { kind: "page", cptr: page } as const;
      const region = { start: address, end: address + PAGE_BYTES, floor: address, access, backing, offset: 0 };
      const placed = place(space, region);
      if (placed !== undefined) yield* self.drop(page);
      return placed;
    },
    *grow(space, { address, bytes }) {
      if (!canLie(address, bytes)) return fail("BadAddress");
      const region = space.regions.at(address);
      if (region?.start === address && !canHave(region, bytes / PAGE_BYTES)) return fail("BadAddress");
      const removed = space.regions.resize(address, address + bytes);
      if (typeof removed === "string") return fail(removed);
      yield* pager.discard(space, removed);
      return;
    },
    *protect(space, { address, bytes, access }) {
      if (!canLie(address, bytes)) return fail("BadAddress");
      const [end, { regions }] = [address + bytes, space];
      const there = regions.all.filter((region) => region.start < end && region.end > address);
      if (!there.every(({ backing }) => mayBe(backing, access))) return fail("Denied");
      if (regions.all.length + regions.cutsAt(address, end) > REGIONS) return fail("Busy");
      if (!regions.protect(address, end, access)) return fail("BadAddress");
      yield* pager.reconsider(space, address, end);
      return;
    },
    *unmap(space, { address, bytes }) {
      if (!canLie(address, bytes)) return fail("BadAddress");
      const [end, { regions }] = [address + bytes, space];
      const around = regions.at(address);
      const isHole = around !== null && around.start < address && around.end > end;
      if (isHole && regions.all.length >= REGIONS) return fail("Busy");
      yield* pager.discard(space, regions.remove(address, end));
      return;
    },
  };
}

function privately(dataspace: Dataspace): Backing {
  return { kind: "dataspace", dataspace, isPrivate: true };
}

/** Whether what stands behind a region may be used so: what a file gives is not written, but copies of it. */
function mayBe(backing: Backing, access: Region<Backing>["access"]): boolean {
  if (backing.kind === "page" || backing.isPrivate) return true;
  return !(backing.dataspace.isReadOnly && access.includes("w"));
}

/** Whether what stands behind a region has so many pages from its beginning on. */
function canHave({ backing, offset }: Region<Backing>, pages: number): boolean {
  if (backing.kind === "page") return pages === 1;
  return backing.isPrivate || offset + pages <= backing.dataspace.length;
}

function place(space: Space, region: Region<Backing>) {
  const why = whyNot(space, region);
  if (why !== null) return fail(why);
  space.regions.add(region);
  const { backing } = region;
  if (backing.kind === "dataspace" && !space.dataspaces.has(backing.dataspace)) {
    space.dataspaces.add(backing.dataspace);
    backing.dataspace.users += 1;
  }
  return;
}

/** Why nothing can be put there; null: it can. */
function whyNot({ regions }: Space, { start, end }: Pick<Region<Backing>, "start" | "end">) {
  if (!canLie(start, end - start)) return "BadAddress";
  if (regions.overlaps(start, end)) return "Overlap";
  return regions.all.length < REGIONS ? null : "Busy";
}

/** A thread has faulted. What cannot be mended is told, and the thread stays stopped. */
function* mendFault(
  pager: Pager,
  space: Space,
  thread: number,
  info: seL4_MessageInfo_t,
): Thread<seL4_MessageInfo_t | null> {
  const words = diedOf(info);
  const fault = seL4_getFault(info);
  // No fault at all: somebody who can call it speaks to a handler of faults.
  if (words === null) return GO_ON;
  if (fault.type !== "VMFault") return yield* tell(space, { thread, isAccess: false, address: 0, why: words });
  const want: Want = fault.PrefetchFault ? "x" : fault.FSR === FaultStatus.Store ? "w" : "r";
  const trouble = yield* pager.mend(space, fault.Addr, want);
  if (trouble === null || trouble.kind === "later") return GO_ON;
  return yield* tell(space, { thread, isAccess: true, address: fault.Addr, why: trouble.why });
}

function* tell(space: Space, unmended: Space["unmended"][number]): Thread<null> {
  if (space.isEnded) return null;
  if (space.unmended.length < UNMENDED) space.unmended.push(unmended);
  if (space.signal !== seL4_CapNull) yield* seL4_Signal(space.signal);
  return null;
}
