/**
 * A disk as a run had it, made of what the log says that it brought in: for one machine that repeats the run. A run that
 * goes another way may ask for what is not in the log, which is an error of the disk.
 */
import { type DiskBackEnd, SECTOR_BYTES } from "./back-end.js";
import type { DiskIdentity, DiskInput } from "./disk-input.js";
import { memoryDisk } from "./memory-disk.js";
import { SectorSet } from "./sector-set.js";

/** @param inputs those of this disk */
export function replayedDisk(identity: DiskIdentity, inputs: readonly DiskInput[]): DiskBackEnd {
  const { sectors, readOnly, discards } = identity;
  const held = new HeldSectors(sectors);
  const byCall = new Map<number, DiskInput[]>();
  for (const input of inputs) byCall.set(input.call, [...(byCall.get(input.call) ?? []), input]);
  let call = 0;
  /** What the next call brought in. */
  const enter = (): void => {
    for (const input of byCall.get(++call) ?? []) {
      if ("error" in input) throw new Error(input.error);
      held.set(input.sector, "bytes" in input ? input.bytes : new Uint8Array(input.zeroes * SECTOR_BYTES));
    }
  };
  return {
    sectors,
    readOnly,
    read(sector, into) {
      enter();
      held.get(sector, into);
    },
    write(sector, from) {
      held.forget(sector, from.length / SECTOR_BYTES);
      enter();
      held.set(sector, from);
    },
    flush: enter,
    ...(!discards
      ? {}
      : {
          discard(sector: number, count: number) {
            held.forget(sector, count);
            enter();
          },
        }),
  };
}

/** The sectors whose contents are known. */
class HeldSectors {
  readonly #contents;
  readonly #known = new SectorSet();

  constructor(sectors: number) {
    this.#contents = memoryDisk(sectors * SECTOR_BYTES);
  }

  set(sector: number, bytes: Uint8Array): void {
    this.#contents.write(sector, bytes);
    this.#known.add(sector, bytes.length / SECTOR_BYTES);
  }

  forget(sector: number, count: number): void {
    this.#known.remove(sector, count);
  }

  /** @throws Error for a sector that is not known */
  get(sector: number, into: Uint8Array): void {
    for (let s = sector; s < sector + into.length / SECTOR_BYTES; s++) {
      if (!this.#known.has(s)) throw new Error(`the log does not say what is in sector ${s}`);
    }
    this.#contents.read(sector, into);
  }
}
