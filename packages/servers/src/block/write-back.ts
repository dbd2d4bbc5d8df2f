/**
 * Write-back: what is dirty goes to the device when somebody wants it there (flush), when its client has made much dirty,
 * when it is in somebody's way, or when it is as old as the server lets it be.
 *
 * How much may be dirty: half of the frames. The first half of that is for whoever needs it; of the second each client has
 * its share, so that one who writes much keeps no other from writing.
 *
 * What is dirty outlives the server (ledger.ts): the next one writes it, in the same order and before all else.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import type { Self } from "../common/handles.js";
import type { Frame, Frames } from "./frames.js";
import type { Ledger } from "./ledger.js";
import { DiskRequest, type RequestPart, type Requests, requestsFor } from "./requests.js";
import { maskOf, PAGE_SECTORS, runsOf } from "./sectors.js";
import { DiskClient, Group, Stream } from "./stream.js";
import type { DiskKind } from "./virtio-block.js";

/** What write-back works with. */
export interface WriteBackParts {
  readonly self: Pick<Self, "condition" | "incarnation">;
  readonly requests: Requests<DiskClient>;
  readonly frames: Frames;
  readonly ledger: Ledger;
  readonly kind: DiskKind;
  /** How many clients there are to share what may be dirty. */
  readonly clients: number;
}

/** What is dirty, and how it gets to the disk. */
export class WriteBack {
  readonly #parts: WriteBackParts;
  /** The group of each frame that is dirty. */
  readonly #groups = new Map<Frame, Group>();
  readonly #most: number;
  readonly #share: number;
  readonly #streams = new Set<Stream>();
  #serial = 0;
  /** What was left by the server before this one; null: it is on the disk. */
  #before: Stream | null = null;
  /** The server before this one could not write something, or this one what that one has left. */
  #hasLost = false;
  readonly #tookOver: Condition;

  constructor(parts: WriteBackParts) {
    this.#parts = parts;
    this.#tookOver = parts.self.condition();
    this.#most = Math.floor(parts.frames.all.length / 2);
    this.#share = Math.max(1, Math.floor(this.#most / 2 / Math.max(1, parts.clients)));
  }

