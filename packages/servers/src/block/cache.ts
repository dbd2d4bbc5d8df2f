/**
 * The cache: sectors as clients read and write them, in frames.
 *
 * What is read and not known is read from the device, in runs of pages, and with it what a session that reads on and on
 * will want next. What is written is in a frame, and that is all; a whole sector is written at a time, so nothing has to
 * be read for it. A handler that waits holds on to one frame at most, which is being read for it: so there is always one
 * that somebody can go on with.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Self } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import type { Window } from "../common/window.js";
import type { Frame, Frames } from "./frames.js";
import { SECTOR_BYTES } from "./interface.js";
import type { ReadAhead } from "./read-ahead.js";
import { DiskRequest, type RequestPart, type Requests, requestsFor } from "./requests.js";
import { ALL_SECTORS, maskOf, PAGE_SECTORS, type PagePart, pageParts, runsOf } from "./sectors.js";
import type { DiskClient, Stream } from "./stream.js";
import type { DiskKind } from "./virtio-block.js";
import type { WriteBack } from "./write-back.js";

/** Sectors, and where they are in a client's window. */
export interface Span {
  readonly sector: number;
  readonly count: number;
  readonly window: Window;
  readonly at: number;
}

/** What a cache is made of. */
export interface CacheParts {
  readonly requests: Requests<DiskClient>;
  readonly frames: Frames;
  readonly writeBack: WriteBack;
  readonly kind: DiskKind;
  readonly self: Pick<Self, "condition">;
}

/** The cache of one disk. */
export class Cache {
  readonly #requests: Requests<DiskClient>;
  readonly #frames: Frames;
  readonly #writeBack: WriteBack;
  readonly #kind: DiskKind;
  readonly #self: Pick<Self, "condition">;
  readonly #buffer = new Uint8Array(PAGE_BYTES);

  constructor({ requests, frames, writeBack, kind, self }: CacheParts) {
    this.#requests = requests;
    this.#frames = frames;
    this.#writeBack = writeBack;
    this.#kind = kind;
    this.#self = self;
  }

  /**
   * Read to a window. Parks.
   * @param ahead what the session will want next, which is read with it
   * @returns false when the device could not
   */
  *read(client: DiskClient, { sector, count, window, at }: Span, ahead: ReadAhead): Thread<boolean> {
    const end = Math.ceil((sector + count) / PAGE_SECTORS);
    const wanted = ahead.reads(sector, count, end);
    let done = 0;
    for (const part of pageParts(sector, count)) {
      const frame = yield* this.#known(client, part, wanted);
      if (frame === null) return false;
      yield* this.#copy(frame.address + part.first * SECTOR_BYTES, window.address + at + done, part.count);
      frame.use();
      done += part.count * SECTOR_BYTES;
    }
    const mark = ahead.mark(end);
    if (mark !== null && this.#frames.find(mark) === undefined) yield* this.#readAhead(client, end, wanted);
    return true;
  }

  /** Write from a window. Parks. @returns false: there is something that the client is to be told of first */
  *write(stream: Stream, { sector, count, window, at }: Span): Thread<boolean> {
    let done = 0;
    for (const part of pageParts(sector, count)) {
      const frame = yield* this.#writable(stream, part.page);
      if (stream.hasFailed) return false;
      yield* this.#copy(window.address + at + done, frame.address + part.first * SECTOR_BYTES, part.count);
      yield* this.#writeBack.dirty(frame, maskOf(part), stream);
      frame.use();
      done += part.count * SECTOR_BYTES;
    }
    if (this.#writeBack.isPressed(stream.client)) yield* this.#writeBack.push(stream);
    return true;
  }

  /** Have the device forget sectors, of which nothing is dirty by the session that wants it. Parks. @returns as `read` */
  *discard(client: DiskClient, sector: number, count: number): Thread<boolean> {
    for (const part of pageParts(sector, count)) {
      const frame = this.#frames.find(part.page);
      if (frame !== undefined) frame.known &= ~maskOf(part) | frame.dirty;
    }
    let isDone = true;
    for (let at = sector; at < sector + count && isDone; at += this.#kind.discards) {
      isDone = yield* this.#discardSome(client, at, Math.min(this.#kind.discards, sector + count - at));
    }
    return isDone;
  }

  /** The frame in which these sectors are what they should be. Parks. @returns null: the device could not read them */
  *#known(client: DiskClient, part: PagePart, end: number): Thread<Frame | null> {
    const mask = maskOf(part);
    let wasRead = false;
    for (;;) {
      let frame = this.#frames.find(part.page);
      if (frame !== undefined && (frame.known & mask) === mask) return frame;
      if (frame === undefined || (frame.reading & mask) === 0) {
        if (wasRead) return null;
        this.#load(client, part.page, end);
        frame = this.#frames.find(part.page);
        if (frame === undefined) {
          yield* this.#frames.freed.wait();
          continue;
        }
        wasRead = true;
        yield* this.#requests.pump();
      }
      yield* this.#await(frame);
    }
  }

  /** Wait until something has come of what is being read into a frame, which stays as long. Parks. */
  *#await(frame: Frame): Thread<void> {
    if (frame.reading === 0) return;
    frame.users += 1;
    try {
      yield* frame.changed.wait();
    } finally {
      frame.users -= 1;
      if (frame.canGo) this.#frames.freed.wake();
    }
  }

