/** What a client cannot do to others, whatever it touches, asks for or leaves behind; and what a disk can. */
import { Prng } from "@tessera/hal-sim";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Yield } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Client, must, type Space } from "../../src/index.js";
import { diskOf, diskState } from "./disk.js";
import { type Event, HEAP, type Loader, PAGE, runSystem } from "./loader.js";

const READ_BACK = { address: HEAP, length: 8 };

function* write(from: number, pages: number): Thread {
  for (let i = 0; i < pages; i++) yield* store(from + i * PAGE, i + 1);
}

function* heapOf(loader: Loader, frames: number, pages: number): Thread<Client<typeof Space>> {
  const space = yield* loader.space(frames, pages);
  must(yield* space.anonymous({ address: HEAP, bytes: 32 * PAGE, access: "rw" }));
  return space;
}

/** All frames and slots are free, and nothing is reserved. */
function* expectNothingLeft({ spaces }: Loader): Thread {
  const { frames, slots, ...now } = must(yield* spaces.stat());
  expect(now).toMatchObject({ freeFrames: frames, freeSlots: slots, reserved: 0 });
}

describe("A disk", () => {
  it("that keeps a space waiting keeps nobody else waiting, and nothing is left of a space that goes with a page on its way out", () => {
    const state = diskState();
    const done: string[] = [];
    const doings = {
      *thrash() {
        yield* write(HEAP, 12);
        done.push("thrash");
      },
      *small() {
        yield* write(HEAP, 3);
        done.push("small");
      },
    };
    runSystem({ doings, disk: diskOf(state) }, function* (loader) {
      state.held = "writes";
      const slow = yield* heapOf(loader, 4, 20);
      yield* loader.start(slow, "thrash");
      const other = yield* heapOf(loader, 8, 8);
      yield* loader.start(other, "small");
      expect(yield* loader.next()).toMatchObject({ thread: 2, why: null });
      expect(done).toEqual(["small"]);
      while (state.writes === 0) yield* seL4_Yield();
      // A page of it is on its way out.
      yield* slow.close();
      must(yield* other.write({ address: HEAP, data: Uint8Array.of(5) }));
      state.held = null;
      must(yield* loader.files.stat({ name: "" }));
      yield* other.close();
      yield* expectNothingLeft(loader);
    });
  });

  it("has a page on its way in when its space goes: that arrives, and is forgotten", () => {
    const state = diskState();
    const doings = {
      *thrash() {
        yield* write(HEAP, 8);
        yield* load(HEAP);
      },
    };
    runSystem({ doings, disk: diskOf(state) }, function* (loader) {
      const space = yield* heapOf(loader, 4, 20);
      state.held = "reads";
      yield* loader.start(space, "thrash");
      while (state.reads === 0) yield* seL4_Yield();
      yield* space.close();
      const { frames, freeFrames, slots, freeSlots } = must(yield* loader.spaces.stat());
      // The frame that it comes to, the slot that it comes from.
      expect([frames - freeFrames, slots - freeSlots]).toEqual([1, 1]);
      state.held = null;
      must(yield* loader.files.stat({ name: "" }));
      yield* seL4_Yield();
      yield* expectNothingLeft(loader);
    });
  });

  it("whose files are never read keeps those waiting that touch them; what is in swap comes and goes", () => {
    const state = diskState();
    const doings = {
      *touches() {
        yield* load(HEAP);
      },
      *thrash() {
        yield* write(HEAP, 8);
        yield* write(HEAP, 8);
      },
    };
    runSystem({ doings, disk: diskOf(state) }, function* (loader) {
      state.held = "reads";
      const waiting: Client<typeof Space>[] = [];
      for (let i = 0; i < 3; i++) {
        const { file } = must(yield* loader.files.open({ name: "f", create: true, write: true }));
        const { dataspace } = must(yield* loader.spaces.file({ file, offset: 0, bytes: PAGE }));
        const space = yield* loader.space(4, 8);
        must(yield* space.map({ address: HEAP, bytes: PAGE, access: "r", dataspace, offset: 0, copy: false }));
        yield* loader.start(space, "touches");
        waiting.push(space);
      }
      const other = yield* heapOf(loader, 10, 20);
      yield* loader.start(other, "thrash");
      expect(yield* loader.next()).toMatchObject({ thread: 4, why: null });
      for (const space of waiting) yield* space.close();
      state.held = null;
      must(yield* loader.files.stat({ name: "" }));
    });
  });

  it("that fails is an error to who touches what it has, and to nobody else", () => {
    const state = diskState();
    const events: Event[] = [];
    const doings = {
      *fills() {
        yield* write(HEAP, 8);
      },
      *reads() {
        for (let i = 0; i < 8; i++) yield* load(HEAP + i * PAGE);
      },
    };
    runSystem({ doings, disk: diskOf(state) }, function* (loader) {
      const space = yield* heapOf(loader, 4, 20);
      yield* loader.start(space, "fills");
      events.push(yield* loader.next());
      const other = yield* heapOf(loader, 8, 8);
      yield* loader.start(other, "fills");
      yield* loader.start(space, "reads");
      state.failsToRead = true;
      for (let i = 0; i < 2; i++) events.push(yield* loader.next());
      expect((yield* space.read(READ_BACK)).error).toBe("IO");
      state.failsToRead = false;
      expect(must(yield* space.read(READ_BACK)).data[0]).toBe(1);
      // Written pages stay where they are when swap does not take them.
      state.failsToWrite = true;
      const third = yield* heapOf(loader, 4, 20);
      yield* loader.start(third, "fills");
      events.push(yield* loader.next());
      state.failsToWrite = false;
      expect(must(yield* third.read(READ_BACK)).data[0]).toBe(1);
      must(yield* third.write({ address: HEAP + 9 * PAGE, data: Uint8Array.of(1) }));
      for (const each of [space, other, third]) yield* each.close();
      yield* expectNothingLeft(loader);
    });
    expect(events.map(({ thread, why }) => `${thread}: ${why}`).sort()).toEqual([
      "1: null",
      "2: it has as many pages as it may, 8",
      "3: the page could not be read from swap: IO",
      "4: the page could not be written to swap: IO",
    ]);
  });
});

