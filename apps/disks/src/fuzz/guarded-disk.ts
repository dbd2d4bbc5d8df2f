/** A disk that watches those who use it: that they come to an end, and reach for nothing that is not there. */
import type { Thread } from "@tessera/hal-sim/isa";
import { MemorySectors } from "@tessera/servers/ext2";

/** Somebody did what nobody may, whatever lies on a disk. */
export class Misbehaviour extends Error {
  override readonly name = "Misbehaviour";
}

/** A disk in memory with a guard. */
export class GuardedDisk extends MemorySectors {
  #left = 0;

  /** So many sectors may be read and written from now on. */
  allow(sectors: number): void {
    this.#left = sectors;
  }

  override read(sector: number, into: Uint8Array): Thread<void> {
    this.#guard("read", sector, into.length);
    return super.read(sector, into);
  }

  override write(sector: number, from: Uint8Array): Thread<void> {
    this.#guard("written", sector, from.length);
    return super.write(sector, from);
  }

  #guard(what: string, sector: number, bytes: number): void {
    const count = bytes / 512;
    if (!Number.isInteger(sector) || !Number.isInteger(count) || sector < 0 || sector + count > this.sectors) {
      throw new Misbehaviour(`sectors ${sector} to ${sector + count - 1} are ${what}, of ${this.sectors}`);
    }
    this.#left -= count;
    if (this.#left < 0) throw new Misbehaviour("it does not come to an end");
  }
}
