/** What clients of a disk see, and what the device is asked for it. */
import type { BootedWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { must, SECTOR_BYTES } from "../../src/index.js";
import { expectInReadme } from "../common/transcript.js";
import { type DiskUser, pattern, runDisk, toldDisk } from "./system.js";

const KIB = 1024;
const PAGE = 8;

function only(told: readonly string[], kind: "r" | "w" | "f" | "d"): string[] {
  return told.filter((what) => what.startsWith(kind));
}

describe("A disk", () => {
  it("is read as it is; what is written is read back, and is on it after a flush", () => {
    const contents = pattern(256, 1);
    const disk = toldDisk(contents);
    const seen: unknown[] = [];
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      seen.push(must(yield* user.disk.geometry()));
      expect(yield* user.read(3, 20)).toEqual(contents.subarray(3 * 512, 23 * 512));
      expect(yield* user.write(5, pattern(9, 2))).toBeNull();
      expect(yield* user.read(5, 9)).toEqual(pattern(9, 2));
      expect(yield* user.read(4, 1)).toEqual(contents.subarray(4 * 512, 5 * 512));
      expect(only(disk.told, "w")).toEqual([]);
      expect(yield* user.flush()).toBeNull();
      const after = contents.slice();
      after.set(pattern(9, 2), 5 * SECTOR_BYTES);
      expect(disk.memory.contents()).toEqual(after);
      expect(disk.told.at(-1)).toBe("f");
    });
    expect(seen).toEqual([{ error: null, sectors: 256, writable: true, discards: true }]);
  });

  it("what nobody flushes is on it within a second", () => {
    const disk = toldDisk(64 * KIB);
    const world = runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(0, pattern(1, 3))).toBeNull();
    });
    expect(disk.told).toEqual(["w 0+1"]);
    expect(disk.memory.contents().subarray(0, 512)).toEqual(pattern(1, 3));
    expect(world.machine.clock.ticks / 10).toBeLessThan(1_500_000);
  });

  it("whose last page is no whole one is read and written to its end", () => {
    const contents = pattern(13, 1);
    const disk = toldDisk(contents);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.read(0, 13)).toEqual(contents);
      expect(yield* user.write(12, pattern(1, 2))).toBeNull();
      expect(yield* user.flush()).toBeNull();
    });
    expect(disk.told).toEqual(["r 0+13", "w 12+1", "f"]);
  });

  it("a whole sector is written without being read, and the rest of its page is read when it is wanted", () => {
    const contents = pattern(16, 1);
    const disk = toldDisk(contents);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(2, pattern(3, 2))).toBeNull();
      expect(disk.told).toEqual([]);
      const page = contents.slice(0, PAGE * 512);
      page.set(pattern(3, 2), 2 * 512);
      expect(yield* user.read(0, PAGE)).toEqual(page);
      expect(disk.told.toSorted()).toEqual(["r 0+2", "r 5+3"]);
    });
  });

  it("a second disk of the machine is another one, and a machine without one has no sectors", () => {
    const [first, second] = [toldDisk(pattern(16, 1)), toldDisk(pattern(24, 2))];
    runDisk({ disks: [first.backEnd, second.backEnd], disk: 1, name: "block1" }, function* (user) {
      expect(must(yield* user.disk.geometry()).sectors).toBe(24);
      expect(yield* user.read(0, 24)).toEqual(pattern(24, 2));
    });
    expect(first.told).toEqual([]);
    runDisk({ disks: [] }, function* (user) {
      expect(must(yield* user.disk.geometry())).toEqual({ error: null, sectors: 0, writable: false, discards: false });
      expect(yield* user.read(0, 1)).toBe("BadRange");
      expect(yield* user.flush()).toBeNull();
    });
  });
});

