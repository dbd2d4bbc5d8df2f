/**
 * The block server: a disk for several clients, and driver of the virtio block device that it is on.
 *
 *     client ── Disk ──▸ cache ──▸ requests, in turns ──▸ virtqueue, DMA, interrupt ──▸ device
 *
 * Whoever has a session reaches the sectors of it. What is read and written is in a cache (cache.ts), whose memory is a
 * capability of this component, and which the device fills and empties itself. What is written goes to the device in time
 * (write-back.ts), in the order that barriers make (stream.ts), one client after the other (requests.ts).
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type Component, component } from "../common/component.js";
import type { Handlers, Offer, Self } from "../common/handles.js";
import { calls, device, memory } from "../common/need.js";
import type { Edge } from "../common/session.js";
import type { Window } from "../common/window.js";
import { Timer } from "../timer/interface.js";
import { Cache, type Span } from "./cache.js";
import { Frames } from "./frames.js";
import { Disk, SECTOR_BYTES } from "./interface.js";
import { Ledger, ledgerPages } from "./ledger.js";
import { ReadAhead } from "./read-ahead.js";
import { type DiskRequest, Requests } from "./requests.js";
import { DiskClient, type Stream } from "./stream.js";
import { type DiskKind, VirtioBlock } from "./virtio-block.js";
import { WriteBack } from "./write-back.js";

/** Which disk, and how much of it is kept in memory. */
export interface BlockOptions {
  /** What plans call its program: another one for each disk. "block" if left out. */
  readonly name?: string;
  /** Which of the machine's disks: 0, the first, if left out, or 1. */
  readonly disk?: 0 | 1;
  /** Pages of the cache, from 16 to 512, and at least four for each client. 128 if left out. */
  readonly cachePages?: number;
}

/** Where the board has its disks. */
const DISKS = [
  { address: 0x1000_1000, interrupt: 1 },
  { address: 0x1000_3000, interrupt: 3 },
] as const;
/** Handlers that can wait at a time. */
const WAITING = 64;
/** Sessions and what comes with them. */
const SLOTS = 128;
const FEWEST_PAGES = 16;
const MOST_PAGES = 512;
/** Frames that there are for each client, at least. */
const PAGES_OF_CLIENT = 4;
/** The most pages that are read ahead for a session. */
const MOST_AHEAD = 32;
/** How old what is dirty gets, and how often the device is looked at. */
const TICK_US = 500_000;
/** No disk. */
const NONE: DiskKind = { sectors: 0, writable: false, flushes: false, discards: 0, pieces: 1 };

/** What is kept for a session. */
interface Session {
  readonly window: Window | null;
  readonly first: number;
  readonly sectors: number;
  readonly writable: boolean;
  readonly stream: Stream;
  readonly ahead: ReadAhead;
}

/**
 * The component. Its offer is the whole disk.
 * @throws RangeError for numbers that will not do
 */
export function blockServer({ name = "block", disk = 0, cachePages = 128 }: BlockOptions = {}): Component {
  const place = DISKS[disk];
  if (place === undefined) throw new RangeError(`blockServer: a machine has disks 0 and 1, not ${disk}`);
  if (!Number.isInteger(cachePages) || cachePages < FEWEST_PAGES || cachePages > MOST_PAGES) {
    throw new RangeError(`blockServer: from ${FEWEST_PAGES} to ${MOST_PAGES} pages of cache, not ${cachePages}`);
  }
  const kept = {
    cache: memory(cachePages, { kept: true }),
    ledger: memory(ledgerPages(cachePages), { kept: true }),
  };
  return component(name, {
    needs: { registers: device(place), queue: memory(1), ...kept, clock: calls(Timer) },
    offers: { disk: Disk },
    waiting: WAITING,
    callers: 1,
    slots: SLOTS,
    *main({ registers, queue, cache: store, ledger: book, clock, disk: offer, self }) {
      if (offer.clients * PAGES_OF_CLIENT > cachePages) {
        throw new Error(`${name}: ${offer.clients} clients need ${offer.clients * PAGES_OF_CLIENT} pages of cache`);
      }
      const requests = new Requests<DiskClient>(new VirtioBlock<DiskRequest<DiskClient>>(registers, queue));
      registers.onInterrupt(() => requests.interrupted());
      const kind = (yield* requests.start()) ?? NONE;
      const frames = new Frames(store, self);
      const ledger = new Ledger(book, frames.all);
      const writeBack = new WriteBack({ self, requests, frames, ledger, kind, clients: offer.clients });
      const cache = new Cache({ requests, frames, writeBack, kind, self });
      const server = new BlockServer({ self, clock, offer, requests, writeBack, cache, kind, cachePages });
      yield* server.serve();
    },
  });
}

