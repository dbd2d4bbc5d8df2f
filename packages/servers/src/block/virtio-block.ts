/**
 * The virtio block device (virtio 1.2, 5.2): a queue of requests that are completed in any order.
 *
 * A request is a header that the device reads, data, and a byte that it writes: how it went. Header and that byte of each
 * request under way have a place of 64 bytes behind the queue in the page that is shared. Data move between the device and
 * the cache's frames, without the driver.
 *
 * What the device says is not believed: how it went is a word of the list or a failure, and a read of which less was
 * written than was asked for has not gone well, since what is in its frame could be somebody else's.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Device, Memory } from "../common/handles.js";
import { type Heard, VirtioTransport } from "../virtio/transport.js";
import { type Piece, queueBytes, type Virtqueue } from "../virtio/virtqueue.js";
import { SECTOR_BYTES } from "./interface.js";

/** The kind of the device (virtio 1.2, 5). */
const DEVICE_ID = 2;
/** Features, as bits. */
const Feature = { SegMax: 1 << 2, ReadOnly: 1 << 5, Flush: 1 << 9, Discard: 1 << 13 } as const;
/** Offsets of 32-bit words in the configuration space. */
const Config = { capacity: 0, segMax: 12, maxDiscardSectors: 36 } as const;
const Type = { read: 0, write: 1, flush: 4, discard: 11 } as const;
const STATUS_OK = 0;
/** What no device answers. */
const NO_STATUS = 0xff;

const QUEUE_SIZE = 128;
const PLACE_BYTES = 64;
const FIRST_PLACE = Math.ceil(queueBytes(QUEUE_SIZE) / PLACE_BYTES) * PLACE_BYTES;
/** Where in its place a request has its header, its status, and the range that it discards. */
const Part = { header: 0, status: 16, range: 32 } as const;
const HEADER_BYTES = 16;
const RANGE_BYTES = 16;

/** Requests that can be under way at a time. */
export const MOST_UNDER_WAY = 8;
/** Pieces of data of one request, at most: as many of them fit into the queue together, with headers and all. */
const MOST_PIECES = QUEUE_SIZE / MOST_UNDER_WAY - 2;

/** What kind of disk it is. */
export interface DiskKind {
  readonly sectors: number;
  readonly writable: boolean;
  /** What was written has to be flushed to be there to stay. */
  readonly flushes: boolean;
  /** The most sectors that one request discards; 0: it discards none. */
  readonly discards: number;
  /** The most pieces of data of one request. */
  readonly pieces: number;
}

/** What the device is asked. */
export interface Asked {
  readonly kind: keyof typeof Type;
  readonly sector: number;
  readonly sectors: number;
  /** Memory of so many sectors, for reads and writes. */
  readonly pieces: readonly Piece[];
}

/** A request under way, with its place. */
interface Placed<T> {
  readonly asked: T;
  readonly place: number;
}

/** The device. */
export class VirtioBlock<T extends Asked> {
  readonly #transport: VirtioTransport;
  readonly #memory: Memory;
  #queue: Virtqueue<Placed<T>> | null = null;
  #places: number[] = [];

  /** @param memory a page */
  constructor(device: Device, memory: Memory) {
    this.#transport = new VirtioTransport(device);
    this.#memory = memory;
  }

  /**
   * Reset the device, which forgets all that was under way, and set it up.
   * @returns null when there is none, or none that works
   */
  *start(): Thread<DiskKind | null> {
    this.#queue = null;
    this.#places = Array.from({ length: MOST_UNDER_WAY }, (_, i) => FIRST_PLACE + i * PLACE_BYTES);
    const { SegMax, ReadOnly, Flush, Discard } = Feature;
    const features = yield* this.#transport.start(DEVICE_ID, SegMax | ReadOnly | Flush | Discard);
    if (features === null) return null;
    const kind = yield* this.#kind(features);
    const queue = yield* this.#transport.openQueue<Placed<T>>(0, QUEUE_SIZE, this.#memory);
    if (kind === null || queue === null) return null;
    this.#queue = queue;
    yield* this.#transport.go();
    return kind;
  }

  /** What is under way. */
  get underWay(): readonly T[] {
    return this.#queue?.underWay.map(({ asked }) => asked) ?? [];
  }

  /** Add a request; the device is to be notified afterwards. @returns false when as many are under way as can be */
  *begin(asked: T): Thread<boolean> {
    const place = this.#places.pop();
    if (place === undefined || this.#queue === null) return false;
    const { kind, sector, sectors, pieces } = asked;
    const header = new DataView(new ArrayBuffer(Part.range + RANGE_BYTES));
    header.setUint32(0, Type[kind], true);
    putSector(header, 8, kind === "read" || kind === "write" ? sector : 0);
    header.setUint8(Part.status, NO_STATUS);
    putSector(header, Part.range, sector);
    header.setUint32(Part.range + 8, sectors, true);
    yield* copyOut(this.#memory.address + place, new Uint8Array(header.buffer));
    const at = this.#memory.physical + place;
    const readable: Piece[] = [{ physical: at + Part.header, bytes: HEADER_BYTES }];
    const writable: Piece[] = [];
    if (kind === "write") readable.push(...pieces);
    if (kind === "discard") readable.push({ physical: at + Part.range, bytes: RANGE_BYTES });
    if (kind === "read") writable.push(...pieces);
    writable.push({ physical: at + Part.status, bytes: 1 });
    return yield* this.#queue.add({ asked, place }, readable, writable);
  }

  *notify(): Thread<void> {
    if (this.#queue !== null) yield* this.#transport.notify(this.#queue);
  }

  /** Its interrupt was heard. @returns "broken": nothing will be completed until it is started anew */
  interrupted(): Thread<Heard | "broken"> {
    return this.#transport.interrupted();
  }

  /** The next request that has come back, and whether it has gone well. @returns null: no other; "broken": as above */
  *next(): Thread<{ readonly asked: T; readonly isDone: boolean } | "broken" | null> {
    if (this.#queue === null) return null;
    const taken = yield* this.#queue.take();
    if (taken === null || taken === "broken") return taken;
    const { asked, place } = taken.request;
    this.#places.push(place);
    const status = new Uint8Array(1);
    yield* copyIn(this.#memory.address + place + Part.status, status);
    const isWhole = asked.kind !== "read" || taken.written >= asked.sectors * SECTOR_BYTES;
    return { asked, isDone: status[0] === STATUS_OK && isWhole };
  }

  *#kind(features: number): Thread<DiskKind | null> {
    const has = (feature: number) => (features & feature) !== 0;
    const capacity = yield* this.#transport.config(Config.capacity, 2);
    const segments = yield* this.#transport.config(Config.segMax, 1);
    const discards = yield* this.#transport.config(Config.maxDiscardSectors, 1);
    if (capacity === null || segments === null || discards === null) return null;
    const [low = 0, high = 0] = capacity;
    const [most = 1] = has(Feature.SegMax) ? segments : [MOST_PIECES];
    const sectors = high * 2 ** 32 + low;
    const writable = !has(Feature.ReadOnly);
    return {
      // Places are numbers of 2^53 at most, and are added to each other.
      sectors: Math.min(sectors, Math.floor(2 ** 52 / SECTOR_BYTES)),
      writable,
      flushes: writable && has(Feature.Flush),
      discards: writable && has(Feature.Discard) ? (discards[0] ?? 0) : 0,
      pieces: Math.max(1, Math.min(most, MOST_PIECES)),
    };
  }
}

/** A sector as 64 bits. */
function putSector(view: DataView, at: number, sector: number): void {
  view.setUint32(at, sector % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(sector / 2 ** 32), true);
}
