import { describe, expect, test } from "vitest";
import {
  BlockConfig,
  BlockFeature,
  BlockRequestType,
  BlockStatus,
  DescriptorFlag,
  type DiskBackEnd,
  type Machine,
  memoryDisk,
  Prng,
  VirtioRegister as R,
  VirtioDeviceId,
  VirtioStatus,
} from "../../../src/index.js";
import { DiskDriver, PENDING, rangeOf } from "../../support/disk-driver.js";
import { Rig } from "../../support/rig.js";
import { BUFFERS, INDIRECT, RUNNING } from "../../support/virtio-driver.js";

const { In, Out, Flush, GetId, Discard, WriteZeroes } = BlockRequestType;
const { Ok, IoError, Unsupported } = BlockStatus;
const WRITE = DescriptorFlag.Write;
const MIB = 2 ** 20;

/** Bytes that tell where they belong. */
const marked = (count: number, mark: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => mark + i * 7);

/** A disk that calls `heard` with what it is asked, and then does it. */
function told(disk: DiskBackEnd, heard: (call: string) => void): DiskBackEnd {
  return {
    sectors: disk.sectors,
    read(sector, into) {
      heard(`read ${sector}+${into.length / 512}`);
      disk.read(sector, into);
    },
    write(sector, from) {
      heard(`write ${sector}+${from.length / 512}`);
      disk.write(sector, from);
    },
    flush: () => heard("flush"),
    discard: (sector, count) => heard(`discard ${sector}+${count}`),
  };
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

describe("The block device", () => {
  test("is in slot 0, and a second one in slot 2, with interrupts 1 and 3", () => {
    const disks = [memoryDisk(512), memoryDisk(1024)];
    const { machine } = new Rig({ *root() {} }, { disks });
    const ids = machine.virtio.map((slot) => slot.load(R.DeviceID, 4));
    const { Block, Entropy, None } = VirtioDeviceId;
    expect(ids).toEqual([Block, Entropy, Block, None, None, None, None, None]);
    expect(machine.description.devices.disks.map(({ base, irq }) => [base, irq])).toEqual([
      [0x1000_1000, 1],
      [0x1000_3000, 3],
    ]);
  });

  test("tells its size and limits, and offers what its back end can", () => {
    const device = (disk: DiskBackEnd) => new DiskDriver(disk);
    const configOf = (driver: DiskDriver, at: number) => driver.load(R.Config + at);
    const offeredBy = (driver: DiskDriver) =>
      Object.values(BlockFeature).filter((feature) => (driver.load(R.DeviceFeatures) & (1 << feature)) !== 0);
    const large = device({ sectors: 2 ** 33 + 5, read() {}, write() {}, flush() {} });
    expect([configOf(large, 0), configOf(large, 4)]).toEqual([5, 2]);
    const { SizeMax, SegMax, ReadOnly, BlockSize, Flush, Discard, WriteZeroes } = BlockFeature;
    expect(offeredBy(large)).toEqual([SizeMax, SegMax, BlockSize, Flush, WriteZeroes]);
    expect(offeredBy(device(memoryDisk(512, { readOnly: true })))).toEqual([
      SizeMax,
      SegMax,
      ReadOnly,
      BlockSize,
      Flush,
    ]);
    const usual = device(memoryDisk(MIB));
    expect(offeredBy(usual)).toEqual([SizeMax, SegMax, BlockSize, Flush, Discard, WriteZeroes]);
    const { MaxDiscardSectors, MaxDiscardSegments, DiscardAlignment, MaxZeroesSectors, MaxZeroesSegments } =
      BlockConfig;
    const limits = [MaxDiscardSectors, MaxDiscardSegments, DiscardAlignment, MaxZeroesSectors, MaxZeroesSegments];
    expect(limits.map((at) => configOf(usual, at))).toEqual([16_384, 1, 1, 16_384, 1]);
    expect([BlockConfig.SizeMax, BlockConfig.SegMax, BlockConfig.BlockSize].map((at) => configOf(usual, at))).toEqual([
      65_536, 126, 512,
    ]);
  });

  test("reads what is on the disk, and what was written over it", () => {
    const contents = marked(8192, 3);
    const disk = memoryDisk(contents);
    const driver = new DiskDriver(disk);
    expect(driver.read(2, 1024)).toEqual([...contents.subarray(1024, 2048)]);
    expect(driver.write(3, marked(1024, 99))).toBe(Ok);
    expect(driver.read(2, 2048)).toEqual([
      ...contents.subarray(1024, 1536),
      ...marked(1024, 99),
      ...contents.subarray(2560, 3072),
    ]);
    expect(disk.contents().subarray(1536, 2560)).toEqual(marked(1024, 99));
  });

  test("does not mind how a request is cut into descriptors", () => {
    const driver = new DiskDriver(memoryDisk(marked(4096, 0)));
    const { memory } = driver.machine;
    memory.zero(BUFFERS, 0x2000);
    memory.writeBytes(BUFFERS, Uint8Array.of(In, 0, 0, 0, 0, 0, 0, 0, 1));
    driver.chain(
      { paddr: BUFFERS, bytes: 5 },
      { paddr: BUFFERS + 5, bytes: 11 },
      { paddr: BUFFERS + 0x1000, bytes: 1, flags: WRITE },
      { paddr: BUFFERS + 0x1001, bytes: 1024, flags: WRITE },
    );
    driver.send(0);
    driver.wait(1_000_000);
    expect(driver.used()).toEqual([{ head: 0, bytes: 1025 }]);
    expect(driver.bytes(BUFFERS + 0x1000, 1025)).toEqual([...marked(4096, 0).subarray(512, 1536), Ok]);
  });

  test("interrupts when a read is done: after 60 us to 75 us, and 1 ns a byte", () => {
    const driver = new DiskDriver(memoryDisk(MIB));
    driver.machine.plic.enable(1);
    driver.ask(0, { type: In, room: 4096 });
    driver.wait(64_095);
    expect([driver.used(), driver.machine.plic.claim()]).toEqual([[], 0]);
    driver.wait(15_001);
    expect([driver.used(), driver.machine.plic.claim()]).toEqual([[{ head: 0, bytes: 4097 }], 1]);
  });

  test("has many requests under way: eight reads take the time of one, and a transfer for each", () => {
    const driver = new DiskDriver(memoryDisk(MIB));
    for (let n = 0; n < 8; n++) driver.ask(n, { type: In, sector: 8 * n, room: 4096 });
    driver.wait(75_000 + 8 * 4096);
    expect(driver.used()).toHaveLength(8);
  });

  test("lets a write overtake a read, and reads each other, by the seed alone", () => {
    const order = (seed: number): number[] => {
      const driver = new DiskDriver(memoryDisk(MIB), { seed });
      for (let n = 0; n < 6; n++) driver.ask(n, { type: In, sector: n, room: 512 });
      driver.ask(6, { type: Out, sector: 9, data: new Uint8Array(512) });
      driver.wait(1_000_000);
      return driver.used().map(({ head }) => head / 3);
    };
    const [a, b, other] = [order(1), order(1), order(2)];
    expect(a[0]).toBe(6);
    expect(a).not.toEqual([6, 0, 1, 2, 3, 4, 5]);
    expect(a.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(b).toEqual(a);
    expect(other).not.toEqual(a);
  });

  test("flushes what was completed before the flush was asked for", () => {
    const calls: string[] = [];
    const driver = new DiskDriver(told(memoryDisk(MIB), (call) => calls.push(call)));
    driver.write(1, new Uint8Array(512));
    driver.write(2, new Uint8Array(512));
    driver.ask(0, { type: Flush });
    driver.wait(1_000_000);
    expect([driver.statusOf(0), calls]).toEqual([Ok, ["write 1+1", "write 2+1", "flush"]]);
  });

  test("writes through for a driver that knows of no flush, and then has none to offer", () => {
    const calls: string[] = [];
    const driver = new DiskDriver(
      told(memoryDisk(MIB), (call) => calls.push(call)),
      {},
      INDIRECT >>> 0,
    );
    expect(driver.write(7, new Uint8Array(512))).toBe(Ok);
    expect(calls).toEqual(["write 7+1", "flush"]);
    expect(driver.flush()).toBe(Unsupported);
  });

  test("discards, and writes zeroes", () => {
    const driver = new DiskDriver(memoryDisk(marked(64 * 512, 1)));
    expect(driver.range(Discard, 3, 2)).toBe(Ok);
    expect(driver.range(WriteZeroes, 10, 1)).toBe(Ok);
    expect(driver.range(WriteZeroes, 12, 1, 1)).toBe(Ok);
    const isZero = (sector: number) => driver.read(sector, 512).every((byte) => byte === 0);
    expect([2, 3, 4, 5, 9, 10, 11, 12, 13].map(isZero)).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  test("has a name", () => {
    const driver = new DiskDriver(memoryDisk(512));
    expect(driver.done({ type: GetId, room: 20 })).toBe(Ok);
    expect(String.fromCharCode(...driver.bytes(driver.dataOf(0), 20))).toBe("disk 0".padEnd(20, "\0"));
  });

  test("writes nothing, and asks its back end for nothing, once its queue is stopped or it is reset", () => {
    for (const [register, value] of [
      [R.QueueReady, 0],
      [R.Status, 0],
    ] as const) {
      const calls: string[] = [];
      const driver = new DiskDriver(told(memoryDisk(MIB), (call) => calls.push(call)));
      driver.ask(0, { type: In, room: 512 });
      driver.ask(1, { type: Out, data: new Uint8Array(512) });
      driver.store(register, value);
      driver.wait(1_000_000);
      expect([driver.used(), driver.statusOf(0), driver.statusOf(1), calls]).toEqual([[], PENDING, PENDING, []]);
      driver.start();
      expect(driver.read(0, 512)).toHaveLength(512);
    }
  });

  test("finds what was written in the trace: other data, another hash", () => {
    const hashOf = (byte: number): number => {
      const driver = new DiskDriver(memoryDisk(MIB));
      driver.write(5, new Uint8Array(512).fill(byte));
      return driver.machine.trace.hash;
    };
    expect(hashOf(1)).toBe(hashOf(1));
    expect(hashOf(1)).not.toBe(hashOf(2));
  });
});

describe("A request that cannot be", () => {
  const sectors = 64;
  const contents = marked(sectors * 512, 5);
  const cases: [string, number, { type: number; sector?: number; data?: Uint8Array; room?: number }][] = [
    ["reads beyond the end", IoError, { type: In, sector: 63, room: 1024 }],
    ["reads from beyond the end", IoError, { type: In, sector: 64, room: 512 }],
    ["reads from a sector of 2^64", IoError, { type: In, sector: 2 ** 64 - 2 ** 11, room: 512 }],
    ["reads a part of a sector", IoError, { type: In, room: 100 }],
    ["writes beyond the end", IoError, { type: Out, sector: 63, data: new Uint8Array(1024) }],
    ["writes a part of a sector", IoError, { type: Out, data: new Uint8Array(513) }],
    ["discards beyond the end", IoError, { type: Discard, data: rangeOf(60, 5) }],
    ["discards with the flag for zeroes", Unsupported, { type: Discard, data: rangeOf(0, 1, 1) }],
    ["discards two ranges", IoError, { type: Discard, data: new Uint8Array(32) }],
    ["discards no range", IoError, { type: Discard }],
    ["zeroes beyond the end", IoError, { type: WriteZeroes, data: rangeOf(2 ** 40, 1) }],
    ["zeroes with an unknown flag", Unsupported, { type: WriteZeroes, data: rangeOf(0, 1, 2) }],
    ["asks for the name without room for it", IoError, { type: GetId, room: 19 }],
    ["is of an unknown kind", Unsupported, { type: 2, sector: 1, data: new Uint8Array(512) }],
    ["is of a kind that was not offered", Unsupported, { type: 14, data: rangeOf(0, 1) }],
  ];

  test.each(cases)("since it %s gets its status and touches nothing", (_, status, request) => {
    const disk = memoryDisk(contents);
    const driver = new DiskDriver(disk);
    driver.machine.memory.zero(driver.dataOf(0), 4096);
    expect(driver.done(request)).toBe(status);
    expect(isSame(disk.contents(), contents)).toBe(true);
    expect(driver.bytes(driver.dataOf(0), 512).every((byte, i) => byte === (request.data?.[i] ?? 0))).toBe(true);
    expect(driver.load(R.Status)).toBe(RUNNING);
  });

  test("writes to a disk that is read-only: gets an error, and reading goes on", () => {
    const disk = memoryDisk(contents, { readOnly: true });
    const driver = new DiskDriver(disk);
    expect(driver.write(0, new Uint8Array(512))).toBe(IoError);
    expect(driver.range(Discard, 0, 1)).toBe(Unsupported);
    expect(isSame(disk.contents(), contents)).toBe(true);
    expect(driver.read(0, 512)).toEqual([...contents.subarray(0, 512)]);
  });

  test("has no header or no room for a status: the driver has to reset the device", () => {
    const reports: string[] = [];
    const broken = (...chain: { paddr: number; bytes: number; flags?: number }[]): number => {
      const driver = new DiskDriver(memoryDisk(512), { onReport: (text) => reports.push(text) });
      driver.chain(...chain);
      driver.send(0);
      driver.machine.cpu.onTrap = () => {};
      driver.machine.run();
      return driver.load(R.Status);
    };
    const needsReset = RUNNING | VirtioStatus.NeedsReset;
    expect(broken({ paddr: BUFFERS, bytes: 15 }, { paddr: BUFFERS, bytes: 1, flags: WRITE })).toBe(needsReset);
    expect(broken({ paddr: BUFFERS, bytes: 16 })).toBe(needsReset);
    expect(reports).toEqual([
      "virtio-0 (disk) needs a reset by its driver: queue 0: a request to a disk has a header of 16 bytes to read, and this one has not",
      "virtio-0 (disk) needs a reset by its driver: queue 0: a request to a disk has a byte to write for its status, and this one has not",
    ]);
  });

  test("is too large: more than 126 buffers of 64 KiB are refused, with one buffer described over and over", () => {
    const driver = new DiskDriver(memoryDisk(32 * MIB));
    const data = { paddr: BUFFERS + 0x2000, bytes: 65_536, flags: WRITE };
    const table = BUFFERS + 0x1000;
    const asked = (count: number): number => {
      driver.machine.memory.writeBytes(BUFFERS, new Uint8Array(16));
      const all = [
        { paddr: BUFFERS, bytes: 16 },
        ...Array(count).fill(data),
        { ...data, paddr: BUFFERS + 64, bytes: 1 },
      ];
      all.forEach((descriptor, i) => {
        const flags = (descriptor.flags ?? 0) | (i + 1 < all.length ? DescriptorFlag.Next : 0);
        driver.describe(i, { ...descriptor, flags, next: i + 1 }, table);
      });
      driver.describe(0, { paddr: table, bytes: 16 * all.length, flags: DescriptorFlag.Indirect });
      driver.send(0);
      driver.wait(100_000_000);
      return driver.used().length === 1 ? driver.bytes(BUFFERS + 64, 1)[0]! : PENDING;
    };
    expect(asked(29)).toBe(Ok);
    // A chain has no more descriptors than the queue of this driver: what is larger has larger buffers.
    data.bytes = 65_536 * 6;
    expect(asked(22)).toBe(IoError);
  });
});

describe("A back end that throws", () => {
  test("is an I/O error to the driver and a sentence to people; the next request is served", () => {
    let isBroken = true;
    const disk = told(memoryDisk(MIB), (call) => {
      if (isBroken) throw new Error(`the head is bent, which had to ${call}`);
    });
    const reports: string[] = [];
    const driver = new DiskDriver(disk, { onReport: (text) => reports.push(text) });
    driver.ask(0, { type: In, sector: 8, room: 1024 });
    driver.wait(1_000_000);
    expect([driver.used(), driver.statusOf(0)]).toEqual([[{ head: 0, bytes: 0 }], IoError]);
    expect(driver.write(1, new Uint8Array(512))).toBe(IoError);
    expect(driver.flush()).toBe(IoError);
    expect(driver.range(Discard, 2, 3)).toBe(IoError);
    isBroken = false;
    expect(driver.read(8, 512)).toHaveLength(512);
    driver.machine.cpu.onTrap = () => {};
    driver.machine.run();
    expect(reports).toEqual([
      "disk 0 could not read sectors 8 to 9: the head is bent, which had to read 8+2",
      "disk 0 could not write sector 1: the head is bent, which had to write 1+1",
      "disk 0 could not flush what was written: the head is bent, which had to flush",
      "disk 0 could not discard sectors 2 to 4: the head is bent, which had to discard 2+3",
    ]);
  });
});

describe("Random requests", () => {
  test("to one sector at a time leave and find what a plain array does", () => {
    const random = new Prng(11);
    const model = marked(32 * 512, 0);
    const driver = new DiskDriver(memoryDisk(model));
    for (let n = 0; n < 400; n++) {
      const sector = random.below(32);
      const count = 1 + random.below(Math.min(8, 32 - sector));
      if (random.below(2) === 0) {
        expect(driver.read(sector, count * 512)).toEqual([...model.subarray(sector * 512, (sector + count) * 512)]);
      } else {
        const data = marked(count * 512, random.below(256));
        expect(driver.write(sector, data)).toBe(Ok);
        model.set(data, sector * 512);
      }
    }
  });
});

describe("A machine's disks", () => {
  const made = (disks: unknown) => () =>
    new Rig({ *root() {} }, { disks: disks as DiskBackEnd[] }).machine satisfies Machine;
  const disk = memoryDisk(512);

  test("are at most two, and two different ones, that can be read, written and flushed", () => {
    expect(made([disk, memoryDisk(512), memoryDisk(512)])).toThrow("a machine has at most 2 disks, not 3");
    expect(made([disk, disk])).toThrow("the same disk is given twice");
    expect(made(disk)).toThrow("disks must be a list of back ends, not [object Object]");
    expect(made([{ ...disk, sectors: 0 }])).toThrow("disk 0 must have a whole number of sectors from 1 to 2^43, not 0");
    expect(made([disk, { sectors: 1, read() {}, write() {} }])).toThrow("disk 1 has no method flush");
  });

  test("in memory have whole sectors", () => {
    expect(() => memoryDisk(1000)).toThrow(/multiple of 512 bytes, and not 0, so it cannot have 1000/);
    expect(() => memoryDisk(new Uint8Array(0))).toThrow(RangeError);
  });

  test("in memory are what was written, wherever a piece of their memory begins", () => {
    const random = new Prng(3);
    const model = new Uint8Array(1024 * 512);
    const sparse = memoryDisk(model.length);
    for (let n = 0; n < 300; n++) {
      const sector = random.below(1000);
      const count = 1 + random.below(Math.min(200, 1024 - sector));
      const at = sector * 512;
      if (random.below(4) === 0) {
        sparse.discard(sector, count);
        model.fill(0, at, at + count * 512);
      } else {
        const data = marked(count * 512, random.below(256));
        sparse.write(sector, data);
        model.set(data, at);
      }
      const found = new Uint8Array(count * 512);
      sparse.read(sector, found);
      expect(isSame(found, model.subarray(at, at + count * 512))).toBe(true);
    }
    expect(isSame(sparse.contents(), model)).toBe(true);
  });
});