describe("What is asked of a disk is refused", () => {
  it("where it has no such sectors, up to the largest numbers (BadRange)", () => {
    const disk = toldDisk(64 * 512);
    runDisk({ disks: [disk.backEnd] }, function* ({ disk: its }) {
      const far = Number.MAX_SAFE_INTEGER;
      for (const [sector, count] of [
        [64, 1],
        [63, 2],
        [far, 1],
        [0, 65],
        [far, 0xffff_ffff],
      ] as const) {
        expect((yield* its.read({ sector, count, at: 0 })).error).toBe("BadRange");
        expect((yield* its.write({ sector, count, at: 0 })).error).toBe("BadRange");
        expect((yield* its.discard({ sector, count })).error).toBe("BadRange");
        expect((yield* its.part({ sector, count, write: false })).error).toBe("BadRange");
      }
      expect((yield* its.discard({ sector: far, count: far })).error).toBe("BadRange");
      expect((yield* its.read({ sector: 64, count: 0, at: 0 })).error).toBeNull();
    });
    expect(disk.told).toEqual([]);
  });

  it("where it does not lie in the window, and without one (NoWindow)", () => {
    const disk = toldDisk(64 * 512);
    runDisk({ disks: [disk.backEnd], window: 1 }, function* ({ disk: its }) {
      for (const [count, at] of [
        [9, 0],
        [8, 1],
        [1, 4096],
        [1, 0xffff_ffff],
      ] as const) {
        expect((yield* its.read({ sector: 0, count, at })).error).toBe("NoWindow");
        expect((yield* its.write({ sector: 0, count, at })).error).toBe("NoWindow");
      }
    });
    runDisk({ disks: [disk.backEnd], window: 0 }, function* ({ disk: its }) {
      expect((yield* its.read({ sector: 0, count: 1, at: 0 })).error).toBe("NoWindow");
    });
    expect(disk.told).toEqual([]);
  });

  it("where it can only be read (Denied)", () => {
    const disk = toldDisk(pattern(64, 1), { readOnly: true });
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(must(yield* user.disk.geometry())).toMatchObject({ writable: false, discards: false });
      expect(yield* user.write(0, pattern(1, 2))).toBe("Denied");
      expect((yield* user.disk.barrier()).error).toBe("Denied");
      expect((yield* user.disk.discard({ sector: 0, count: 8 })).error).toBe("Denied");
      expect((yield* user.disk.part({ sector: 0, count: 8, write: true })).error).toBe("Denied");
      expect(yield* user.flush()).toBeNull();
      expect(yield* user.read(0, 64)).toEqual(pattern(64, 1));
    });
  });
});

describe("A part of a disk", () => {
  it("begins at 0 and ends where it ends; one of it for reading can never be written", () => {
    const disk = toldDisk(pattern(64, 1));
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      const { disk: its } = must(yield* user.disk.part({ sector: 10, count: 20, write: true }));
      const part = user.by(its);
      expect(must(yield* its.geometry()).sectors).toBe(20);
      expect(yield* part.read(0, 2)).toEqual(pattern(64, 1).subarray(10 * 512, 12 * 512));
      expect(yield* part.read(19, 2)).toBe("BadRange");
      expect(yield* part.write(19, pattern(1, 2))).toBeNull();
      expect(yield* user.read(29, 1)).toEqual(pattern(1, 2));
      const { disk: shown } = must(yield* its.part({ sector: 5, count: 5, write: false }));
      expect(yield* user.by(shown).write(0, pattern(1, 3))).toBe("Denied");
      expect((yield* shown.part({ sector: 0, count: 1, write: true })).error).toBe("Denied");
      yield* its.close();
      expect(yield* part.read(0, 1)).toBe("Closed");
      expect((yield* shown.geometry()).error).toBeNull();
    });
    expect(disk.memory.contents().subarray(29 * 512, 30 * 512)).toEqual(pattern(1, 2));
  });

  it("flushes what it has written, and nothing of others", () => {
    const disk = toldDisk(64 * 512);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      const { disk: its } = must(yield* user.disk.part({ sector: 32, count: 8, write: true }));
      expect(yield* user.write(0, pattern(1, 1))).toBeNull();
      expect(yield* user.by(its).write(0, pattern(1, 2))).toBeNull();
      expect((yield* its.flush()).error).toBeNull();
      expect(disk.told).toEqual(["w 32+1", "f"]);
    });
  });
});

describe("Read-ahead", () => {
  const SECTORS = 512;
  function requests(order: (i: number) => number): number {
    const disk = toldDisk(SECTORS * 512);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      for (let i = 0; i < SECTORS / PAGE; i++) expect(yield* user.read(PAGE * order(i), PAGE)).toHaveLength(PAGE * 512);
    });
    return only(disk.told, "r").length;
  }

  it("reads for who goes on and on in few large requests, and nothing for who jumps about", () => {
    const pages = SECTORS / PAGE;
    expect(requests((i) => i)).toBeLessThan(pages / 3);
    expect(requests((i) => (i * 37) % pages)).toBe(pages);
  });
});

describe("Write-back", () => {
  it("puts what lies side by side into one request, whatever the order of writing", () => {
    const disk = toldDisk(256 * 512);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      for (const page of [3, 0, 2, 1, 9]) expect(yield* user.write(PAGE * page, pattern(PAGE, page))).toBeNull();
      expect(yield* user.flush()).toBeNull();
    });
    expect(disk.told.toSorted()).toEqual(["f", "w 0+32", "w 72+8"]);
  });

  it("keeps what is before a barrier before what is behind it, with a flush between", () => {
    const disk = toldDisk(256 * 512);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(80, pattern(1, 1))).toBeNull();
      expect((yield* user.disk.barrier()).error).toBeNull();
      expect(yield* user.write(0, pattern(1, 2))).toBeNull();
      expect(disk.told).toEqual([]);
      expect(yield* user.flush()).toBeNull();
    });
    expect(disk.told).toEqual(["w 80+1", "f", "w 0+1", "f"]);
  });

  it("of a client that writes more than the cache holds goes on by itself", () => {
    const disk = toldDisk(2048 * 512);
    runDisk({ disks: [disk.backEnd], cachePages: 16 }, function* (user) {
      for (let i = 0; i < 16; i++) expect(yield* user.write(128 * i, pattern(128, i))).toBeNull();
      expect(yield* user.flush()).toBeNull();
      for (let i = 0; i < 16; i++) expect(yield* user.read(128 * i, 128)).toEqual(pattern(128, i));
    });
  });
});

