/** Memory of processes of SOS: heap, mappings, stack, and pages that they share. */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { Heap, O_RDWR, putText, readBytes, type SosApi, type SosProgram } from "../../src/sos/index.js";
import { bootSos, play, runSos, sosProgram } from "./rig.js";

const PAGE = 4096;
const HEAP = 0x1000_0000;
const SHARED = 0x2000_0000;
const STACK_TOP = 0x3800_0000;

/** Run `main` as the first program. @returns what came out at the console */
function first(main: (sos: SosApi) => Thread<void>, ...others: readonly SosProgram[]): string {
  let isDone = false;
  const output = play([
    sosProgram("test", function* (sos) {
      yield* main(sos);
      isDone = true;
    }),
    ...others,
  ]);
  expect(isDone).toBe(true);
  return output;
}

/** Run one that dies. @returns what the console says */
function dies(main: (sos: SosApi) => Thread<void>): string {
  return play([sosProgram("test", main)]);
}

describe("brk", () => {
  it("moves the end of the heap, to the byte, and what was there stays", () => {
    first(function* (sos) {
      expect(yield* sos.brk(0)).toBe(HEAP);
      expect(yield* sos.brk(HEAP + 100)).toBe(HEAP + 100);
      yield* store(HEAP, 7);
      yield* store(HEAP + PAGE - 8, 8);
      expect(yield* sos.brk(HEAP + 3 * PAGE + 1)).toBe(HEAP + 3 * PAGE + 1);
      yield* store(HEAP + 3 * PAGE, 9);
      expect([yield* load(HEAP), yield* load(HEAP + PAGE - 8), yield* load(HEAP + PAGE)]).toEqual([7, 8, 0]);
      expect(yield* sos.brk(HEAP + PAGE)).toBe(HEAP + PAGE);
      expect(yield* sos.brk(HEAP + 2 * PAGE)).toBe(HEAP + 2 * PAGE);
      expect([yield* load(HEAP), yield* load(HEAP + PAGE)]).toEqual([7, 0]);
      expect(yield* sos.brk(HEAP)).toBe(HEAP);
      expect(yield* sos.brk(HEAP + 1)).toBe(HEAP + 1);
      expect(yield* load(HEAP)).toBe(0);
    });
  });

  it("stays where it is for an end that cannot be: below the heap, above it, more than there may be", () => {
    first(function* (sos) {
      yield* sos.brk(HEAP + PAGE);
      for (const end of [1, HEAP - 1, HEAP + 19 * PAGE, 2 ** 40, 2 ** 53, -1, Number.NaN]) {
        expect(yield* sos.brk(end)).toBe(HEAP + PAGE);
      }
      // 24 pages, of which the stack may have 6.
      expect(yield* sos.brk(HEAP + 18 * PAGE)).toBe(HEAP + 18 * PAGE);
      for (let i = 0; i < 18; i++) yield* store(HEAP + i * PAGE, i);
      for (let i = 1; i <= 5; i++) yield* store(STACK_TOP - i * PAGE, i);
      let sum = 0;
      for (let i = 0; i < 18; i++) sum += yield* load(HEAP + i * PAGE);
      expect(sum).toBe(153);
    });
  });

  it("behind the end there is nothing, and who touches it dies", () => {
    expect(
      dies(function* (sos) {
        yield* sos.brk(HEAP + PAGE);
        yield* store(HEAP + PAGE, 1);
      }),
    ).toBe("sos: test (1) has died: VMFault at 0x10001000: nothing lies there\n");
  });

  it("malloc comes of it: a multiple of 16, and 0 when there is no more", () => {
    first(function* (sos) {
      const heap = new Heap(sos);
      const [one, two] = [yield* heap.malloc(5), yield* heap.malloc(5)];
      expect([one, two]).toEqual([HEAP, HEAP + 16]);
      expect(yield* heap.malloc(19 * PAGE)).toBe(0);
      expect(yield* heap.malloc(8)).toBe(HEAP + 32);
      expect(yield* heap.malloc(17 * PAGE)).toBeGreaterThan(0);
    });
  });
});

