/**
 * Clients that do anything, by a seed, against a naive model: what each has written last. Their sectors lie side by side on
 * the same pages, so that they are in each other's way.
 */
import { Prng } from "@tessera/hal-sim";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Requests } from "../../src/block/requests.js";
import { Stream } from "../../src/block/stream.js";
import { Actor, MarkedDisk } from "./marked.js";
import { runDisk } from "./system.js";

const STEPS = 300;

/** @returns the disk, of which all that is wrong is told by what the clients throw, or in its complaints */
function run(seed: number): MarkedDisk {
  const prng = new Prng(seed);
  const clients = 1 + prng.below(4);
  const disk = new MarkedDisk(200 + prng.below(800));
  const actors = Array.from({ length: clients }, (_, i) => new Actor(disk, i, clients, new Prng(seed * 100 + i)));
  runDisk(
    { disks: [disk], cachePages: 16, events: 20_000_000 },
    ...actors.map((actor) => {
      return function* (user: Parameters<Actor["step"]>[0]) {
        for (let step = 0; step < STEPS; step++) yield* actor.step(user);
        yield* actor.flush(user);
      };
    }),
  );
  return disk;
}

describe("Clients that share a disk, and pages of it,", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([1, 2, 3, 4, 5, 6])("read what they have written last, and flushes and barriers hold (seed %i)", (seed) => {
    const disk = run(seed);
    expect(disk.complaints).toEqual([]);
    expect(disk.writes).toBeGreaterThan(20);
  });

  it("find a server for whom barriers are nothing", () => {
    vi.spyOn(Stream.prototype, "close").mockReturnValue(null);
    expect(() => expect(run(3).complaints).toEqual([])).toThrow();
  });

  it("find a server that takes a device's cache for a disk", () => {
    const start = Requests.prototype.start;
    vi.spyOn(Requests.prototype, "start").mockImplementation(function* (this: Requests<unknown>) {
      const kind = yield* start.call(this);
      return kind === null ? null : { ...kind, flushes: false };
    });
    expect(() => expect(run(3).complaints).toEqual([])).toThrow();
  });
});
