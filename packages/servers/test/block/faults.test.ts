/** Sectors that cannot be read or written, devices that break, and interrupts that are lost. */
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DiskRequest } from "../../src/block/requests.js";
import { VirtioBlock } from "../../src/block/virtio-block.js";
import { must } from "../../src/index.js";
import { VirtioTransport } from "../../src/virtio/transport.js";
import { Virtqueue } from "../../src/virtio/virtqueue.js";
import { pattern, runDisk, toldDisk } from "./system.js";

afterEach(() => {
  vi.restoreAllMocks();
});

describe("A sector that cannot be read", () => {
  it("is told to who reads it, and to nobody else; it is read when it can be", () => {
    const contents = pattern(256, 1);
    const disk = toldDisk(contents);
    disk.bad.reads.add(21);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.read(0, 64)).toBe("IO");
      expect(yield* user.read(0, 21)).toEqual(contents.subarray(0, 21 * 512));
      expect(yield* user.read(22, 42)).toEqual(contents.subarray(22 * 512, 64 * 512));
      expect(yield* user.read(21, 1)).toBe("IO");
      disk.bad.reads.clear();
      expect(yield* user.read(21, 1)).toEqual(contents.subarray(21 * 512, 22 * 512));
    });
  });

  it("is written all the same, and then it is read", () => {
    const disk = toldDisk(256 * 512);
    disk.bad.reads.add(21);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(21, pattern(1, 2))).toBeNull();
      expect(yield* user.read(21, 1)).toEqual(pattern(1, 2));
      expect(yield* user.flush()).toBeNull();
    });
  });
});

describe("A sector that cannot be written", () => {
  it("is told by the next flush of that session, once; all others are on the disk", () => {
    const disk = toldDisk(256 * 512);
    disk.bad.writes.add(21);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      const { disk: its } = must(yield* user.disk.part({ sector: 100, count: 10, write: true }));
      expect(yield* user.by(its).write(0, pattern(1, 3))).toBeNull();
      expect(yield* user.write(0, pattern(64, 2))).toBeNull();
      expect((yield* its.flush()).error).toBeNull();
      expect(yield* user.flush()).toBe("IO");
      expect(yield* user.flush()).toBeNull();
      const is = disk.memory.contents();
      const should = pattern(64, 2).slice();
      should.fill(0, 21 * 512, 22 * 512);
      expect(is.subarray(0, 64 * 512)).toEqual(should);
      expect(yield* user.read(0, 64)).toEqual(should);
    });
  });

  it("is kept until then, and tried once more", () => {
    const disk = toldDisk(256 * 512);
    disk.bad.writes.add(3);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(0, pattern(8, 2))).toBeNull();
      const { disk: its } = must(yield* user.disk.part({ sector: 0, count: 8, write: true }));
      // Somebody else writes to the page, so it has to go; what fails of it is in nobody's way for reading.
      for (let i = 0; disk.told.length === 0 && i < 10_000; i++) yield* user.disk.geometry();
      expect(yield* user.read(0, 8)).toEqual(pattern(8, 2));
      disk.bad.writes.clear();
      expect(yield* user.flush()).toBeNull();
      expect(disk.memory.contents().subarray(0, 8 * 512)).toEqual(pattern(8, 2));
      yield* its.close();
    });
  });

  it("takes what is behind its barrier along, and nothing more is written until that is told", () => {
    const disk = toldDisk(1024 * 512);
    disk.bad.writes.add(3);
    runDisk({ disks: [disk.backEnd], cachePages: 16 }, function* (user) {
      expect(yield* user.write(3, pattern(1, 1))).toBeNull();
      expect((yield* user.disk.barrier()).error).toBeNull();
      let refused: string | null = null;
      for (let page = 1; page < 40 && refused === null; page++) refused = yield* user.write(8 * page, pattern(8, page));
      expect(refused).toBe("IO");
      expect(yield* user.write(800, pattern(8, 1))).toBe("IO");
      expect(yield* user.flush()).toBe("IO");
      expect(disk.told.filter((what) => what.startsWith("w"))).toEqual(["w 3+1"]);
      expect(yield* user.write(800, pattern(8, 1))).toBeNull();
      expect(yield* user.flush()).toBeNull();
    });
  });

  it("by a part that was closed is told to who has opened it", () => {
    const disk = toldDisk(256 * 512);
    disk.bad.writes.add(3);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      const { disk: its } = must(yield* user.disk.part({ sector: 0, count: 8, write: true }));
      expect(yield* user.by(its).write(0, pattern(8, 2))).toBeNull();
      yield* its.close();
      for (let i = 0; disk.told.length < 4 && i < 1000; i++) yield* user.disk.geometry();
      let answer: string | null = null;
      for (let i = 0; answer === null && i < 1000; i++) answer = yield* user.flush();
      expect(answer).toBe("IO");
      expect(yield* user.flush()).toBeNull();
    });
  });

  it("a flush that the device cannot do is told", () => {
    const disk = toldDisk(256 * 512);
    disk.bad.flushes = 1;
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.write(0, pattern(1, 2))).toBeNull();
      expect(yield* user.flush()).toBe("IO");
      expect(yield* user.write(0, pattern(1, 2))).toBeNull();
      expect(yield* user.flush()).toBeNull();
    });
  });
});

