/**
 * Requests to the device, from the moment when they are wanted until it is known how they went.
 *
 *     add ──▸ turns ──pump──▸ device ──interrupt──▸ done
 *               ▴                └──failed, of several sectors──▸ two halves ──▸ turns
 *               └────── device reset: once more ────┘
 *
 * Each client has its turn after the others, so whoever wants much waits for itself alone. A transfer that fails is halved
 * until it is known which sectors it is about; all others are done. A device that breaks is reset, and what was under way
 * is asked once more; what was under way when it broke a second time has failed, since it may be the reason. When it
 * cannot be started any more all has failed.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { finish } from "../common/activity.js";
import type { Piece } from "../virtio/virtqueue.js";
import type { Frame } from "./frames.js";
import { SECTOR_BYTES } from "./interface.js";
import type { SectorRun } from "./sectors.js";
import { Turns } from "./turns.js";
import { type Asked, type DiskKind, MOST_UNDER_WAY, type VirtioBlock } from "./virtio-block.js";

/** Sectors of a frame that a request moves. */
export interface RequestPart extends SectorRun {
  readonly frame: Frame;
}

/** How often a device may break while a request is under way. */
const MOST_BREAKS = 2;
/** Looks at a device that does nothing, until it is taken for broken. */
const PATIENCE = 10;

/** What is wanted of the device. `C` is whose turn it takes. */
export class DiskRequest<C> implements Asked {
  readonly client: C;
  readonly kind: Asked["kind"];
  readonly sector: number;
  readonly sectors: number;
  /** For reads and writes: as many sectors in all, in this order. */
  readonly parts: readonly RequestPart[];
  /** Told of each part once, of a request without parts once: whether it has been done. It cannot park. */
  readonly done: (parts: readonly RequestPart[], isDone: boolean) => Thread<void> | void;
  breaks = 0;

  constructor(from: Omit<DiskRequest<C>, "breaks" | "pieces">) {
    this.client = from.client;
    this.kind = from.kind;
    this.sector = from.sector;
    this.sectors = from.sectors;
    this.parts = from.parts;
    this.done = from.done;
  }

  get pieces(): Piece[] {
    return this.parts.map(({ frame, first, count }) => {
      return { physical: frame.physical + first * SECTOR_BYTES, bytes: count * SECTOR_BYTES };
    });
  }
}

/** All requests to one device. */
export class Requests<C> {
  readonly #device: VirtioBlock<DiskRequest<C>>;
  readonly #turns = new Turns<C, DiskRequest<C>>();
  /** What the device was when it was first started; null: it is none, or was given up. */
  #kind: DiskKind | null = null;
  #underWay = 0;
  /** Looks since it has last done anything. */
  #looks = 0;

  constructor(device: VirtioBlock<DiskRequest<C>>) {
    this.#device = device;
  }

  /** Start the device. @returns what it is; null when there is none */
  *start(): Thread<DiskKind | null> {
    this.#kind = yield* this.#device.start();
    return this.#kind;
  }

  get isIdle(): boolean {
    return this.#underWay === 0 && this.#turns.isEmpty;
  }

  /** It is wanted; `pump` is to follow. */
  add(request: DiskRequest<C>): void {
    this.#turns.add(request.client, request);
  }

  /** Give the device as much as it takes. */
  *pump(): Thread<void> {
    if (this.#kind === null) return yield* this.#failAll();
    let some = false;
    for (let next = this.#turns.next; next !== undefined && this.#underWay < MOST_UNDER_WAY; next = this.#turns.next) {
      if (!(yield* this.#device.begin(next))) break;
      this.#turns.take();
      this.#underWay += 1;
      some = true;
    }
    if (some) yield* this.#device.notify();
  }

  /** The device's interrupt was heard. */
  *interrupted(): Thread<void> {
    const heard = yield* this.#device.interrupted();
    if (heard === "broken") yield* this.#restart();
    else yield* this.#collect();
    yield* this.pump();
  }

  /** Look at it from time to time: an interrupt may have been lost, or it does nothing any more. */
  *look(): Thread<void> {
    if (this.#underWay === 0) return;
    this.#looks += 1;
    yield* this.#collect();
    if (this.#looks >= PATIENCE) yield* this.#restart();
    yield* this.pump();
  }

  *#collect(): Thread<void> {
    for (;;) {
      const next = yield* this.#device.next();
      if (next === null) return;
      if (next === "broken") return yield* this.#restart();
      this.#underWay -= 1;
      this.#looks = 0;
      const { asked, isDone } = next;
      if (isDone || asked.parts.length === 0 || asked.sectors === 1) yield* finish(asked.done(asked.parts, isDone));
      else for (const half of halvesOf(asked).reverse()) this.#turns.putBack(half.client, half);
    }
  }

  *#restart(): Thread<void> {
    const lost = this.#device.underWay;
    const before = this.#kind;
    const now = before === null ? null : yield* this.#device.start();
    this.#kind = before !== null && now !== null && isSame(before, now) ? before : null;
    this.#underWay = 0;
    this.#looks = 0;
    for (const request of lost) {
      request.breaks += 1;
      if (this.#kind === null || request.breaks >= MOST_BREAKS) yield* finish(request.done(request.parts, false));
      else this.#turns.putBack(request.client, request);
    }
  }

  *#failAll(): Thread<void> {
    for (let next = this.#turns.take(); next !== undefined; next = this.#turns.take()) {
      yield* finish(next.done(next.parts, false));
    }
  }
}

/** Requests for parts that lie one behind the other on the disk, of as many pieces each as the device takes. */
export function requestsFor<C>(
  parts: readonly RequestPart[],
  sectorOf: (part: RequestPart) => number,
  most: number,
  shared: Pick<DiskRequest<C>, "client" | "kind" | "done">,
): DiskRequest<C>[] {
  const requests: DiskRequest<C>[] = [];
  for (let from = 0; from < parts.length; ) {
    const sector = sectorOf(parts[from] as RequestPart);
    let to = from;
    let sectors = 0;
    for (let part = parts[to]; part !== undefined && to - from < most; part = parts[to]) {
      if (sectorOf(part) !== sector + sectors) break;
      sectors += part.count;
      to += 1;
    }
    requests.push(new DiskRequest({ ...shared, sector, sectors, parts: parts.slice(from, to) }));
    from = to;
  }
  return requests;
}

/** A transfer of more than one sector as two. */
function halvesOf<C>(request: DiskRequest<C>): [DiskRequest<C>, DiskRequest<C>] {
  const { client, kind, done, sector, sectors } = request;
  const most = Math.floor(sectors / 2);
  const [before, behind]: [RequestPart[], RequestPart[]] = [[], []];
  let room = most;
  for (const { frame, first, count } of request.parts) {
    const part = Math.min(room, count);
    if (part > 0) before.push({ frame, first, count: part });
    if (part < count) behind.push({ frame, first: first + part, count: count - part });
    room -= part;
  }
  const rest = { client, kind, done };
  return [
    new DiskRequest({ ...rest, sector, sectors: most, parts: before }),
    new DiskRequest({ ...rest, sector: sector + most, sectors: sectors - most, parts: behind }),
  ];
}

function isSame(one: DiskKind, other: DiskKind): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