describe("mmap", () => {
  it("gives zeroes in whole pages, and takes them back, in part as well", () => {
    first(function* (sos) {
      const one = yield* sos.mmap(3 * PAGE);
      const two = yield* sos.mmap(1);
      expect([one % PAGE, one - two]).toEqual([0, PAGE]);
      yield* store(one, 1);
      yield* store(one + 2 * PAGE, 3);
      expect(yield* sos.munmap(one + PAGE, PAGE)).toBe(0);
      expect(yield* sos.munmap(one + PAGE, PAGE)).toBe(-1);
      expect([yield* load(one), yield* load(one + 2 * PAGE)]).toEqual([1, 3]);
      const again = yield* sos.mmap(PAGE);
      expect([again, yield* load(again)]).toEqual([one + PAGE, 0]);
    });
  });

  it("-1 for nothing, and for more than there may be; -1 for munmap of what is no such page", () => {
    first(function* (sos) {
      for (const length of [0, 19 * PAGE, 2 ** 40, -1, Number.NaN]) expect(yield* sos.mmap(length)).toBe(-1);
      const there = yield* sos.mmap(2 * PAGE);
      for (const [address, length] of [
        [there + 8, PAGE],
        [there, 0],
        [there, 3 * PAGE],
        [HEAP, PAGE],
        [STACK_TOP - PAGE, PAGE],
        [0x1_0000, PAGE],
        [-1, PAGE],
        [there, -1],
      ] as const) {
        expect(yield* sos.munmap(address, length)).toBe(-1);
      }
      for (let i = 0; i < 16; i++) expect(yield* sos.mmap(PAGE)).toBeGreaterThan(0);
      expect(yield* sos.mmap(PAGE)).toBe(-1);
      expect(yield* sos.munmap(there, 2 * PAGE)).toBe(0);
      expect(yield* sos.mmap(2 * PAGE)).toBe(there);
    });
  });
});

describe("the stack", () => {
  it("grows as it is touched, to its limit", () => {
    const output = dies(function* () {
      for (let i = 1; i <= 6; i++) yield* store(STACK_TOP - i * PAGE, i);
      yield* store(STACK_TOP - 7 * PAGE, 7);
    });
    expect(output).toBe("sos: test (1) has died: VMFault at 0x37ff9000: nothing lies there\n");
  });
});

describe("a working set that is larger than what may be in memory", () => {
  it("is paged out and comes back as it was, also when the operating system reads and writes it", () => {
    const pages = 18;
    let isDone = false;
    const world = bootSos(
      [
        sosProgram("test", function* (sos) {
          yield* sos.brk(HEAP + pages * PAGE);
          for (let i = 0; i < pages; i++) yield* putText(HEAP + i * PAGE, `${i}`.padStart(PAGE, "."));
          const file = yield* sos.sos_open("file", O_RDWR);
          expect(yield* sos.sos_write(file, HEAP, pages * PAGE)).toBe(pages * PAGE);
          yield* sos.sos_close(file);
          const copy = yield* sos.sos_open("file", O_RDWR);
          for (let i = 0; i < pages; i++) yield* store(HEAP + i * PAGE + 8, 0);
          expect(yield* sos.sos_read(copy, HEAP, pages * PAGE)).toBe(pages * PAGE);
          for (let i = 0; i < pages; i++) {
            const bytes = yield* readBytes(HEAP + i * PAGE, PAGE);
            expect(new TextDecoder().decode(bytes)).toBe(`${i}`.padStart(PAGE, "."));
          }
          isDone = true;
        }),
      ],
      { sos: { frames: 4 } },
    );
    expect(runSos(world)).toBe("");
    expect(isDone).toBe(true);
  });
});

