/**
 * A disk of which it is told what it brings into the run: a back end that passes everything on to the one of the host.
 *
 * A sector is known once the run has read or written it, since a back end is honest; of a write that failed, or a discard,
 * nobody knows what it has left, so those sectors are an input again when they are next read.
 */
import { type DiskBackEnd, SECTOR_BYTES } from "./back-end.js";
import type { DiskInput } from "./disk-input.js";
import { SectorSet } from "./sector-set.js";

/** An input, for who knows the number of the disk and of the call. */
type Brought = { sector: number; bytes: Uint8Array } | { sector: number; zeroes: number } | { error: string };

export class ObservedDisk implements DiskBackEnd {
  readonly sectors: number;
  readonly readOnly: boolean;
  readonly discard?: (sector: number, count: number) => void;
  readonly #disk: DiskBackEnd;
  readonly #number: number;
  readonly #known = new SectorSet();
  readonly #watchers: ((input: DiskInput) => void)[] = [];
  #call = 0;

  constructor(disk: DiskBackEnd, number: number) {
    this.#disk = disk;
    this.#number = number;
    this.sectors = disk.sectors;
    this.readOnly = disk.readOnly ?? false;
    if (disk.discard !== undefined) this.discard = (sector, count) => this.#discard(sector, count);
  }

  /** Be told of each input, in order, from now on: before the machine runs. */
  watch(watcher: (input: DiskInput) => void): void {
    this.#watchers.push(watcher);
  }

  read(sector: number, into: Uint8Array): void {
    this.#do(() => this.#disk.read(sector, into));
    if (this.#watchers.length > 0) this.#tellUnknown(sector, into);
  }

  write(sector: number, from: Uint8Array): void {
    const count = from.length / SECTOR_BYTES;
    this.#known.remove(sector, count);
    this.#do(() => this.#disk.write(sector, from));
    this.#known.add(sector, count);
  }

  flush(): void {
    this.#do(() => this.#disk.flush());
  }

  #discard(sector: number, count: number): void {
    this.#known.remove(sector, count);
    this.#do(() => this.#disk.discard?.(sector, count));
  }

  #do(act: () => void): void {
    this.#call++;
    try {
      act();
    } catch (error) {
      this.#tell({ error: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }

  /** Runs of sectors that nobody knew, those of zeroes apart. */
  #tellUnknown(sector: number, bytes: Uint8Array): void {
    const count = bytes.length / SECTOR_BYTES;
    const kindOf = (i: number): "known" | "zero" | "other" => {
      if (this.#known.has(sector + i)) return "known";
      return isZero(bytes, i * SECTOR_BYTES) ? "zero" : "other";
    };
    for (let from = 0; from < count; ) {
      const kind = kindOf(from);
      let end = from + 1;
      while (end < count && kindOf(end) === kind) end++;
      if (kind === "zero") this.#tell({ sector: sector + from, zeroes: end - from });
      if (kind === "other") {
        this.#tell({ sector: sector + from, bytes: bytes.slice(from * SECTOR_BYTES, end * SECTOR_BYTES) });
      }
      from = end;
    }
    this.#known.add(sector, count);
  }

  #tell(brought: Brought): void {
    const input = { disk: this.#number, call: this.#call, ...brought };
    for (const watcher of this.#watchers) watcher(input);
  }
}

/** Whether the sector that begins at byte `at` holds zeroes alone. */
function isZero(bytes: Uint8Array, at: number): boolean {
  for (let i = at; i < at + SECTOR_BYTES; i++) if (bytes[i] !== 0) return false;
  return true;
}