describe("A device", () => {
  it("that breaks is reset, and asked once more: nobody notices", () => {
    const take = Virtqueue.prototype.take;
    let lies = 1;
    vi.spyOn(Virtqueue.prototype, "take").mockImplementation(function* (this: Virtqueue<unknown>) {
      if (this.underWay.length > 0 && lies > 0) {
        lies -= 1;
        return "broken";
      }
      return yield* take.call(this);
    });
    const start = vi.spyOn(VirtioTransport.prototype, "start");
    const disk = toldDisk(pattern(256, 1));
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      for (let i = 0; i < 8; i++)
        expect(yield* user.read(32 * i, 8)).toEqual(pattern(256, 1).subarray(32 * i * 512, (32 * i + 8) * 512));
      expect(yield* user.write(0, pattern(8, 2))).toBeNull();
      expect(yield* user.flush()).toBeNull();
    });
    expect(start).toHaveBeenCalledTimes(2);
  });

  it("that breaks whenever it is asked for one thing fails to do that, and does all else", () => {
    const begin = VirtioBlock.prototype.begin;
    vi.spyOn(VirtioBlock.prototype, "begin").mockImplementation(function* (this: VirtioBlock<never>, asked: never) {
      const { sector } = asked as DiskRequest<unknown>;
      // A header that is none: the device refuses the queue.
      const spoilt =
        sector === 64
          ? new Proxy(asked as object, {
              get: (of, key) => (key === "pieces" ? [{ physical: 0, bytes: 512 }] : Reflect.get(of, key)),
            })
          : asked;
      return yield* begin.call(this, spoilt as never);
    } as never);
    const disk = toldDisk(pattern(256, 1));
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.read(64, 1)).toBe("IO");
      expect(yield* user.read(0, 8)).toEqual(pattern(256, 1).subarray(0, 8 * 512));
      expect(yield* user.read(128, 8)).toEqual(pattern(256, 1).subarray(128 * 512, 136 * 512));
    });
  });

  it("that cannot be started again is told to all who wait, and to all who ask then", () => {
    const disk = toldDisk(pattern(256, 1));
    const start = VirtioTransport.prototype.start;
    let starts = 0;
    vi.spyOn(VirtioTransport.prototype, "start").mockImplementation(function* (this: VirtioTransport, id, wanted) {
      return starts++ === 0 ? yield* start.call(this, id, wanted) : null;
    });
    // biome-ignore lint/correctness/useYield: it says so at once
    vi.spyOn(Virtqueue.prototype, "take").mockImplementation(function* () {
      return "broken" as const;
    });
    const reads = function* (user: Parameters<Parameters<typeof runDisk>[1]>[0]) {
      expect(yield* user.read(0, 8)).toBe("IO");
      expect(yield* user.read(8, 1)).toBe("IO");
      expect(yield* user.write(0, pattern(1, 1))).toBeNull();
      expect(yield* user.flush()).toBe("IO");
      expect(yield* user.flush()).toBeNull();
    };
    runDisk({ disks: [disk.backEnd] }, reads, reads);
  });

  it("whose interrupts are lost is looked at, and one that does nothing is reset", () => {
    const disk = toldDisk(pattern(256, 1));
    const interrupted = VirtioTransport.prototype.interrupted;
    vi.spyOn(VirtioTransport.prototype, "interrupted").mockImplementation(function* (this: VirtioTransport) {
      yield* interrupted.call(this);
      return { used: false, config: false };
    });
    const next = VirtioBlock.prototype.next;
    let looks = 0;
    vi.spyOn(VirtioBlock.prototype, "next").mockImplementation(function* (this: VirtioBlock<never>) {
      return looks++ < 3 ? null : yield* next.call(this);
    } as never);
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.read(0, 8)).toEqual(pattern(256, 1).subarray(0, 8 * 512));
    });
    expect(looks).toBeGreaterThan(3);
  });

  it("that fills less than it says has not read", () => {
    const take = Virtqueue.prototype.take;
    vi.spyOn(Virtqueue.prototype, "take").mockImplementation(function* (this: Virtqueue<unknown>) {
      const taken = yield* take.call(this);
      return taken === null || taken === "broken" ? taken : { ...taken, written: 1 };
    });
    const disk = toldDisk(pattern(256, 1));
    runDisk({ disks: [disk.backEnd] }, function* (user) {
      expect(yield* user.read(0, 1)).toBe("IO");
    });
  });
});