  /** Have a page read, and those behind it that are in no frame, up to `end`; as much as there are frames for. */
  #load(client: DiskClient, page: number, end: number): void {
    const parts: RequestPart[] = [];
    for (let at = page; at < end && parts.length < this.#kind.pieces; at++) {
      const known = this.#frames.find(at);
      if (known !== undefined && at > page) break;
      const frame = known ?? this.#frames.take(at);
      if (frame === null) break;
      const missing = this.#sectorsOf(at) & ~frame.known & ~frame.reading;
      frame.reading |= missing;
      parts.push(...runsOf(missing).map((run): RequestPart => ({ frame, ...run })));
    }
    const sectorOf = ({ frame, first }: RequestPart) => frame.page * PAGE_SECTORS + first;
    const shared = {
      client,
      kind: "read" as const,
      done: (read: readonly RequestPart[], isDone: boolean) => this.#loaded(read, isDone),
    };
    for (const request of requestsFor(parts, sectorOf, this.#kind.pieces, shared)) this.#requests.add(request);
  }

  /** The device has filled sectors of frames, or could not. */
  #loaded(parts: readonly RequestPart[], isDone: boolean): void {
    for (const part of parts) {
      const { frame } = part;
      const mask = maskOf(part);
      frame.reading &= ~mask;
      if (isDone) frame.known |= mask;
      if (frame.known === 0 && frame.reading === 0 && frame.users === 0) this.#frames.forget(frame);
      frame.changed.wake();
      if (frame.canGo) this.#frames.freed.wake();
    }
  }

  /** Pages from `page` to `end` that are in no frame, for who has not asked for them yet. */
  *#readAhead(client: DiskClient, page: number, end: number): Thread<void> {
    for (let at = page; at < end; at++) {
      if (this.#frames.find(at) === undefined && this.#sectorsOf(at) !== 0) this.#load(client, at, end);
    }
    yield* this.#requests.pump();
  }

  /** The frame that a page can be written to by a stream. Parks. */
  *#writable(stream: Stream, page: number): Thread<Frame> {
    for (;;) {
      const known = this.#frames.find(page);
      const group = known === undefined ? undefined : this.#writeBack.groupOf(known);
      if (known !== undefined && (known.reading | known.writing) !== 0) yield* known.changed.wait();
      else if (known !== undefined && group === stream.current) return known;
      else if (known !== undefined && group !== undefined) yield* this.#writeBack.expel(known, group);
      else if (!this.#writeBack.hasRoom(stream.client)) yield* this.#writeBack.makeRoom(stream.client);
      else {
        const frame = known ?? this.#frames.take(page);
        if (frame !== null) return frame;
        yield* this.#frames.freed.wait();
      }
    }
  }

  *#discardSome(client: DiskClient, sector: number, sectors: number): Thread<boolean> {
    const ended = this.#self.condition();
    let outcome: boolean | null = null;
    const done = (_: unknown, isDone: boolean): void => {
      outcome = isDone;
      ended.wake();
    };
    this.#requests.add(new DiskRequest({ client, kind: "discard", sector, sectors, parts: [], done }));
    yield* this.#requests.pump();
    while (outcome === null) yield* ended.wait();
    return outcome;
  }

  /** Those of a page's sectors that the disk has. */
  #sectorsOf(page: number): number {
    const there = this.#kind.sectors - page * PAGE_SECTORS;
    if (there >= PAGE_SECTORS) return ALL_SECTORS;
    return there <= 0 ? 0 : maskOf({ first: 0, count: there });
  }

  *#copy(from: number, to: number, sectors: number): Thread<void> {
    const bytes = this.#buffer.subarray(0, sectors * SECTOR_BYTES);
    yield* copyIn(from, bytes);
    yield* copyOut(to, bytes);
  }
}
