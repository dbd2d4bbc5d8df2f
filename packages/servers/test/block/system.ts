/** Systems with a disk, a block server, and clients that a test writes. */
import { type DiskBackEnd, type MemoryDisk, memoryDisk } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld, WorldOptions } from "@tessera/testing";
import { expect } from "vitest";
import {
  type BlockOptions,
  blockServer,
  type Client,
  calls,
  component,
  Disk,
  type PlannedComponent,
  SECTOR_BYTES,
  type Self,
  timerServer,
  type Window,
} from "../../src/index.js";
import { bootPlan } from "../root/planned.js";

/** Pages of a client's window. */
const WINDOW = 16;
/** Events in which a test has to come to its end, if it says no other number. */
const EVENTS = 3_000_000;

/** A disk as a client has it. */
export class DiskUser {
  readonly disk: Client<typeof Disk>;
  readonly window: Window;
  readonly self: Self;

  constructor(disk: Client<typeof Disk>, window: Window, self: Self) {
    this.disk = disk;
    this.window = window;
    this.self = self;
  }

  /** The same by another session. */
  by(disk: Client<typeof Disk>): DiskUser {
    return new DiskUser(disk, this.window, this.self);
  }

  /** Sectors, or the error. */
  *read(sector: number, count: number): Thread<Uint8Array | string> {
    const { error } = yield* this.disk.read({ sector, count, at: 0 });
    return error ?? (yield* this.window.read(0, count * SECTOR_BYTES));
  }

  /** Write whole sectors. @returns the error */
  *write(sector: number, bytes: Uint8Array): Thread<string | null> {
    yield* this.window.write(0, bytes);
    return (yield* this.disk.write({ sector, count: bytes.length / SECTOR_BYTES, at: 0 })).error;
  }

  *flush(): Thread<string | null> {
    return (yield* this.disk.flush()).error;
  }
}

/** What a client does. */
export type Use = (user: DiskUser) => Thread;

/** What a back end was asked: as "r 8+2", "w 0+1", "f", "d 0+8". */
export interface ToldDisk {
  readonly backEnd: DiskBackEnd;
  readonly memory: MemoryDisk;
  readonly told: string[];
  /** Sectors that cannot be read, or written, or a flush that fails: set by tests. */
  readonly bad: { reads: Set<number>; writes: Set<number>; flushes: number };
}

/** A disk in memory that tells what it was asked, and fails where a test wants it to. */
export function toldDisk(contents: number | Uint8Array, { readOnly = false, discards = true } = {}): ToldDisk {
  const memory = memoryDisk(contents, { readOnly });
  const told: string[] = [];
  const bad = { reads: new Set<number>(), writes: new Set<number>(), flushes: 0 };
  const tell = (what: string, sector: number, count: number, failing: ReadonlySet<number>): void => {
    told.push(`${what} ${sector}+${count}`);
    for (let i = sector; i < sector + count; i++) if (failing.has(i)) throw new Error(`sector ${i} is bad`);
  };
  const backEnd: DiskBackEnd = {
    sectors: memory.sectors,
    readOnly,
    read(sector, into) {
      tell("r", sector, into.length / SECTOR_BYTES, bad.reads);
      memory.read(sector, into);
    },
    write(sector, from) {
      tell("w", sector, from.length / SECTOR_BYTES, bad.writes);
      memory.write(sector, from);
    },
    flush() {
      told.push("f");
      if (bad.flushes === 0) return;
      bad.flushes -= 1;
      throw new Error("a flush that fails");
    },
    ...(discards
      ? {
          discard(sector: number, count: number) {
            told.push(`d ${sector}+${count}`);
            memory.discard(sector, count);
          },
        }
      : {}),
  };
  return { backEnd, memory, told, bad };
}

interface SystemOptions extends BlockOptions {
  readonly disks: readonly DiskBackEnd[];
  readonly window?: number;
  readonly events?: number;
  /** Called before anything has run. */
  readonly onBoot?: (world: BootedWorld<void>) => void;
  readonly restart?: PlannedComponent["restart"];
  readonly kernel?: WorldOptions<void>;
  readonly clientRestart?: PlannedComponent["restart"];
}

/** A system in which each of these is what a client does, and nothing has run yet. */
function bootDisk(
  { disks, window = WINDOW, restart = null, clientRestart = null, kernel = {}, ...options }: SystemOptions,
  ...uses: Use[]
): BootedWorld<void> {
  const clients = uses.map((use, n) =>
    component(`client${n}`, {
      needs: { disk: calls(Disk, { window }) },
      *main({ disk, self }) {
        yield* use(new DiskUser(disk, disk.window as Window, self));
      },
    }),
  );
  return bootPlan(
    [
      { component: timerServer, priority: 250, budgetUs: 5000 },
      { component: blockServer(options), priority: 200, budgetUs: 10_000, restart },
      ...clients.map((client, n) => {
        return { component: client, priority: 100 - n, budgetUs: 10_000, restart: clientRestart };
      }),
    ],
    { kernel: { checkInvariants: false }, machine: { callSites: false, disks }, ...kernel },
  );
}

/** As `bootDisk`, and run until nothing happens any more. Clients are done then. */
export function runDisk(options: SystemOptions, ...uses: Use[]): BootedWorld<void> {
  let ended = 0;
  const thrown: unknown[] = [];
  const world = bootDisk(
    options,
    ...uses.map((use): Use => {
      return function* (user) {
        try {
          yield* use(user);
          ended += 1;
        } catch (error) {
          thrown.push(error);
        }
      };
    }),
  );
  options.onBoot?.(world);
  const { reason } = world.machine.run({ events: options.events ?? EVENTS });
  if (thrown.length > 0) throw thrown[0];
  expect(reason).toBe("idle");
  expect(ended).toBe(uses.length);
  return world;
}

/** So many sectors that are unlike others: of `seed`. */
export function pattern(sectors: number, seed: number): Uint8Array {
  return Uint8Array.from(
    { length: sectors * SECTOR_BYTES },
    (_, i) => (Math.imul(i >>> 9, 31) + seed * 7 + i * (1 + (seed % 5))) & 0xff,
  );
}
