/**
 * Sectors that say whose they are, in which group of their client they were written, and a serial; so what reaches a disk
 * can be checked when it does: nothing that was written behind a barrier comes before what was written in front of it is
 * there to stay.
 */
import { type DiskBackEnd, type MemoryDisk, memoryDisk, type Prng } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { expect } from "vitest";
import { SECTOR_BYTES } from "../../src/index.js";
import { insist } from "../root/kills/stage.js";
import type { DiskUser } from "./system.js";

/** Sectors that are one client's, before the next one's come. */
const STRIPE = 3;
const MARK = 0x5ec7_0000;

interface Written {
  readonly group: number;
  readonly serial: number;
}

/** What one client has done. */
class Model {
  /** By sector: what was written last. */
  readonly now = new Map<number, number>();
  /** By group: the last serial of each sector. */
  readonly groups: Map<number, number>[] = [new Map()];
  serial = 0;

  write(sector: number): Written {
    this.serial += 1;
    this.now.set(sector, this.serial);
    this.groups.at(-1)?.set(sector, this.serial);
    return { group: this.groups.length - 1, serial: this.serial };
  }
}

function marked(client: number, { group, serial }: Written): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES).fill(serial);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of [MARK + client, group, serial].entries()) view.setUint32(4 * i, word, true);
  view.setUint32(SECTOR_BYTES - 4, serial, true);
  return bytes;
}

/** What a sector holds: 0 for nothing that a client has written. */
function markIn(bytes: Uint8Array): { client: number; group: number; serial: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [mark, group, serial] = [0, 4, 8].map((at) => view.getUint32(at, true)) as [number, number, number];
  if (mark === 0) return { client: -1, group: 0, serial: 0 };
  expect(view.getUint32(SECTOR_BYTES - 4, true)).toBe(serial);
  return { client: mark - MARK, group, serial };
}

/** A disk that looks at what is written to it. */
export class MarkedDisk implements DiskBackEnd {
  readonly sectors: number;
  /** Barriers that were not kept. */
  readonly complaints: string[] = [];
  readonly models: Model[] = [];
  writes = 0;
  readonly #memory: MemoryDisk;
  /** What is there to stay, and what is in the device's cache: serials by sector. */
  readonly #stays = new Map<number, number>();
  readonly #cached = new Map<number, number>();

  constructor(sectors: number) {
    this.sectors = sectors;
    this.#memory = memoryDisk(sectors * SECTOR_BYTES);
  }

  read(sector: number, into: Uint8Array): void {
    this.#memory.read(sector, into);
  }

  write(sector: number, from: Uint8Array): void {
    this.writes += 1;
    for (let at = 0; at < from.length; at += SECTOR_BYTES) {
      const { client, group, serial } = markIn(from.subarray(at, at + SECTOR_BYTES));
      this.#check(client, group);
      this.#cached.set(sector + at / SECTOR_BYTES, serial);
    }
    this.#memory.write(sector, from);
  }

  flush(): void {
    for (const [sector, serial] of this.#cached) this.#stays.set(sector, serial);
    this.#cached.clear();
  }

  /** The serial of what would be there without power. */
  staysOf(sector: number): number {
    return this.#stays.get(sector) ?? 0;
  }

  #check(client: number, group: number): void {
    for (const [number, before] of this.models[client]?.groups.slice(0, group).entries() ?? []) {
      for (const [sector, serial] of before) {
        if (this.staysOf(sector) >= serial) continue;
        this.complaints.push(`client ${client}: group ${group} is written, and of ${number} sector ${sector} is not`);
        return;
      }
    }
  }
}

/** A client that does anything with its sectors. What is not as it has to be, it throws. */
export class Actor {
  readonly #disk: MarkedDisk;
  readonly #prng: Prng;
  readonly #model = new Model();
  readonly #client: number;
  readonly #calm: boolean;
  /** Its sectors. */
  readonly #own: readonly number[];

  /** @param calm it flushes seldom */
  constructor(disk: MarkedDisk, client: number, clients: number, prng: Prng, calm = false) {
    this.#calm = calm;
    this.#disk = disk;
    this.#prng = prng;
    this.#client = client;
    disk.models[client] = this.#model;
    const all = Array.from({ length: disk.sectors }, (_, sector) => sector);
    this.#own = all.filter((sector) => Math.floor(sector / STRIPE) % clients === client);
  }

  /** One thing. A server that dies is asked again: all of it can be done twice. */
  *step(user: DiskUser): Thread<void> {
    const sectors = this.#some();
    const chance = this.#prng.below(10);
    if (chance === 0 && this.#calm && this.#prng.below(4) !== 0) return;
    switch (chance) {
      case 0:
        yield* this.flush(user);
        break;
      case 1:
      case 2:
        expect(yield* insist(() => user.disk.barrier())).toEqual({ error: null });
        this.#model.groups.push(new Map());
        break;
      case 3:
      case 4:
      case 5:
        yield* this.#read(user, sectors);
        break;
      default:
        yield* this.#write(user, sectors);
    }
  }

  /** Flush: then all that was written is there to stay. */
  *flush(user: DiskUser): Thread<void> {
    expect(yield* insist(() => user.disk.flush())).toEqual({ error: null });
    for (const sector of this.#own) {
      expect(this.#disk.staysOf(sector), `sector ${sector}`).toBe(this.#model.now.get(sector) ?? 0);
    }
  }

  *#write(user: DiskUser, sectors: readonly number[]): Thread<void> {
    const bytes = new Uint8Array(sectors.length * SECTOR_BYTES);
    for (const [i, sector] of sectors.entries()) {
      bytes.set(marked(this.#client, this.#model.write(sector)), i * SECTOR_BYTES);
    }
    yield* user.window.write(0, bytes);
    const asked = { sector: sectors[0] as number, count: sectors.length, at: 0 };
    expect(yield* insist(() => user.disk.write(asked))).toEqual({ error: null });
  }

  *#read(user: DiskUser, sectors: readonly number[]): Thread<void> {
    const asked = { sector: sectors[0] as number, count: sectors.length, at: 0 };
    expect(yield* insist(() => user.disk.read(asked))).toEqual({ error: null });
    const bytes = yield* user.window.read(0, sectors.length * SECTOR_BYTES);
    for (const [i, sector] of sectors.entries()) {
      const { client, serial } = markIn(bytes.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES));
      expect([serial, client], `sector ${sector}`).toEqual(this.#expected(sector));
    }
  }

  #expected(sector: number): [serial: number, client: number] {
    const serial = this.#model.now.get(sector);
    return serial === undefined ? [0, -1] : [serial, this.#client];
  }

  /** Some sectors in a row. */
  #some(): readonly number[] {
    const start = this.#prng.below(this.#own.length);
    const first = this.#own[start] as number;
    return this.#own.slice(start, start + 1 + this.#prng.below(STRIPE)).filter((sector, i) => sector === first + i);
  }
}