describe("A space", () => {
  it("that touches an address in every corner finds all of it again, with eight page tables", () => {
    const corners = Array.from({ length: 24 }, (_, i) => 0x4000_0000 * (i % 12) + 0x2000_0000 + 0x20_0000 * i);
    const found: number[] = [];
    const doings = {
      *corners() {
        for (const [i, at] of corners.entries()) yield* store(at, i + 1);
        for (const at of corners) found.push(yield* load(at));
      },
    };
    const options = { doings, spaces: 1, kernel: { kernel: { checkInvariants: true } } };
    runSystem(options, function* (loader) {
      const space = yield* loader.space(32, 32);
      for (const address of corners) must(yield* space.anonymous({ address, bytes: PAGE, access: "rw" }));
      yield* loader.start(space, "corners");
      expect(yield* loader.next()).toMatchObject({ thread: 1, why: null });
      yield* loader.reset();
      yield* space.close();
      yield* expectNothingLeft(loader);
    });
    expect(found).toEqual(corners.map((_, i) => i + 1));
  });

  it("that was told nonsense in every argument of every call is refused, and its server serves on", () => {
    const prng = new Prng(7);
    const odd = () => {
      const numbers = [
        0,
        1,
        4095,
        PAGE,
        4097,
        HEAP,
        HEAP + PAGE,
        2 ** 32,
        2 ** 38 - PAGE,
        2 ** 38,
        2 ** 52,
        2 ** 53 - 1,
      ];
      return numbers[prng.below(numbers.length)] as number;
    };
    runSystem({ doings: {} }, function* (loader) {
      const { dataspace } = must(yield* loader.spaces.dataspace({ bytes: 3 * PAGE }));
      const { space } = must(yield* loader.spaces.space({ frames: 4, pages: 8 }));
      const { file } = must(yield* loader.files.open({ name: "f", create: true, write: true }));
      for (let i = 0; i < 150; i++) {
        const [address, bytes, offset, access] = [odd(), odd(), odd(), "rw" as const];
        const data = new Uint8Array(prng.below(897));
        yield* space.anonymous({ address, bytes, access });
        yield* space.map({ address, bytes, access, dataspace, offset, copy: prng.below(2) === 0 });
        yield* space.stack({ top: address, bytes, limit: offset });
        yield* space.grow({ address, bytes });
        yield* space.read({ address, length: bytes % 2 ** 32 });
        yield* space.write({ address, data });
        yield* space.protect({ address, bytes, access: prng.below(2) === 0 ? "r" : "rwx" });
        yield* space.unmap({ address, bytes });
        yield* dataspace.read({ offset, length: bytes % 2 ** 32 });
        yield* dataspace.write({ offset, data });
        yield* space.handler({ thread: prng.below(100) });
        const made = [
          yield* loader.spaces.space({ frames: bytes % 2 ** 32, pages: offset % 2 ** 32 }),
          yield* loader.spaces.dataspace({ bytes }),
        ];
        for (const answer of made) {
          if (answer.error === null) yield* ("space" in answer ? answer.space : answer.dataspace).close();
        }
      }
      for (const [offset, bytes] of [
        [2 ** 53 - 1, 1],
        [1, 2 ** 52],
        [0, 0],
      ] as const) {
        expect((yield* loader.spaces.file({ file, offset, bytes })).error).toBe("BadAddress");
      }
      const { file: again } = must(yield* loader.files.open({ name: "f", create: true, write: true }));
      const { dataspace: odder } = must(yield* loader.spaces.file({ file: again, offset: 2 ** 51, bytes: 2 ** 51 }));
      expect(must(yield* odder.read({ offset: 2 ** 50, length: 1 })).data).toEqual(Uint8Array.of(0));
      for (const session of [odder, dataspace, space]) yield* session.close();
      yield* expectNothingLeft(loader);
    });
  });

  it("and all that a client had goes with it, wherever it was", () => {
    const doings = {
      *thrash() {
        for (;;) yield* write(HEAP, 12);
      },
    };
    const world = runSystem(
      { doings, mayDie: true },
      function* (loader) {
        const space = yield* heapOf(loader, 4, 20);
        yield* loader.start(space, "thrash");
        for (let i = 0; i < 30; i++) must(yield* space.read(READ_BACK));
        throw new Error("on purpose");
      },
      function* (loader) {
        // The one above has died when this one comes to run.
        yield* expectNothingLeft(loader);
      },
    );
    expect(world.output).toContain("loader0 died");
    expect(world.output).toContain("loader1 has ended");
  });
});
