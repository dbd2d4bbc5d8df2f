/**
 * Clients that do anything, by a seed, against a naive model: what each has written last. Their sectors lie side by side on
 * the same pages, so that they are in each other's way.
 *
 * Each sector says whose it is, in which group of its client it was written, and a serial; so what reaches the disk can be
 * checked when it does: nothing that was written behind a barrier before all that was written in front of it is there to
 * stay.
 */
import { type DiskBackEnd, Prng } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { SECTOR_BYTES } from "../../src/index.js";
import { type DiskUser, runDisk, type ToldDisk, toldDisk, type Use } from "./system.js";

/** Sectors that are one client's, before the next one's come. */
const STRIPE = 3;
const MARK = 0x5ec7_0000;

interface Written {
  readonly group: number;
  readonly serial: number;
}

/** What one client has done. */
class Model {
  readonly client: number;
  /** By sector: what was written last. */
  readonly now = new Map<number, number>();
  /** By group: the last serial of each sector. */
  readonly groups: Map<number, number>[] = [new Map()];
  serial = 0;

  constructor(client: number) {
    this.client = client;
  }

  write(sector: number): Written {
    this.serial += 1;
    this.now.set(sector, this.serial);
    this.groups.at(-1)?.set(sector, this.serial);
    return { group: this.groups.length - 1, serial: this.serial };
  }
}

function sectorOf(client: number, { group, serial }: Written): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES).fill(serial);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of [MARK + client, group, serial].entries()) view.setUint32(4 * i, word, true);
  view.setUint32(SECTOR_BYTES - 4, serial, true);
  return bytes;
}

/** What a sector holds: 0 for nothing that a client has written. */
function serialIn(bytes: Uint8Array): { client: number; group: number; serial: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const [mark, group, serial] = [0, 4, 8].map((at) => view.getUint32(at, true)) as [number, number, number];
  if (mark === 0) return { client: -1, group: 0, serial: 0 };
  expect(view.getUint32(SECTOR_BYTES - 4, true)).toBe(serial);
  return { client: mark - MARK, group, serial };
}

/** A disk that sees to it that barriers are kept. */
class OrderedDisk implements DiskBackEnd {
  readonly sectors: number;
  readonly #disk: ToldDisk;
  readonly #models: readonly Model[];
  /** What is there to stay, and what is in the device's cache: serials by sector. */
  readonly #stays = new Map<number, number>();
  readonly #cached = new Map<number, number>();

  constructor(disk: ToldDisk, models: readonly Model[]) {
    this.sectors = disk.backEnd.sectors;
    this.#disk = disk;
    this.#models = models;
  }

  read(sector: number, into: Uint8Array): void {
    this.#disk.backEnd.read(sector, into);
  }

  write(sector: number, from: Uint8Array): void {
    this.#disk.backEnd.write(sector, from);
    for (let at = 0; at < from.length; at += SECTOR_BYTES) {
      const { client, group, serial } = serialIn(from.subarray(at, at + SECTOR_BYTES));
      this.#check(client, group);
      this.#cached.set(sector + at / SECTOR_BYTES, serial);
    }
  }

  flush(): void {
    this.#disk.backEnd.flush();
    for (const [sector, serial] of this.#cached) this.#stays.set(sector, serial);
    this.#cached.clear();
  }

  /** The serial of what would be there without power. */
  staysOf(sector: number): number {
    return this.#stays.get(sector) ?? 0;
  }

  #check(client: number, group: number): void {
    const groups = this.#models[client]?.groups.slice(0, group) ?? [];
    for (const before of groups) {
      for (const [sector, serial] of before) {
        const is = this.staysOf(sector);
        if (is < serial) throw new Error(`${client}: sector ${sector} of group ${group} comes before ${serial}: ${is}`);
      }
    }
  }
}

interface Plan {
  readonly seed: number;
  readonly clients: number;
  readonly sectors: number;
  readonly cachePages: number;
  readonly steps: number;
}

/** @returns what the disk was asked */
function runRandom(plan: Plan): readonly string[] {
  const { seed, clients, sectors, cachePages, steps } = plan;
  const models = Array.from({ length: clients }, (_, client) => new Model(client));
  const disk = toldDisk(sectors * SECTOR_BYTES);
  const ordered = new OrderedDisk(disk, models);
  const complaints: string[] = [];
  const backEnd: DiskBackEnd = {
    sectors,
    read: (sector, into) => ordered.read(sector, into),
    write(sector, from) {
      try {
        ordered.write(sector, from);
      } catch (error) {
        complaints.push(`${error}`);
        throw error;
      }
    },
    flush: () => ordered.flush(),
  };
  const act = function* (user: DiskUser, model: Model): Thread {
    const prng = new Prng(seed * 100 + model.client);
    const where = `seed ${seed}, client ${model.client}`;
    const mine = Array.from({ length: sectors }, (_, i) => i).filter(
      (i) => Math.floor(i / STRIPE) % clients === model.client,
    );
    const run = (): readonly number[] => {
      const start = prng.below(mine.length);
      const length = 1 + prng.below(STRIPE);
      return mine.slice(start, start + length).filter((sector, i) => sector === (mine[start] as number) + i);
    };
    for (let step = 0; step < steps; step++) {
      const at = `${where}, step ${step}`;
      const some = run();
      const [first = 0] = some;
      switch (prng.below(10)) {
        case 0:
          if ((yield* user.disk.barrier()).error === null) model.groups.push(new Map());
          break;
        case 1: {
          expect(yield* user.flush(), at).toBeNull();
          for (const sector of mine) {
            expect(ordered.staysOf(sector), `${at}, sector ${sector}`).toBe(model.now.get(sector) ?? 0);
          }
          break;
        }
        case 2:
        case 3:
        case 4:
        case 5: {
          const bytes = new Uint8Array(some.length * SECTOR_BYTES);
          for (const [i, sector] of some.entries())
            bytes.set(sectorOf(model.client, model.write(sector)), i * SECTOR_BYTES);
          expect(yield* user.write(first, bytes), at).toBeNull();
          break;
        }
        default: {
          const bytes = yield* user.read(first, some.length);
          if (typeof bytes === "string") throw new Error(`${at}: ${bytes}`);
          for (const [i, sector] of some.entries()) {
            const { client, serial } = serialIn(bytes.subarray(i * SECTOR_BYTES, (i + 1) * SECTOR_BYTES));
            if (serial !== 0) expect(client, at).toBe(model.client);
            expect(serial, `${at}, sector ${sector}`).toBe(model.now.get(sector) ?? 0);
          }
        }
      }
    }
    expect(yield* user.flush(), where).toBeNull();
    for (const [sector, serial] of model.now) expect(ordered.staysOf(sector), where).toBe(serial);
  };
  const uses = models.map(
    (model): Use =>
      (user) =>
        act(user, model),
  );
  runDisk({ disks: [backEnd], cachePages, events: 20_000_000 }, ...uses);
  expect(complaints).toEqual([]);
  return disk.told;
}

describe("Clients that share a disk, and pages of it,", () => {
  it.each([1, 2, 3, 4, 5, 6])("read what they have written last, and flushes and barriers hold (seed %i)", (seed) => {
    const prng = new Prng(seed);
    const clients = 1 + prng.below(4);
    const told = runRandom({ seed, clients, sectors: 200 + prng.below(800), cachePages: 16, steps: 300 });
    expect(told.length).toBeGreaterThan(20);
  });
});