interface BlockParts {
  readonly self: Self;
  readonly clock: Client<typeof Timer>;
  readonly offer: Offer<typeof Disk>;
  readonly requests: Requests<DiskClient>;
  readonly writeBack: WriteBack;
  readonly cache: Cache;
  readonly kind: DiskKind;
  readonly cachePages: number;
}

class BlockServer {
  readonly #parts: BlockParts;
  /** By badge. */
  readonly #clients = new Map<number, DiskClient>();
  readonly #mostAhead: number;
  /** Somebody looks after what is dirty and under way. */
  #isWatched = false;

  constructor(parts: BlockParts) {
    this.#parts = parts;
    const { offer, cachePages } = parts;
    this.#mostAhead = Math.min(MOST_AHEAD, Math.floor(cachePages / (4 * Math.max(1, offer.clients))));
  }

  *serve(): Thread<never> {
    yield* this.#parts.writeBack.takeOver();
    if (!this.#parts.writeBack.isSettled) this.#watch();
    const handlers = this.#handlers();
    const ended = ({ stream }: Session) => this.#parts.writeBack.end(stream);
    return yield* this.#parts.offer.serve((edge) => this.#admit(edge), handlers, ended);
  }

  #handlers(): Handlers<typeof Disk, Session> {
    const { offer, cache, writeBack, kind } = this.#parts;
    const server = this;
    const handlers: Handlers<typeof Disk, Session> = {
      geometry: ({ sectors, writable }) => ({ sectors, writable, discards: writable && kind.discards > 0 }),
      *read(session, { sector, count, at }) {
        const span = spanOf(session, sector, count, at);
        if (typeof span === "string") return fail(span);
        server.#watch();
        return (yield* cache.read(session.stream.client, span, session.ahead)) ? undefined : fail("IO");
      },
      *write(session, { sector, count, at }) {
        const span = spanOf(session, sector, count, at);
        if (typeof span === "string") return fail(span);
        if (!session.writable) return fail("Denied");
        server.#watch();
        return (yield* cache.write(session.stream, span)) ? undefined : fail("IO");
      },
      barrier({ writable, stream }) {
        if (!writable) return fail("Denied");
        stream.close();
        return undefined;
      },
      *flush({ stream }) {
        server.#watch();
        return (yield* writeBack.flush(stream)) ? undefined : fail("IO");
      },
      *discard(session, { sector, count }) {
        if (sector + count > session.sectors) return fail("BadRange");
        if (!session.writable) return fail("Denied");
        if (kind.discards === 0) return undefined;
        server.#watch();
        if (!(yield* writeBack.flush(session.stream))) return fail("IO");
        const isDone = yield* cache.discard(session.stream.client, session.first + sector, count);
        return isDone ? undefined : fail("IO");
      },
      part(session, { sector, count, write }) {
        if (sector + count > session.sectors) return fail("BadRange");
        if (write && !session.writable) return fail("Denied");
        const { window, stream } = session;
        const part = server.#session(window, session.first + sector, count, write, stream.client, stream);
        return { disk: offer.session(Disk, part, handlers, (ended) => writeBack.end(ended.stream)) };
      },
    };
    return handlers;
  }

  #admit({ badge, window }: Edge): Session {
    const { self, kind } = this.#parts;
    const client = this.#clients.get(badge) ?? new DiskClient(self);
    this.#clients.set(badge, client);
    return this.#session(window, 0, kind.sectors, kind.writable, client, null);
  }

  #session(
    window: Window | null,
    first: number,
    sectors: number,
    writable: boolean,
    client: DiskClient,
    heir: Stream | null,
  ): Session {
    const stream = this.#parts.writeBack.open(client, heir);
    return { window, first, sectors, writable, stream, ahead: new ReadAhead(this.#mostAhead) };
  }

  /** From now on until there is nothing to do: have what is dirty written in time, and look at the device. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    this.#parts.self.task(this.#tick());
  }

  *#tick(): Thread<void> {
    const { self, clock, requests, writeBack } = this.#parts;
    const sleeping = self.parking(clock);
    do {
      // A timer that has died, or has no room, is as good as one that has rung: then it is done at once.
      yield* sleeping.sleep({ us: TICK_US });
      yield* requests.look();
      yield* writeBack.pushAll();
    } while (!requests.isIdle || !writeBack.isSettled);
    this.#isWatched = false;
  }
}

/** Where sectors of a session are, on the disk and in its window. */
function spanOf(
  { window, first, sectors }: Session,
  sector: number,
  count: number,
  at: number,
): Span | "BadRange" | "NoWindow" {
  if (sector + count > sectors) return "BadRange";
  if (window === null || !window.holds(at, count * SECTOR_BYTES)) return "NoWindow";
  return { sector: first + sector, count, window, at };
}
