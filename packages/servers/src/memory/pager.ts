/**
 * The pager: pages come to where they are touched, and frames are made free for them.
 *
 * A handler that wants a page goes through steps, and asks again after each that has parked, since all may be different
 * then: the region gone, the page elsewhere. What has to come to its end whoever waits for it, a page on its way, is a
 * task. Between two parks nothing else happens, so what a step has seen holds until it parks.
 *
 *     touch ─▸ no page: made ─▸ on its way: waits ─▸ no frame: taken, zeroed or filled ─▸ shared and to be written: its own
 *     take  ─▸ over its own limit: one of its own goes ─▸ none free: anyone's goes, by second chance ─▸ dirty: written first
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import type { Self } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import { type Account, Dataspace, type Frame, type OpenFile, Page, pay, type Trouble } from "./content.js";
import { type AccessName, pageIn, type Region } from "./regions.js";
import { SecondChance, type Verdict } from "./second-chance.js";
import { type Backing, dataspacesIn, type Mapper, type Space, showPage } from "./space.js";
import type { FileReads, Swap } from "./transfers.js";

const ZEROES = new Uint8Array(PAGE_BYTES);
/** Pages that may fail to be written before who wants their frames is told. */
const FAILURES = 3;

/** What somebody wants to do with memory. */
export type Want = "r" | "w" | "x";

/** Pages of everybody. */
export class Pager {
  readonly #self: Self;
  readonly #mapper: Mapper;
  readonly #frames: readonly Frame[];
  readonly #free: Frame[];
  readonly #hand: SecondChance<Frame>;
  readonly #swap: Swap | null;
  readonly #files: FileReads;
  /** A page has arrived somewhere, or a frame is free. */
  readonly #moved: Condition;
  /** Pages on their way. */
  #moving = 0;

  constructor(self: Self, mapper: Mapper, frames: readonly Frame[], swap: Swap | null, files: FileReads) {
    this.#self = self;
    this.#mapper = mapper;
    this.#frames = frames;
    this.#free = [...frames].reverse();
    this.#hand = new SecondChance(frames);
    this.#swap = swap;
    this.#files = files;
    this.#moved = self.condition();
  }

  /** Frames in which nothing lies. */
  get freeFrames(): number {
    return this.#free.length;
  }

  /** Mend a fault: the page is there and may be used so. Parks. */
  *mend(space: Space, address: number, want: Want): Thread<Trouble | null> {
    const start = address - (address % PAGE_BYTES);
    for (;;) {
      const region = regionFor(space, address, want);
      if ("why" in region) return region;
      const { backing, access } = region;
      if (backing.kind === "page") {
        const isShown = yield* showPage(space, backing.cptr, start, access, access.includes("w"));
        return isShown ? null : outside("the page that lies there is gone, or something else does");
      }
      const page = yield* this.#step(backing.dataspace, pageIn(region, address), want === "w");
      if (page === null) continue;
      if (!(page instanceof Page)) return page;
      const isShown = yield* this.#mapper.show(space, start, page, backing.dataspace, access);
      return isShown ? null : outside("something that is not this server's lies there");
    }
  }

  /** The page at `address`, for this server to use before it parks again. Parks. */
  *touch(space: Space, address: number, want: Want): Thread<Page | Trouble> {
    for (;;) {
      const region = regionFor(space, address, want);
      if ("why" in region) return region;
      if (region.backing.kind === "page") return outside("a page of somebody else's lies there");
      const page = yield* this.#step(region.backing.dataspace, pageIn(region, address), want === "w");
      if (page !== null) return page;
    }
  }

  /** Page number `number` of a dataspace, likewise. */
  *touchIn(dataspace: Dataspace, number: number, want: Want): Thread<Page | Trouble> {
    for (;;) {
      if (dataspace.users === 0) return outside("the dataspace is gone");
      const page = yield* this.#step(dataspace, number, want === "w");
      if (page !== null) return page;
    }
  }

  /**
   * A dataspace as it is now, on another account: what of it there is is shared until one side writes.
   * @returns null when the account may not have so many pages more
   */
  *copy(of: Dataspace, first: number, count: number, account: Account): Thread<Dataspace | null> {
    const shared = [...of.pages].filter(([number]) => number >= first && number < first + count);
    if (account.held + shared.length > account.pages) return null;
    const { source } = of;
    const from = source === null ? null : { file: source.file, offset: source.offset + first * PAGE_BYTES };
    const copy = new Dataspace(account, count, from);
    for (const [number, page] of shared) {
      copy.hold(number - first, page);
      for (const mapping of page.mappings) if (mapping.isWritable) yield* this.#mapper.hide(mapping);
    }
    return copy;
  }

  /** What lies between two addresses may be used in another way now: it is shown again when it is touched. */
  *reconsider(space: Space, start: number, end: number): Thread<void> {
    yield* this.#mapper.hideBetween(space, start, end);
  }

