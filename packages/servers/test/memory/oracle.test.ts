/**
 * Memory under pressure against an oracle that remembers every byte: threads that read and write at random, copies and
 * shared dataspaces that are read and written through their spaces, spaces that are made and killed at any moment.
 */
import { Prng } from "@tessera/hal-sim";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Yield } from "@tessera/libsel4";
import type { BootedWorld } from "@tessera/testing";
import { expect, it } from "vitest";
import { type Client, type Dataspace, must, type Space } from "../../src/index.js";
import { existing } from "../root/existing.js";
import { diskOf, diskState } from "./disk.js";
import { HEAP, type Loader, PAGE, runSystem } from "./loader.js";

/** How often spaces are made and killed; more outside of CI. */
const CYCLES = Number(process.env["MEMORY_CYCLES"] ?? 40);

it("threads that read and write at random find what they wrote, in a third of the frames", () => {
  const wrong: string[] = [];
  const doing = (seed: number) =>
    function* (): Thread {
      const prng = new Prng(seed);
      const model = new Map<number, number>();
      for (let i = 0; i < 150; i++) {
        const at = HEAP + prng.below(14) * PAGE + prng.below(4) * 8;
        if (prng.below(3) === 0) {
          model.set(at, i);
          yield* store(at, i);
        } else {
          const found = yield* load(at);
          if (found !== (model.get(at) ?? 0)) wrong.push(`seed ${seed}, step ${i}: ${found} at ${at}`);
        }
      }
    };
  const doings = { one: doing(1), two: doing(2), three: doing(3) };
  runSystem({ doings, frames: 16, swap: 64, disk: diskOf(diskState()) }, function* (loader) {
    for (const name of Object.keys(doings)) {
      const space = yield* loader.space(6, 18);
      must(yield* space.anonymous({ address: HEAP, bytes: 14 * PAGE, access: "rw" }));
      yield* loader.start(space, name);
    }
    for (let i = 0; i < 3; i++) expect((yield* loader.next()).why).toBe(null);
  });
  expect(wrong).toEqual([]);
});

/** What lies somewhere, by byte. */
type Bytes = Map<number, number>;

/** A region, as the oracle knows it. */
interface Known {
  readonly space: Client<typeof Space>;
  readonly address: number;
  readonly pages: number;
  readonly bytes: Bytes;
  /** The first byte of `bytes` that lies in it. */
  readonly from: number;
  readonly isCopy: boolean;
}

it.each([1, 2, 3])(
  "copies and shared dataspaces hold what was written to them, whichever goes first (seed %i)",
  (seed) => {
    const prng = new Prng(seed);
    const counts = { reads: 0, writes: 0, copies: 0, full: 0 };
    runSystem({ doings: {}, frames: 16, swap: 64, disk: diskOf(diskState()) }, function* ({ spaces }) {
      const dataspaces: { dataspace: Client<typeof Dataspace>; bytes: Bytes }[] = [];
      for (let i = 0; i < 2; i++) {
        const { dataspace } = must(yield* spaces.dataspace({ bytes: 6 * PAGE }));
        dataspaces.push({ dataspace, bytes: new Map() });
      }
      const made = [24, 24].map((pages) => spaces.space({ frames: 6, pages }));
      const all: Client<typeof Space>[] = [];
      for (const thread of made) all.push(must(yield* thread).space);
      let known: Known[] = [];
      let next = HEAP;
      const pick = <T>(from: readonly T[]): T => from[prng.below(from.length)] as T;
      const map = function* (isCopy: boolean): Thread {
        const [space, { dataspace, bytes }] = [pick(all), pick(dataspaces)];
        const first = prng.below(5);
        const pages = 1 + prng.below(6 - first);
        const [address, from] = [next, first * PAGE];
        next += 16 * PAGE;
        const where = { address, bytes: pages * PAGE, access: "rw", dataspace, offset: from, copy: isCopy } as const;
        const answer = yield* space.map(where);
        if (answer.error === "Full") {
          counts.full += 1;
          return;
        }
        must(answer);
        counts.copies += isCopy ? 1 : 0;
        known.push({ space, address, pages, bytes: isCopy ? new Map(bytes) : bytes, from, isCopy });
      };
      for (let i = 0; i < 2; i++) yield* map(false);
      for (let step = 0; step < 260; step++) {
        const way = prng.below(12);
        if (way === 0) yield* map(true);
        else if (way === 1 && known.length > 5) {
          const gone = pick(known.filter(({ isCopy }) => isCopy).concat(known.slice(0, 1)));
          must(yield* gone.space.unmap({ address: gone.address, bytes: gone.pages * PAGE }));
          known = known.filter((one) => one !== gone);
        } else if (way < 4) {
          const { dataspace, bytes } = pick(dataspaces);
          const [offset, value] = [prng.below(6) * PAGE + prng.below(3), prng.below(256)];
          must(yield* dataspace.write({ offset, data: Uint8Array.of(value) }));
          bytes.set(offset, value);
        } else if (known.length > 0) {
          const { space, address, pages, bytes, from } = pick(known);
          const at = prng.below(pages) * PAGE + prng.below(3);
          if (way < 8) {
            counts.writes += 1;
            const value = prng.below(256);
            const answer = yield* space.write({ address: address + at, data: Uint8Array.of(value) });
            if (answer.error === null) {
              bytes.set(from + at, value);
              continue;
            }
            const { resident, swapped, pages: most } = must(yield* space.stat());
            expect([answer.error, resident + swapped]).toEqual(["BadAddress", most]);
          } else {
            const answer = yield* space.read({ address: address + at, length: 1 });
            if (answer.error === "BadAddress") continue;
            counts.reads += 1;
            expect(must(answer).data[0], `step ${step}`).toBe(bytes.get(from + at) ?? 0);
          }
        }
      }
      for (const { dataspace } of dataspaces) yield* dataspace.close();
      for (const space of all) yield* space.close();
      const { frames, freeFrames, slots, freeSlots, reserved } = must(yield* spaces.stat());
      expect([freeFrames, freeSlots, reserved]).toEqual([frames, slots, 0]);
    });
    expect(counts.reads).toBeGreaterThan(30);
    expect(counts.copies).toBeGreaterThan(4);
  },
);