describe("Discard", () => {
  it("reaches the device behind what was written before, and what was there is gone", () => {
    const disk = toldDisk(pattern(64, 1));
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.read(0, 16)).toHaveLength(16 * 512);
      expect(yield* user.write(0, pattern(1, 2))).toBeNull();
      expect((yield* user.disk.discard({ sector: 4, count: 8 })).error).toBeNull();
      expect(disk.told).toEqual(["r 0+16", "w 0+1", "f", "d 4+8"]);
      expect(yield* user.read(4, 8)).toEqual(new Uint8Array(8 * 512));
      expect(yield* user.read(12, 4)).toEqual(pattern(64, 1).subarray(12 * 512, 16 * 512));
    });
  });

  it("is nothing on a disk that cannot do it", () => {
    const disk = toldDisk(pattern(64, 1), { discards: false });
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(must(yield* user.disk.geometry()).discards).toBe(false);
      expect((yield* user.disk.discard({ sector: 4, count: 8 })).error).toBeNull();
      expect(yield* user.read(4, 8)).toEqual(pattern(64, 1).subarray(4 * 512, 12 * 512));
    });
  });
});

describe("A run of the README", () => {
  it("says what stands there", () => {
    const said: string[] = [];
    const disk = toldDisk(2 ** 20);
    let now: () => number = () => 0;
    const clockOf = ({ machine }: BootedWorld<void>): void => {
      now = () => machine.clock.ticks / 10;
    };
    const asked = (): string => {
      const kinds = [
        ["reads", "r"],
        ["writes", "w"],
        ["flushes", "f"],
      ] as const;
      return kinds.map(([name, kind]) => `${only(disk.told, kind).length} ${name}`).join(", ");
    };
    runDisk({ disks: [disk.backEnd], onBoot: clockOf }, function* (user) {
      const timed = function* (what: string, work: () => Generator<void, unknown, void>) {
        disk.told.length = 0;
        const before = now();
        yield* work();
        said.push(`${what}: ${Math.round(now() - before)} us; the device: ${asked()}`);
      };
      yield* timed("256 KiB in pages, one behind the other", function* () {
        for (let page = 0; page < 64; page++) yield* user.read(PAGE * page, PAGE);
      });
      yield* timed("once more", function* () {
        for (let page = 0; page < 64; page++) yield* user.read(PAGE * page, PAGE);
      });
      yield* timed("32 pages written, here and there", function* () {
        for (let i = 0; i < 32; i++) yield* user.write(PAGE * (128 + ((i * 37) % 64)), pattern(PAGE, i));
      });
      yield* timed("flush", () => user.flush());
    });
    expectInReadme("block", said);
  });
});

describe("Turns", () => {
  /** Microseconds that the slowest of some reads has taken, while others do what they do. */
  function slowest(...others: ((user: DiskUser) => Generator<void, void, void>)[]): number {
    const disk = toldDisk(8192 * 512);
    let worst = 0;
    let isDone = false;
    let now: () => number = () => 0;
    const clockOf = ({ machine }: BootedWorld<void>): void => {
      now = () => machine.clock.ticks / 10;
    };
    const world = runDisk(
      {
        disks: [disk.backEnd],
        cachePages: 128,
        onBoot: clockOf,
      },
      function* (user) {
        for (let i = 0; i < 40; i++) {
          const before = now();
          expect(yield* user.read(PAGE * ((i * 37) % 128), PAGE)).toHaveLength(PAGE * 512);
          worst = Math.max(worst, now() - before);
        }
        isDone = true;
      },
      ...others.map((other) => {
        return function* (user: DiskUser) {
          while (!isDone) yield* other(user);
        };
      }),
    );
    expect(world.thrown).toEqual([]);
    return worst;
  }

  it("a client that floods makes another one wait for no more than what is at the device", () => {
    const alone = slowest();
    let at = 0;
    const floods = (kind: "read" | "write") =>
      function* (user: DiskUser) {
        at = (at + 1) % 30;
        const sector = 2048 + at * 128;
        if (kind === "write") expect(yield* user.write(sector, pattern(128, at))).toBeNull();
        else expect(yield* user.read(sector, 128)).toHaveLength(128 * 512);
      };
    const flooded = slowest(floods("write"), floods("write"), floods("read"), floods("read"));
    // Eight requests of 56 KiB over a link of a gigabyte a second are ahead of it at most, and some time of the CPU.
    expect(alone).toBeLessThan(200);
    expect(flooded).toBeLessThan(2500);
  });
});