  /** The regions of a space are others now: what does not lie in it any more, `removed`, goes. */
  *discard(space: Space, removed: readonly Region<Backing>[]): Thread<void> {
    for (const { start, end, backing, offset } of removed) {
      for (const mapping of [...space.mappings.values()]) {
        if (mapping.address >= start && mapping.address < end) yield* this.#mapper.remove(mapping);
      }
      if (backing.kind === "page") {
        yield* this.#mapper.drop(backing.cptr);
        continue;
      }
      if (!backing.isPrivate) continue;
      const { pages } = backing.dataspace;
      const count = (end - start) / PAGE_BYTES;
      for (const number of [...pages.keys()]) {
        if (number >= offset && number < offset + count) yield* this.#letGo(backing.dataspace, number);
      }
    }
    const left = dataspacesIn(space.regions.all);
    for (const dataspace of [...space.dataspaces]) {
      if (left.has(dataspace)) continue;
      space.dataspaces.delete(dataspace);
      yield* this.release(dataspace);
    }
  }

  /** One of its users does not know it any more. After the last one all that it holds goes. */
  *release(dataspace: Dataspace): Thread<void> {
    dataspace.users -= 1;
    if (dataspace.users > 0) return;
    for (const number of [...dataspace.pages.keys()]) yield* this.#letGo(dataspace, number);
    if (dataspace.source !== null) yield* this.#forget(dataspace.source.file);
    dataspace.gone();
  }

