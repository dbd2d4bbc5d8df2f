/**
 * A disk in memory with a volatile write cache, and what is left on it when the power is cut.
 *
 * It remembers every write, discard and flush in order, so that one run tells what is left after each of them. What was
 * done before a flush is there to stay. Of what was done since, each sector of each request is there or is not: requests
 * are lost, torn between sectors, and reach the disk in any order; a sector itself is whole, as disks promise.
 */
import type { Prng } from "../prng.js";
import { SECTOR_BYTES } from "./back-end.js";
import { type MemoryDisk, memoryDisk } from "./memory-disk.js";

/** Whether what request number `event` (from 0) did to `sector` has reached the disk. */
export type Survives = (event: number, sector: number) => boolean;

/** A disk of which the power can be cut: a `memoryDisk` that remembers what was done to it. */
export interface PowerCutDisk extends MemoryDisk {
  /** Writes, discards and flushes so far. */
  readonly events: number;
  /**
   * What is on the disk when the power is cut after the first `after` events, as a copy.
   * @param cut chooses what has survived, by a generator or one by one; it is asked in order, and of nothing that is stable
   */
  contentsAfterCut(cut: Prng | Survives, after?: number): Uint8Array;
}

/** What was done to the disk. Discarded sectors are zero. */
type Event = { readonly sector: number; readonly bytes: Uint8Array } | "flush";

/**
 * A disk of so many bytes of zeroes, or with these contents, which are stable.
 * @throws RangeError when that is no whole number of sectors, or none
 */
export function powerCutDisk(bytesOrContents: number | Uint8Array): PowerCutDisk {
  const now = memoryDisk(bytesOrContents);
  const initial = now.contents();
  const events: Event[] = [];
  return {
    ...now,
    get events() {
      return events.length;
    },
    write(sector, from) {
      now.write(sector, from);
      events.push({ sector, bytes: from.slice() });
    },
    discard(sector, count) {
      now.discard(sector, count);
      events.push({ sector, bytes: new Uint8Array(count * SECTOR_BYTES) });
    },
    flush() {
      events.push("flush");
    },
    contentsAfterCut(cut, after = events.length) {
      const done = events.slice(0, after);
      const stable = done.lastIndexOf("flush") + 1;
      const survives = typeof cut === "function" ? cut : drawn(cut, stable, done.length);
      const contents = initial.slice();
      for (const [n, event] of done.entries()) {
        if (event !== "flush") apply(event, contents, (sector) => n < stable || survives(n, sector));
      }
      return contents;
    },
  };
}

function apply({ sector, bytes }: Exclude<Event, "flush">, to: Uint8Array, has: (sector: number) => boolean): void {
  for (let i = 0; i < bytes.length / SECTOR_BYTES; i++) {
    const piece = bytes.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES);
    if (has(sector + i)) to.set(piece, (sector + i) * SECTOR_BYTES);
  }
}

/**
 * A cut by a generator. Nothing lost, all lost, and a cache that was carried out in order are as likely together as one
 * that was carried out in any order, since mistakes hide from the one in the others.
 */
function drawn(prng: Prng, stable: number, end: number): Survives {
  switch (prng.below(6)) {
    case 0:
      return () => true;
    case 1:
      return () => false;
    case 2: {
      const until = stable + prng.below(end - stable + 1);
      return (event) => event < until || (event === until && prng.below(2) === 0);
    }
    default: {
      const share = 1 + prng.below(15);
      return () => prng.below(16) < share;
    }
  }
}