describe("sos_share_vm", () => {
  const share = (main: SosProgram["main"], other: SosProgram["main"]) => {
    first(
      function* (sos) {
        yield* main(sos);
      },
      sosProgram("other", other),
    );
  };

  it("what the first one has there is what both see, at the same address", () => {
    share(
      function* (sos) {
        const page = yield* sos.mmap(2 * PAGE);
        yield* store(page, 5);
        expect(yield* sos.sos_share_vm(page, 2 * PAGE, 1)).toBe(0);
        expect(yield* load(page)).toBe(5);
        yield* sos.sos_process_wait(yield* sos.sos_process_create("other"));
        expect([yield* load(page), yield* load(page + PAGE)]).toEqual([6, 7]);
      },
      function* (sos) {
        const page = 0x3000_0000 - 2 * PAGE;
        expect(yield* sos.sos_share_vm(page, 2 * PAGE, 1)).toBe(0);
        expect(yield* load(page)).toBe(5);
        yield* store(page, 6);
        yield* store(page + PAGE, 7);
      },
    );
  });

  it("who says that it is not writable keeps others from writing, and may write itself", () => {
    const output = play([
      sosProgram("test", function* (sos) {
        yield* sos.sos_share_vm(SHARED, PAGE, 1);
        yield* store(SHARED, 1);
        yield* sos.sos_process_create("other");
        yield* sos.sos_usleep(100_000);
        yield* load(SHARED);
        yield* store(SHARED, 3);
      }),
      sosProgram("other", function* (sos) {
        yield* sos.sos_share_vm(SHARED, PAGE, 0);
        yield* store(SHARED, 2);
        yield* sos.sos_usleep(500_000);
        if ((yield* load(SHARED)) !== 2) throw new Error("it was written");
      }),
    ]);
    expect(output).toMatch(/^sos: test \(1\) has died: VMFault at 0x20000000: .*\n$/);
  });

  it("the right to write comes back when the one who has taken it has ended, or says otherwise", () => {
    share(
      function* (sos) {
        yield* sos.sos_share_vm(SHARED, PAGE, 1);
        yield* sos.sos_process_wait(yield* sos.sos_process_create("other"));
        yield* store(SHARED, 3);
      },
      function* (sos) {
        yield* sos.sos_share_vm(SHARED, PAGE, 0);
        yield* sos.sos_share_vm(SHARED, PAGE, 1);
        yield* sos.sos_share_vm(SHARED, PAGE, 0);
      },
    );
  });

  it("a page is new again when all who shared it have ended, or have unmapped it", () => {
    share(
      function* (sos) {
        const buf = yield* new Heap(sos).malloc(8);
        yield* sos.sos_process_wait(yield* sos.sos_process_create("other"));
        expect(yield* sos.sos_share_vm(SHARED, PAGE, 1)).toBe(0);
        expect(yield* load(SHARED)).toBe(0);
        yield* store(SHARED, 9);
        expect(yield* sos.munmap(SHARED, PAGE)).toBe(0);
        expect(yield* sos.sos_write(1, SHARED, 8)).toBe(-1);
        expect(yield* sos.sos_share_vm(SHARED, PAGE, 1)).toBe(0);
        expect(yield* load(SHARED)).toBe(0);
        expect(buf).toBeGreaterThan(0);
      },
      function* (sos) {
        yield* sos.sos_share_vm(SHARED, PAGE, 1);
        yield* store(SHARED, 8);
      },
    );
  });

  it("-1 for a page that cannot be cut out, since there are too many pieces: what is there stays, here and for munmap", () => {
    let isDone = false;
    const test = sosProgram("test", function* (sos) {
      const three = yield* sos.mmap(3 * PAGE);
      const middle = three + PAGE;
      yield* store(middle, 7);
      const singles: number[] = [];
      for (let page = yield* sos.mmap(PAGE); page !== -1; page = yield* sos.mmap(PAGE)) singles.push(page);
      // As many pieces as there can be, of fewer pages than it may have.
      expect(singles.length).toBeLessThan(64);
      expect(yield* sos.munmap(middle, PAGE)).toBe(-1);
      for (const free of [0, 1]) {
        expect([free, yield* sos.sos_share_vm(middle, PAGE, 1), yield* load(middle)]).toEqual([free, -1, 7]);
        yield* store(middle, 7);
        expect(yield* sos.munmap(singles[free] as number, PAGE)).toBe(0);
      }
      expect(yield* sos.sos_share_vm(middle, PAGE, 1)).toBe(0);
      expect(yield* load(middle)).toBe(7);
      expect(yield* sos.munmap(three, 3 * PAGE)).toBe(0);
      isDone = true;
    });
    expect(play([test], { sos: { pages: 128 } })).toBe("");
    expect(isDone).toBe(true);
  });

  it("-1 for what are no whole pages, and for what is heap, stack or program; no more than 8 pages", () => {
    first(function* (sos) {
      yield* sos.brk(HEAP + PAGE);
      for (const [address, size] of [
        [SHARED + 8, PAGE],
        [SHARED, PAGE - 1],
        [SHARED, 0],
        [HEAP, PAGE],
        [STACK_TOP - PAGE, PAGE],
        [0x1_0000, PAGE],
        [0, PAGE],
        [-1, PAGE],
        [SHARED, -1],
        [SHARED, 9 * PAGE],
        [2 ** 52, PAGE],
      ] as const) {
        expect(yield* sos.sos_share_vm(address, size, 1)).toBe(-1);
      }
      expect(yield* sos.sos_share_vm(SHARED, 8 * PAGE, 1)).toBe(0);
      expect(yield* sos.sos_share_vm(SHARED, 8 * PAGE, 1)).toBe(0);
      expect(yield* sos.sos_share_vm(SHARED + 8 * PAGE, PAGE, 1)).toBe(-1);
    });
  });
});