  /** Whether nothing is dirty that could be written, and nothing under way. */
  get isSettled(): boolean {
    return [...this.#streams].every(({ first, isDirty }) => !first.isMoving && (!isDirty || first.isStuck));
  }

  /**
   * Take over what the server before this one has left: in the device's cache, and dirty in this one. All that is written
   * from now on, and every flush, waits until that is on the disk to stay.
   */
  *takeOver(): Thread<void> {
    const { ledger, kind, self } = this.#parts;
    if (self.incarnation === 0) return;
    this.#hasLost = yield* ledger.tells();
    const left = yield* ledger.left(Math.ceil(kind.sectors / PAGE_SECTORS));
    const stream = this.open(new DiskClient(self), null);
    stream.current.needsFlush = kind.flushes;
    let serial = -1;
    for (const { frame, page, dirty, serial: its } of left) {
      if (its !== serial) stream.close();
      serial = its;
      this.#parts.frames.adopt(frame, page);
      frame.known = dirty;
      frame.dirty = dirty;
      this.#add(frame, stream);
    }
    stream.close();
    this.#serial = Math.max(this.#serial, serial + 1);
    this.#before = stream;
    stream.isOver = true;
    yield* this.push(stream);
  }

  /** A session begins to write. @param heir who is told of what fails when it has ended */
  open(client: DiskClient, heir: Stream | null): Stream {
    const stream = new Stream(client, heir, (of) => new Group(of, this.#serial++, this.#parts.self.condition()));
    client.streams.add(stream);
    this.#streams.add(stream);
    return stream;
  }

  /** A session has ended. What it has written is written on. */
  *end(stream: Stream): Thread<void> {
    if (stream.takeFailure()) stream.heir?.fail();
    stream.isOver = true;
    yield* this.push(stream);
  }

  /** The group of a frame that is dirty. */
  groupOf(frame: Frame): Group | undefined {
    return this.#groups.get(frame);
  }

  /** Whether a client may make one more frame dirty. */
  hasRoom({ dirty }: DiskClient): boolean {
    const all = this.#groups.size;
    return all < this.#most / 2 || (all < this.#most && dirty < this.#share);
  }

  /** Whether so much is dirty that what this client has written should go. */
  isPressed({ dirty }: DiskClient): boolean {
    return dirty > this.#share / 2 && this.#groups.size >= this.#most / 4;
  }

  /** These sectors were written to a frame, which is clean or in the stream's current group. */
  *dirty(frame: Frame, mask: number, stream: Stream): Thread<void> {
    frame.known |= mask;
    frame.dirty |= mask;
    frame.failed &= ~mask;
    if (!this.#groups.has(frame)) this.#add(frame, stream);
    yield* this.#parts.ledger.note(frame, stream.current.serial);
  }

  /** All that is dirty is to be written. */
  *pushAll(): Thread<void> {
    for (const stream of this.#streams) yield* this.push(stream);
  }

  /** What a stream has dirty is to be written. */
  *push(stream: Stream): Thread<void> {
    for (const group of stream.groups) group.isPushed = true;
    yield* this.#advance(stream);
    yield* this.#parts.requests.pump();
  }

  /** Wait until all that a stream has written is on the disk to stay. Parks. @returns false: not all of it is */
  *flush(stream: Stream): Thread<boolean> {
    const last = stream.close();
    for (const { frames } of stream.groups) for (const frame of frames) frame.failed = 0;
    stream.flushes += 1;
    try {
      yield* this.push(stream);
      while (this.#before !== null) yield* this.#tookOver.wait();
      while (last?.hasEnded === false) yield* last.ended.wait();
    } finally {
      stream.flushes -= 1;
    }
    const isTold = this.#tellsLoss(stream.client);
    return !stream.takeFailure() && !isTold;
  }

  /** Wait until a frame is in no group, or at least until something has become of it. Parks. */
  *expel(frame: Frame, { stream }: Group): Thread<void> {
    yield* this.push(stream);
    if (this.#groups.get(frame)?.stream !== stream) return;
    if (stream.first.isStuck) yield* this.#giveUp(stream);
    else yield* frame.changed.wait();
  }

  /** Wait until a client, who has some, has fewer dirty frames. Parks. */
  *makeRoom(client: DiskClient): Thread<void> {
    const before = client.dirty;
    for (const stream of client.streams) yield* this.push(stream);
    if (client.dirty < before) return;
    const streams = [...client.streams];
    const stuck = streams.find(({ first }) => first.isStuck);
    if (stuck !== undefined && !streams.some(({ first }) => first.isMoving)) yield* this.#giveUp(stuck);
    else yield* client.cleaned.wait();
  }

  /** What can happen to a stream now does. */
  *#advance(stream: Stream): Thread<void> {
    if (this.#before !== null && this.#before !== stream) return;
    for (;;) {
      const { first } = stream;
      if (first.isPushed) this.#submit(first);
      if (first.isStuck && (stream.flushes > 0 || stream.isOver)) yield* this.#drop(stream);
      if (first.frames.size > 0 || first.underWay > 0) return;
      if (!first.isClosed) break;
      if (first.needsFlush) {
        this.#flushDevice(first);
        return;
      }
      stream.groups.shift();
      first.hasEnded = true;
      first.ended.wake();
    }
    if (!stream.isOver) return;
    stream.client.streams.delete(stream);
    this.#streams.delete(stream);
    if (this.#before !== stream) return;
    this.#before = null;
    this.#tookOver.wake();
    for (const other of this.#streams) yield* this.#advance(other);
  }

  /** Have the frames of a group written that can be. */
  #submit(group: Group): void {
    const { stream } = group;
    const ready = [...group.frames].filter((frame) => frame.writing === 0 && frame.dirty !== frame.failed);
    ready.sort((one, other) => one.page - other.page);
    const parts = ready.flatMap((frame) => {
      frame.writing = frame.dirty & ~frame.failed;
      return runsOf(frame.writing).map((run): RequestPart => ({ frame, ...run }));
    });
    const sectorOf = ({ frame, first }: RequestPart) => frame.page * PAGE_SECTORS + first;
    const shared = {
      client: stream.client,
      kind: "write" as const,
      done: (written: readonly RequestPart[], isDone: boolean) => this.#written(group, written, isDone),
    };
    for (const request of requestsFor(parts, sectorOf, this.#parts.kind.pieces, shared))
      this.#parts.requests.add(request);
    group.underWay += parts.reduce((sum, { count }) => sum + count, 0);
    if (!group.isClosed) group.isPushed = false;
  }

  /** Sectors of a group have been written, or have not. */
  *#written(group: Group, parts: readonly RequestPart[], isDone: boolean): Thread<void> {
    for (const part of parts) {
      const { frame, count } = part;
      const mask = maskOf(part);
      group.underWay -= count;
      frame.writing &= ~mask;
      if (isDone) frame.dirty &= ~mask;
      else frame.failed |= mask;
      if (frame.dirty === 0) yield* this.#clean(frame, group);
      frame.changed.wake();
    }
    if (isDone) group.needsFlush = this.#parts.kind.flushes;
    if (group.isStuck) group.stream.client.cleaned.wake();
    yield* this.#advance(group.stream);
  }

  /** A frame is dirty no more. */
  *#clean(frame: Frame, group: Group): Thread<void> {
    yield* this.#parts.ledger.clear(frame);
    this.#groups.delete(frame);
    group.frames.delete(frame);
    group.stream.client.dirty -= 1;
    group.stream.client.cleaned.wake();
    frame.changed.wake();
    this.#parts.frames.freed.wake();
  }

  /** Have the device put on the disk to stay what it has of a group. */
  #flushDevice(group: Group): void {
    if (group.isFlushing) return;
    group.isFlushing = true;
    const { stream } = group;
    const shared = { client: stream.client, kind: "flush" as const, sector: 0, sectors: 0, parts: [] };
    this.#parts.requests.add(new DiskRequest({ ...shared, done: (_, isDone) => this.#flushed(group, isDone) }));
  }

  /** The device has done so, or has not: then nothing may come behind it. */
  *#flushed(group: Group, isDone: boolean): Thread<void> {
    group.isFlushing = false;
    group.needsFlush = false;
    if (!isDone) yield* this.#drop(group.stream);
    yield* this.#advance(group.stream);
  }

  /** Nobody is waited for who could be told of what a stream could not write: others need the room. */
  *#giveUp(stream: Stream): Thread<void> {
    yield* this.#drop(stream);
    yield* this.#advance(stream);
    yield* this.#parts.requests.pump();
  }

  /** Forget what a stream could not write, and what waits behind it. */
  *#drop(stream: Stream): Thread<void> {
    yield* this.#parts.ledger.tell();
    if (this.#before === stream) this.#hasLost = true;
    stream.fail();
    for (const group of stream.groups) {
      for (const frame of group.frames) {
        frame.known &= ~frame.dirty;
        frame.dirty = 0;
        frame.failed = 0;
        yield* this.#clean(frame, group);
      }
    }
  }

  #add(frame: Frame, { current, client }: Stream): void {
    this.#groups.set(frame, current);
    current.frames.add(frame);
    client.dirty += 1;
  }

  /** Whether a client is to be told of what was lost before, which is so once. */
  #tellsLoss(client: DiskClient): boolean {
    if (!this.#hasLost || client.knowsLoss) return false;
    client.knowsLoss = true;
    return true;
  }
}