  /** One user of a file less. It stays open: that is its opener's business. */
  *#forget(file: OpenFile): Thread<void> {
    file.users -= 1;
    if (file.users === 0) yield* file.client.forget();
  }

  *#letGo(dataspace: Dataspace, number: number): Thread<void> {
    const page = dataspace.letGo(number);
    if (page === null) return;
    for (const mapping of [...page.mappings]) {
      if (mapping.dataspace === dataspace) yield* this.#mapper.remove(mapping);
    }
    if (page.holders.size === 0 && page.transit === null) this.#dispose(page);
  }

  /** Nobody holds it any more, and it is not on its way. */
  #dispose(page: Page): void {
    if (page.frame !== null) this.#giveBack(page.frame);
    page.frame = null;
    this.#freeSlot(page);
  }

  /** One step towards a page: the page if it is there; null when all has to be looked at again. */
  *#step(dataspace: Dataspace, number: number, isWrite: boolean): Thread<Page | Trouble | null> {
    const page = dataspace.page(number);
    if (page === null) return outside(`it has as many pages as it may, ${dataspace.account.pages}`);
    if (page.transit !== null) {
      yield* page.transit.wait();
      return null;
    }
    if (page.frame === null) return yield* this.#bringIn(page, dataspace.account);
    if (isWrite && page.isShared) return yield* this.#separate(dataspace, number, page);
    page.used = true;
    if (isWrite) this.#soil(page);
    return page;
  }

  /** It is written to: what swap has of it is of no use any more. */
  #soil(page: Page): void {
    page.dirty = true;
    this.#freeSlot(page);
  }

  #freeSlot(page: Page): void {
    if (page.slot !== null) this.#swap?.map.release(page.slot);
    page.slot = null;
  }

  /** Have a page in a frame. */
  *#bringIn(page: Page, account: Account): Thread<Trouble | null> {
    const frame = yield* this.#take(account);
    if (!("cptr" in frame)) return frame;
    if (page.frame !== null || page.transit !== null || page.holders.size === 0) {
      this.#giveBack(frame);
      return null;
    }
    if (page.slot === null && page.source === null) {
      if (!frame.isZero) yield* copyOut(frame.address, ZEROES);
      this.#settle(page, frame);
      return null;
    }
    page.transit = this.#self.condition();
    this.#moving += 1;
    this.#self.task(this.#load(page, frame));
    return yield* page.transit.wait();
  }

  /** Fill a frame with what swap or a file has. A task. */
  *#load(page: Page, frame: Frame): Thread<void> {
    const { slot, source } = page;
    frame.isZero = false;
    if (source !== null) source.file.users += 1;
    const trouble =
      slot !== null && this.#swap !== null
        ? yield* this.#swap.read(slot, frame.address)
        : yield* this.#files.read(source as NonNullable<typeof source>, frame.address);
    if (trouble === null && page.holders.size > 0) this.#settle(page, frame);
    else this.#giveBack(frame);
    this.#arrived(page, trouble);
    if (source !== null) yield* this.#forget(source.file);
  }

  /** A page of its own for a dataspace that shares one. */
  *#separate(dataspace: Dataspace, number: number, shared: Page): Thread<Trouble | null> {
    shared.pins += 1;
    let frame: Frame | Trouble;
    try {
      frame = yield* this.#take(dataspace.account);
    } finally {
      shared.pins -= 1;
    }
    if (!("cptr" in frame)) return frame;
    const from = shared.frame;
    if (dataspace.pages.get(number) !== shared || from === null || shared.transit !== null || !shared.isShared) {
      this.#giveBack(frame);
      return null;
    }
    yield* this.#letGo(dataspace, number);
    const own = dataspace.hold(number, new Page(null));
    const bytes = new Uint8Array(PAGE_BYTES);
    yield* copyIn(from.address, bytes);
    yield* copyOut(frame.address, bytes);
    this.#settle(own, frame);
    own.dirty = true;
    return null;
  }

  #settle(page: Page, frame: Frame): void {
    page.frame = frame;
    page.used = true;
    frame.page = page;
    frame.isZero = false;
  }

  /** A frame on this account, in which nothing lies. Parks, and holds nothing meanwhile. */
  *#take(account: Account): Thread<Frame | Trouble> {
    for (let failures = 0; ; ) {
      const isOver = account.resident >= account.frames;
      const frame = isOver ? undefined : this.#free.pop();
      if (frame !== undefined) {
        pay(frame, account);
        return frame;
      }
      const victim = yield* this.#victim(isOver ? account : null);
      if (victim === null) {
        if (this.#moving === 0) return this.#nothingGoes();
        yield* this.#moved.wait();
        continue;
      }
      const trouble = yield* this.#evict(victim);
      if (trouble !== null) failures += 1;
      if (trouble !== null && failures === FAILURES) return trouble;
    }
  }

  /** The frame whose page goes next: of an account, or of all. Who is spared is hidden, so that its next use is seen. */
  *#victim(account: Account | null): Thread<Page | null> {
    const spared: Page[] = [];
    const frame = this.#hand.next(({ page, payer }): Verdict => {
      if (page === null || !this.#canGo(page) || (account !== null && payer !== account)) return "stays";
      if (!page.used) return "goes";
      page.used = false;
      spared.push(page);
      return "spared";
    });
    for (const page of spared) {
      for (const mapping of page.mappings) yield* this.#mapper.hide(mapping);
    }
    return frame?.page ?? null;
  }

  #canGo({ transit, pins, dirty, isStuck }: Page): boolean {
    return transit === null && pins === 0 && !(dirty && (this.#swap === null || isStuck));
  }

  /** Nothing can go, and nothing is on its way. Next time all that swap had failed for is tried again. */
  #nothingGoes(): Trouble {
    if (this.#swap === null) return outside("no frame is free, and there is no swap");
    const stuck = this.#frames.filter(({ page }) => page?.isStuck === true);
    for (const { page } of stuck) if (page !== null) page.isStuck = false;
    if (stuck.length > 0) return { kind: "io", why: "no page can be written to swap" };
    return { kind: "later", why: "no frame is free" };
  }

  /** A page leaves its frame; when it is dirty, by way of swap. */
  *#evict(page: Page): Thread<Trouble | null> {
    for (const mapping of [...page.mappings]) yield* this.#mapper.remove(mapping);
    if (!page.dirty) {
      this.#leave(page);
      return null;
    }
    const slot = this.#slot();
    // What is reserved has room: it is on its way.
    if (slot === null) return { kind: "later", why: "swap is full" };
    page.transit = this.#self.condition();
    this.#moving += 1;
    this.#self.task(this.#store(page, slot));
    return yield* page.transit.wait();
  }

  /** Write a page to swap. A task. */
  *#store(page: Page, slot: number): Thread<void> {
    const trouble = yield* (this.#swap as Swap).write(slot, (page.frame as Frame).address);
    if (trouble === null) {
      page.slot = slot;
      page.dirty = false;
      this.#leave(page);
    } else {
      page.isStuck = true;
      this.#swap?.map.release(slot);
    }
    this.#arrived(page, trouble);
  }

  /** A free slot; one of a page that is in memory too, if there is no other. */
  #slot(): number | null {
    const free = this.#swap?.map.take() ?? null;
    if (free !== null) return free;
    for (const { page } of this.#frames) {
      if (page === null || page.slot === null || page.transit !== null) continue;
      const { slot } = page;
      page.slot = null;
      page.dirty = true;
      return slot;
    }
    return null;
  }

  #leave(page: Page): void {
    if (page.frame !== null) this.#giveBack(page.frame);
    page.frame = null;
    page.isStuck = false;
  }

  /** A page is not on its way any more. */
  #arrived(page: Page, trouble: Trouble | null): void {
    const { transit } = page;
    page.transit = null;
    this.#moving -= 1;
    if (page.holders.size === 0) this.#dispose(page);
    transit?.wake(trouble);
    this.#moved.wake();
  }

  #giveBack(frame: Frame): void {
    pay(frame, null);
    frame.page = null;
    this.#free.push(frame);
    this.#moved.wake();
  }
}

/** What lies at `address`, if it may be used so. */
function regionFor(space: Space, address: number, want: Want): Region<Backing> | Trouble {
  const region = space.isEnded ? null : space.regions.reach(address);
  if (region === null) return outside("nothing lies there");
  if (!allows(region.access, want)) return outside(`it may not be ${WORDS[want]}`);
  return region;
}

const WORDS: Readonly<Record<Want, string>> = { r: "read", w: "written", x: "executed" };

function allows(access: AccessName, want: Want): boolean {
  return access.includes(want);
}

function outside(why: string): Trouble {
  return { kind: "address", why };
}
