/** Pages that come when they are touched, and go when there are others that are used more. */
import { copyIn, load, store, type Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { type Client, must, type Space } from "../../src/index.js";
import { expectInReadme } from "../common/transcript.js";
import { type Event, HEAP, PAGE, runSystem } from "./loader.js";

/** What a thread that has ended looks like. */
const ENDED = { why: null, address: 0 };

/** Write a number to each of some pages, and sum up what they hold then. */
function* sweep(from: number, pages: number, write: boolean): Thread<number> {
  let sum = 0;
  for (let i = 0; i < pages; i++) {
    if (write) yield* store(from + i * PAGE, i + 1);
    sum += yield* load(from + i * PAGE);
  }
  return sum;
}

it("runs as its README shows", () => {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const doings = {
    *sweeps() {
      say("thread: writes 8 pages");
      yield* sweep(HEAP, 8, true);
      say(`thread: reads them again: ${yield* sweep(HEAP, 8, false)}`);
    },
    *strays() {
      say("thread: writes behind the heap");
      yield* store(HEAP + 8 * PAGE, 1);
    },
  };
  runSystem({ doings, frames: 32, swap: 64 }, function* (loader) {
    const space = yield* loader.space(4, 16);
    must(yield* space.anonymous({ address: HEAP, bytes: 8 * PAGE, access: "rw" }));
    const pages = function* () {
      const { resident, swapped } = must(yield* space.stat());
      return `resident ${resident}, swapped ${swapped}`;
    };
    yield* loader.start(space, "sweeps");
    say(`loader: a heap of 8 pages; ${yield* pages()}`);
    yield* loader.next();
    say(`loader: ${yield* pages()}`);
    yield* loader.start(space, "strays");
    const { thread, address, why } = yield* loader.next();
    say(`loader: thread ${thread} is stopped at 0x${address.toString(16)}: ${why}`);
    yield* space.close();
    const { frames, freeFrames, slots, freeSlots } = must(yield* loader.spaces.stat());
    const free = `free frames ${freeFrames} of ${frames}, free slots ${freeSlots} of ${slots}`;
    say(`loader: the space is closed; ${free}`);
  });
  expectInReadme("memory", said);
});

describe("Memory", () => {
  it("is zero until it is written, comes when it is touched, and is there then", () => {
    const seen: number[] = [];
    const doings = {
      *heap() {
        seen.push(yield* sweep(HEAP, 4, false));
        seen.push(yield* sweep(HEAP, 4, true));
        seen.push(yield* sweep(HEAP, 4, false));
      },
    };
    runSystem({ doings, kernel: { kernel: { checkInvariants: true } } }, function* (loader) {
      const space = yield* loader.space(16, 16);
      must(yield* space.anonymous({ address: HEAP, bytes: 16 * PAGE, access: "rw" }));
      yield* loader.start(space, "heap");
      expect(yield* loader.next()).toEqual({ thread: 1, ...ENDED });
      expect(must(yield* space.stat())).toMatchObject({ regions: 4, resident: 5, swapped: 0, frames: 16, pages: 16 });
    });
    expect(seen).toEqual([0, 10, 10]);
  });

  it("goes to swap beyond the frames that a space may have, and comes back as it was", () => {
    const seen: number[] = [];
    const doings = {
      *thrash() {
        for (const write of [true, false, false]) seen.push(yield* sweep(HEAP, 12, write));
      },
    };
    runSystem({ doings }, function* (loader) {
      const space = yield* loader.space(6, 24);
      must(yield* space.anonymous({ address: HEAP, bytes: 12 * PAGE, access: "rw" }));
      yield* loader.start(space, "thrash");
      expect(yield* loader.next()).toEqual({ thread: 1, ...ENDED });
      const { resident, swapped } = must(yield* space.stat());
      expect([resident, resident + swapped]).toEqual([6, 13]);
      const before = must(yield* loader.spaces.stat());
      expect(before.slots - before.freeSlots).toBeGreaterThanOrEqual(7);
      // What it never wrote again was written to swap once.
      yield* loader.reset();
      yield* space.close();
      const after = must(yield* loader.spaces.stat());
      expect(after).toMatchObject({ freeFrames: after.frames, freeSlots: after.slots, reserved: 0 });
    });
    expect(seen).toEqual([78, 78, 78]);
  });

  it("may be more, all spaces together, than there are frames", () => {
    const sums: number[] = [];
    const doings = {
      *thrash() {
        yield* sweep(HEAP, 14, true);
        for (let i = 0; i < 2; i++) sums.push(yield* sweep(HEAP, 14, false));
      },
    };
    runSystem({ doings, frames: 20 }, function* (loader) {
      for (let i = 0; i < 2; i++) {
        const space = yield* loader.space(16, 24);
        must(yield* space.anonymous({ address: HEAP, bytes: 14 * PAGE, access: "rw" }));
        yield* loader.start(space, "thrash");
      }
      const events = [yield* loader.next(), yield* loader.next()];
      expect(events.map(({ why }) => why)).toEqual([null, null]);
      expect(must(yield* loader.spaces.stat()).freeFrames).toBe(0);
    });
    expect(sums).toEqual([105, 105, 105, 105]);
  });

  it("cannot be promised twice: spaces and dataspaces are refused beyond frames and swap", () => {
    runSystem({ doings: {}, frames: 32, swap: 64, spaces: 2 }, function* ({ spaces }) {
      const { capacity, slots } = must(yield* spaces.stat());
      expect(slots).toBe(64);
      const { space } = must(yield* spaces.space({ frames: 4, pages: capacity - 10 }));
      expect((yield* spaces.space({ frames: 4, pages: 11 })).error).toBe("Full");
      expect((yield* spaces.dataspace({ bytes: 11 * PAGE })).error).toBe("Full");
      expect((yield* spaces.space({ frames: 3, pages: 4 })).error).toBe("TooFew");
      const { dataspace } = must(yield* spaces.dataspace({ bytes: 9 * PAGE + 1 }));
      expect(must(yield* spaces.stat()).reserved).toBe(capacity);
      // As long as it is mapped it lives, and takes its room.
      must(yield* space.map({ address: HEAP, bytes: PAGE, access: "rw", dataspace, offset: 0, copy: false }));
      yield* dataspace.close();
      expect(must(yield* spaces.stat()).reserved).toBe(capacity);
      must(yield* space.unmap({ address: HEAP, bytes: PAGE }));
      expect(must(yield* spaces.stat()).reserved).toBe(capacity - 10);
      yield* space.close();
      // Page tables are counted, too.
      for (let i = 0; i < 2; i++) must(yield* spaces.space({ frames: 4, pages: 4 }));
      expect((yield* spaces.space({ frames: 4, pages: 4 })).error).toBe("Full");
      expect(must(yield* spaces.stat()).reserved).toBe(8);
    });
  });
});

it("A memory server can be as large as its limits say, in all of them together", () => {
  const kernel = { kernel: { checkInvariants: false }, machine: { callSites: false, ramBytes: 128 * 2 ** 20 } };
  runSystem({ doings: {}, frames: 512, spaces: 64, swap: 64, kernel }, function* ({ spaces }) {
    const made = [];
    for (let i = 0; i < 63; i++) made.push(must(yield* spaces.space({ frames: 8, pages: 8 })).space);
    const [first] = made;
    const { dataspace } = must(yield* spaces.dataspace({ bytes: 60 * PAGE }));
    for (const space of made) {
      must(yield* space.map({ address: HEAP, bytes: 8 * PAGE, access: "rw", dataspace, offset: 0, copy: true }));
      for (let i = 0; i < 8; i++) must(yield* space.write({ address: HEAP + i * PAGE, data: Uint8Array.of(i + 1) }));
    }
    expect(must(yield* (first as Client<typeof Space>).read({ address: HEAP + 3 * PAGE, length: 1 })).data[0]).toBe(4);
    expect(must(yield* spaces.stat())).toMatchObject({ frames: 512, freeFrames: 512 - 63 * 8 });
    for (const space of made) yield* space.close();
    expect(must(yield* spaces.stat())).toMatchObject({ freeFrames: 512, freeSlots: 64, reserved: 60 });
  });
});

describe("Regions", () => {
  it("end where they end: a break that moves, a stack that grows to its limit and not beside something else", () => {
    const events: Event[] = [];
    const top = HEAP + 0x40_0000;
    const doings = {
      *brk() {
        yield* store(HEAP + PAGE, 1);
        yield* store(HEAP + 3 * PAGE, 1);
      },
      *deep() {
        for (let i = 1; i < 9; i++) yield* store(top - i * PAGE, i);
      },
    };
    runSystem({ doings }, function* (loader) {
      const heap = yield* loader.space(16, 16);
      must(yield* heap.anonymous({ address: HEAP, bytes: 4 * PAGE, access: "rw" }));
      must(yield* heap.grow({ address: HEAP, bytes: 8 * PAGE }));
      must(yield* heap.grow({ address: HEAP, bytes: 2 * PAGE }));
      expect((yield* heap.grow({ address: HEAP + PAGE, bytes: PAGE })).error).toBe("NotFound");
      yield* loader.start(heap, "brk");
      events.push(yield* loader.next());
      const stack = yield* loader.space(16, 16);
      must(yield* stack.stack({ top, bytes: 2 * PAGE, limit: 6 * PAGE }));
      yield* loader.start(stack, "deep");
      events.push(yield* loader.next());
      const crowded = yield* loader.space(16, 16);
      must(yield* crowded.stack({ top, bytes: PAGE, limit: 8 * PAGE }));
      must(yield* crowded.anonymous({ address: top - 6 * PAGE, bytes: 2 * PAGE, access: "r" }));
      yield* loader.start(crowded, "deep");
      events.push(yield* loader.next());
      const overlapping = yield* crowded.anonymous({ address: top - PAGE, bytes: 2 * PAGE, access: "r" });
      expect(overlapping.error).toBe("Overlap");
    });
    const why = "nothing lies there";
    expect(events).toEqual([
      { thread: 1, address: HEAP + 3 * PAGE, why },
      { thread: 2, address: top - 7 * PAGE, why },
      // Page 4 below the top would lie beside what ends there.
      { thread: 3, address: top - 4 * PAGE, why },
    ]);
  });

  it("are used as they may be and not otherwise, and the thread's other pages do not help it", () => {
    const doings = {
      *writes() {
        yield* load(HEAP);
        yield* store(HEAP, 1);
      },
      *nowhere() {
        yield* load(0);
      },
    };
    runSystem({ doings }, function* (loader) {
      const space = yield* loader.space(8, 8);
      must(yield* space.anonymous({ address: HEAP, bytes: PAGE, access: "r" }));
      yield* loader.start(space, "writes");
      expect(yield* loader.next()).toEqual({ thread: 1, address: HEAP, why: "it may not be written" });
      const other = yield* loader.space(8, 8);
      yield* loader.start(other, "nowhere");
      expect(yield* loader.next()).toEqual({ thread: 2, address: 0, why: "nothing lies there" });
    });
  });

  it("can be used in another way from one moment to the next, and what is in them stays", () => {
    const seen: number[] = [];
    const doings = {
      *writes() {
        for (let i = 0; i < 3; i++) yield* store(HEAP + i * PAGE, 7 + i);
      },
      *reads() {
        for (let i = 0; i < 3; i++) seen.push(yield* load(HEAP + i * PAGE));
        yield* writes();
      },
    };
    const writes = doings.writes;
    runSystem({ doings }, function* (loader) {
      const space = yield* loader.space(8, 8);
      must(yield* space.anonymous({ address: HEAP, bytes: 4 * PAGE, access: "rw" }));
      yield* loader.start(space, "writes");
      expect((yield* loader.next()).why).toBe(null);
      const middle = { address: HEAP + PAGE, bytes: PAGE };
      must(yield* space.protect({ ...middle, access: "r" }));
      expect((yield* space.write({ address: HEAP + PAGE, data: Uint8Array.of(1) })).error).toBe("BadAddress");
      yield* loader.start(space, "reads");
      expect(yield* loader.next()).toEqual({ thread: 2, address: HEAP + PAGE, why: "it may not be written" });
      must(yield* space.protect({ ...middle, access: "rw" }));
      must(yield* space.write({ address: HEAP + PAGE, data: Uint8Array.of(1) }));
      // It is one again, so it can be grown.
      must(yield* space.grow({ address: HEAP, bytes: 5 * PAGE }));
      const gap = yield* space.protect({ address: HEAP + 4 * PAGE, bytes: 2 * PAGE, access: "r" });
      expect(gap.error).toBe("BadAddress");
      const { file } = must(yield* loader.files.open({ name: "data", create: true, write: true }));
      const { dataspace } = must(yield* loader.spaces.file({ file, offset: 0, bytes: PAGE }));
      const where = { address: 2 * HEAP, bytes: PAGE } as const;
      must(yield* space.map({ ...where, access: "r", dataspace, offset: 0, copy: false }));
      expect((yield* space.protect({ ...where, access: "rw" })).error).toBe("Denied");
    });
    expect(seen).toEqual([7, 8, 9]);
  });

  it("are 64 at most, also by cutting, which takes nothing away then", () => {
    runSystem({ doings: {} }, function* ({ spaces }) {
      const { space } = must(yield* spaces.space({ frames: 8, pages: 8 }));
      must(yield* space.anonymous({ address: HEAP, bytes: 200 * PAGE, access: "rw" }));
      for (let i = 1; i < 64; i++) must(yield* space.unmap({ address: HEAP + 2 * i * PAGE, bytes: PAGE }));
      expect(must(yield* space.stat()).regions).toBe(64);
      const hole = { address: HEAP + 180 * PAGE, bytes: PAGE };
      expect((yield* space.unmap(hole)).error).toBe("Busy");
      expect((yield* space.protect({ ...hole, access: "r" })).error).toBe("Busy");
      must(yield* space.write({ address: hole.address, data: Uint8Array.of(1) }));
      must(yield* space.unmap({ address: hole.address, bytes: 20 * PAGE }));
      expect(must(yield* space.stat()).regions).toBe(64);
    });
  });

  it("are counted: who touches more than its pages is stopped, and what it unmaps can be used again", () => {
    const sums: number[] = [];
    const doings = {
      *all() {
        sums.push(yield* sweep(HEAP, 5, true));
        yield* sweep(HEAP, 6, true);
      },
    };
    runSystem({ doings }, function* (loader) {
      const space = yield* loader.space(4, 6);
      must(yield* space.anonymous({ address: HEAP, bytes: 16 * PAGE, access: "rw" }));
      yield* loader.start(space, "all");
      const why = "it has as many pages as it may, 6";
      expect(yield* loader.next()).toEqual({ thread: 1, address: HEAP + 5 * PAGE, why });
      must(yield* space.unmap({ address: HEAP, bytes: 3 * PAGE }));
      must(yield* space.write({ address: HEAP + 6 * PAGE, data: Uint8Array.of(1) }));
      expect((yield* space.read({ address: HEAP, length: 1 })).error).toBe("BadAddress");
      expect((yield* space.write({ address: HEAP + 8 * PAGE - 1, data: Uint8Array.of(1, 2) })).error).toBe(null);
      expect((yield* space.read({ address: HEAP + 9 * PAGE, length: 1 })).error).toBe("BadAddress");
    });
    expect(sums).toEqual([15]);
  });
});

describe("Dataspaces", () => {
  it("are the same memory wherever they are mapped, and a copy is as it was when it was made", () => {
    const seen: string[] = [];
    const doings = {
      *first() {
        yield* store(HEAP, 7);
      },
      *second() {
        seen.push(`shared: ${yield* load(HEAP)}`);
        seen.push(`copy: ${yield* load(HEAP + 0x10_0000)}`);
        yield* store(HEAP + 0x10_0000, 9);
        seen.push(`copy, written: ${yield* load(HEAP + 0x10_0000)}, shared: ${yield* load(HEAP)}`);
      },
    };
    runSystem({ doings }, function* (loader) {
      const { dataspace } = must(yield* loader.spaces.dataspace({ bytes: 4 * PAGE }));
      must(yield* dataspace.write({ offset: PAGE, data: Uint8Array.of(5) }));
      const map = (space: Client<typeof Space>, address: number, copy: boolean) =>
        space.map({ address, bytes: 2 * PAGE, access: "rw", dataspace, offset: PAGE, copy });
      const spaces = [yield* loader.space(8, 8), yield* loader.space(8, 8)] as const;
      for (const space of spaces) must(yield* map(space, HEAP, false));
      must(yield* map(spaces[1], HEAP + 0x10_0000, true));
      yield* loader.start(spaces[0], "first");
      yield* loader.next();
      yield* loader.start(spaces[1], "second");
      yield* loader.next();
      expect(must(yield* dataspace.read({ offset: PAGE, length: 1 })).data).toEqual(Uint8Array.of(7));
      expect((yield* dataspace.read({ offset: 4 * PAGE, length: 1 })).error).toBe("BadAddress");
      // It lives as long as it is mapped.
      yield* dataspace.close();
      expect(must(yield* spaces[0].read({ address: HEAP, length: 1 })).data).toEqual(Uint8Array.of(7));
    });
    expect(seen).toEqual(["shared: 7", "copy: 5", "copy, written: 9, shared: 7"]);
  });

  it("of a file are read when they are touched, and written by copies alone", () => {
    const seen: number[] = [];
    const doings = {
      *reads() {
        const bytes = new Uint8Array(PAGE);
        yield* copyIn(HEAP, bytes);
        seen.push(bytes[0] as number, bytes[999] as number, bytes[1000] as number);
        yield* store(HEAP + PAGE, 3);
        seen.push(yield* load(HEAP + PAGE), yield* load(HEAP + 0x10_0000));
      },
    };
    runSystem({ doings }, function* (loader) {
      const { file } = must(yield* loader.files.open({ name: "data", create: true, write: true }));
      for (let at = 0; at < 1500; at += 500) must(yield* file.write({ offset: at, data: new Uint8Array(500).fill(8) }));
      const { dataspace } = must(yield* loader.spaces.file({ file, offset: 500, bytes: 2 * PAGE }));
      const space = yield* loader.space(8, 8);
      const where = { bytes: 2 * PAGE, access: "rw", dataspace, offset: 0 } as const;
      expect((yield* space.map({ ...where, address: HEAP, copy: false })).error).toBe("Denied");
      expect((yield* dataspace.write({ offset: 0, data: Uint8Array.of(1) })).error).toBe("Denied");
      must(yield* space.map({ ...where, address: HEAP, copy: true }));
      must(yield* space.map({ ...where, access: "r", address: HEAP + 0xf_f000, copy: false }));
      yield* loader.start(space, "reads");
      expect(yield* loader.next()).toEqual({ thread: 1, ...ENDED });
    });
    expect(seen).toEqual([8, 8, 0, 3, 0]);
  });
});