it(
  `spaces that are made and killed at any moment, ${CYCLES} times, leave the kernel as it was`,
  () => {
    const prng = new Prng(11);
    const doings = {
      *thrash(): Thread {
        for (;;) for (let i = 0; i < 12; i++) yield* store(HEAP + i * PAGE, i);
      },
    };
    let rounds = 0;
    const cycle = function* (loader: Loader): Thread {
      const made: Client<typeof Space>[] = [];
      const { dataspace } = must(yield* loader.spaces.dataspace({ bytes: 4 * PAGE }));
      for (let i = 0; i <= prng.below(2); i++) {
        const space = yield* loader.space(4 + prng.below(4), 20);
        must(yield* space.anonymous({ address: HEAP, bytes: 8 * PAGE, access: "rw" }));
        const copy = prng.below(2) === 0;
        const where = { address: HEAP + 8 * PAGE, bytes: 4 * PAGE, offset: 0, dataspace, copy };
        must(yield* space.map({ ...where, access: "rw" }));
        yield* loader.start(space, "thrash");
        made.push(space);
      }
      for (let i = prng.below(4); i > 0; i--) yield* seL4_Yield();
      const threadsFirst = prng.below(2) === 0;
      if (threadsFirst) yield* loader.reset();
      for (const space of made) yield* space.close();
      if (!threadsFirst) yield* loader.reset();
      yield* dataspace.close();
      // What is on its way arrives.
      for (let i = 0; i < 30; i++) {
        const { frames, freeFrames } = must(yield* loader.spaces.stat());
        if (freeFrames === frames) break;
        yield* seL4_Yield();
      }
      const { frames, freeFrames, slots, freeSlots, reserved } = must(yield* loader.spaces.stat());
      expect([freeFrames, freeSlots, reserved], `cycle ${rounds}`).toEqual([frames, slots, 0]);
    };
    const kept = () => {
      const { kernel } = booted as unknown as BootedWorld<void>;
      expect(kernel.checkInvariants()).toEqual([]);
      const { objects, capabilities, ...rest } = kernel.snapshot();
      // By what its callers signal it a server learns when they are used for the first time.
      return JSON.stringify(
        existing({ ...rest, objects, capabilities: capabilities.filter(({ kind }) => kind !== "notification") }),
      );
    };
    let before = "";
    let booted: BootedWorld<void> | null = null;
    const options = {
      doings,
      frames: 16,
      swap: 64,
      events: 200_000 + 40_000 * CYCLES,
      disk: diskOf(diskState()),
      onBoot(it: BootedWorld<void>) {
        booted = it;
      },
    };
    runSystem(options, function* (loader) {
      // The server opens its swap file when it needs it first.
      const { space } = must(yield* loader.spaces.space({ frames: 4, pages: 8 }));
      must(yield* space.anonymous({ address: HEAP, bytes: 8 * PAGE, access: "rw" }));
      for (let i = 0; i < 8; i++) must(yield* space.write({ address: HEAP + i * PAGE, data: Uint8Array.of(i) }));
      yield* space.close();
      yield* cycle(loader);
      before = kept();
      for (; rounds < CYCLES; rounds++) {
        yield* cycle(loader);
        if (rounds % 10 !== 0 && rounds + 1 < CYCLES) continue;
        const now = kept();
        if (now !== before) expect(JSON.parse(now), `cycle ${rounds}`).toEqual(JSON.parse(before));
      }
    });
    expect(rounds).toBe(CYCLES);
  },
  60_000 + CYCLES * 5000,
);
