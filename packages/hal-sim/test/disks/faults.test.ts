import { describe, expect, test } from "vitest";
import {
  BlockRequestType,
  BlockStatus,
  type DiskFaults,
  memoryDisk,
  parseRunLog,
  RunLogError,
  RunRecorder,
  replayOptions,
  replayRun,
  runLogText,
} from "../../src/index.js";
import { DiskDriver } from "../support/disk-driver.js";
import { type DiskStep, diskRig } from "../support/disk-rig.js";
import { Rig } from "../support/rig.js";

const { In, Out } = BlockRequestType;
const { Ok, IoError } = BlockStatus;
const MIB = 2 ** 20;

function planned(faults: DiskFaults, seed = 1) {
  const disk = memoryDisk(MIB);
  return { disk, driver: new DiskDriver(disk, { seed, diskFaults: [faults] }) };
}

const page = (byte: number) => new Uint8Array(4096).fill(byte);

describe("A planned fault", () => {
  test("of bad sectors hits whatever touches them, reads or writes alone where it says so, and nothing else", () => {
    const { driver, disk } = planned({
      bad: [
        { sector: 10, count: 2 },
        { sector: 20, count: 1, on: "read" },
        { sector: 30, count: 1, on: "write" },
      ],
    });
    const reading = (sector: number) => driver.done({ type: In, sector, room: 1024 });
    const writing = (sector: number) => driver.write(sector, new Uint8Array(1024).fill(5));
    expect([8, 9, 11, 12, 19, 20, 21, 29].map(reading)).toEqual([Ok, IoError, IoError, Ok, IoError, IoError, Ok, Ok]);
    expect([8, 9, 11, 12, 19, 20, 29, 30, 31].map(writing)).toEqual([
      Ok,
      IoError,
      IoError,
      Ok,
      Ok,
      Ok,
      IoError,
      IoError,
      Ok,
    ]);
    expect(disk.contents()[10 * 512]).toBe(0);
    expect(driver.flush()).toBe(Ok);
  });

  test("of a share hits so many requests, others for another seed, and the same for the same", () => {
    const hits = (seed: number) => {
      const { driver } = planned({ readErrors: 2500, writeErrors: 5000, flushErrors: 10_000 }, seed);
      const reads = Array.from({ length: 200 }, () => driver.done({ type: In, room: 512 }));
      const writes = Array.from({ length: 200 }, () => driver.write(0, new Uint8Array(512)));
      expect(driver.flush()).toBe(IoError);
      return { reads, writes };
    };
    const { reads, writes } = hits(1);
    const failed = (all: number[]) => all.filter((status) => status === IoError).length;
    expect(failed(reads)).toBeGreaterThan(25);
    expect(failed(reads)).toBeLessThan(75);
    expect(failed(writes)).toBeGreaterThan(70);
    expect(failed(writes)).toBeLessThan(130);
    expect(hits(1)).toEqual({ reads, writes });
    expect(hits(2)).not.toEqual({ reads, writes });
  });

  test("tears a write: some of its sectors, from the first up, are written, and the driver finds an error", () => {
    const { driver, disk } = planned({ tornWrites: 10_000 });
    const lengths = new Set<number>();
    for (let n = 0; n < 64; n++) {
      expect(driver.write(8 * n, page(1))).toBe(IoError);
      const written = disk.contents().subarray(4096 * n, 4096 * (n + 1));
      const length = written.reduce((sum, byte) => sum + byte, 0);
      expect(length % 512).toBe(0);
      expect(written.subarray(0, length).every((byte) => byte === 1)).toBe(true);
      lengths.add(length / 512);
    }
    expect([...lengths].toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("makes requests slow", () => {
    const { driver } = planned({ slow: 10_000, slowUs: 1000 });
    driver.ask(0, { type: In, room: 512 });
    driver.wait(1_060_000);
    expect(driver.used()).toEqual([]);
    driver.wait(20_000);
    expect(driver.used()).toHaveLength(1);
  });

  test("loses interrupts: the request is done, and nobody is told until the next one is", () => {
    const { driver } = planned({ lostInterrupts: 5000 }, 3);
    const { plic } = driver.machine;
    plic.enable(1);
    let told = 0;
    for (let n = 0; n < 100; n++) {
      driver.ask(0, { type: Out, data: new Uint8Array(512) });
      driver.wait(1_000_000);
      expect(driver.used()).toHaveLength(1);
      driver.store(0x64, driver.load(0x60));
      const irq = plic.claim();
      if (irq !== 0) {
        told++;
        plic.complete(irq);
      }
    }
    expect(told).toBeGreaterThan(25);
    expect(told).toBeLessThan(75);
  });

  test("ends the disk after so many requests, for good", () => {
    const reports: string[] = [];
    const driver = new DiskDriver(memoryDisk(MIB), {
      diskFaults: [{ diesAfter: 2 }],
      onReport: (text) => reports.push(text),
    });
    const statuses = [0, 1, 2, 3].map((sector) => driver.done({ type: In, sector, room: 512 }));
    expect([...statuses, driver.flush()]).toEqual([Ok, Ok, IoError, IoError, IoError]);
    driver.machine.cpu.onTrap = () => {};
    driver.machine.run();
    expect(reports[0]).toBe("disk 0 could not read sector 2: its planned end has come");
  });
});

describe("A plan of faults", () => {
  const STEPS: readonly DiskStep[] = Array.from({ length: 40 }, (_, n) =>
    n % 3 === 0 ? { write: 8 * (n % 5), fill: n } : n % 3 === 1 ? { read: 8 * (n % 4) } : "flush",
  );
  const FAULTS: DiskFaults = { readErrors: 2000, tornWrites: 3000, slow: 1000, bad: [{ sector: 3, count: 1 }] };

  test("is part of the run's identity, and is replayed without the disk", () => {
    const { machine } = diskRig(STEPS, { disks: [memoryDisk(64 * 1024)], diskFaults: [FAULTS] });
    const recorder = new RunRecorder(machine);
    const log = parseRunLog(runLogText(recorder.log(machine.run())));
    expect(log.identity.disks[0]?.faults).toEqual(FAULTS);
    const seen: [number, number][] = [];
    expect(replayRun(diskRig(STEPS, replayOptions(log), seen).machine, log).divergence).toBe(null);
    expect(new Set(seen.map(([status]) => status))).toEqual(new Set([Ok, IoError]));
    const without = diskRig(STEPS, { ...replayOptions(log), diskFaults: [] }).machine;
    expect(() => replayRun(without, log)).toThrow(RunLogError);
    expect(() => replayRun(without, log)).toThrow(
      'the disks: 128 sectors, with the faults {"readErrors":2000,"tornWrites":3000,"slow":1000,"bad":[{"sector":3,"count":1}]}; this one has: 128 sectors',
    );
  });

  test("shifts nothing where it plans nothing: the run is that of a disk without", () => {
    const hashOf = (diskFaults: (DiskFaults | null)[]) => {
      const { machine } = diskRig(STEPS, { disks: [memoryDisk(64 * 1024)], diskFaults });
      machine.run();
      return machine.trace.hash;
    };
    expect(hashOf([{}])).toBe(hashOf([]));
    expect(hashOf([null])).toBe(hashOf([]));
    expect(hashOf([{ readErrors: 9999 }])).not.toBe(hashOf([]));
  });

  test.each([
    [{ readErors: 1 }, 'the plan of faults of disk 0 has no option "readErors"; those that it has: bad, readErrors,'],
    [{ readErrors: 10_001 }, "readErrors of disk 0 must be a whole number from 0 to 10,000, not 10001"],
    [{ tornWrites: 0.5 }, "tornWrites of disk 0 must be a whole number from 0 to 10,000, not 0.5"],
    [{ diesAfter: -1 }, "diesAfter of disk 0 must be a whole number, 0 or more, not -1"],
    [{ bad: [{ sector: 1 }] }, "the bad sectors of disk 0 must be a list of"],
    [{ bad: [{ sector: 1, count: 1, on: "seek" }] }, "the bad sectors of disk 0 must be a list of"],
  ])("that cannot be is refused: %j", (faults, why) => {
    const make = () => new Rig({ *root() {} }, { disks: [memoryDisk(512)], diskFaults: [faults as DiskFaults] });
    expect(make).toThrow(why);
  });

  test("is for a disk that there is", () => {
    expect(() => new Rig({ *root() {} }, { diskFaults: [{}] })).toThrow(/diskFaults must be a list of a plan, or null/);
  });

  test("that cannot be is refused in a log", () => {
    const { machine } = diskRig([], { disks: [memoryDisk(512)], diskFaults: [{ slow: 1 }] });
    const recorder = new RunRecorder(machine);
    const text = runLogText(recorder.log(machine.run()));
    expect(() => parseRunLog(text.replace('"slow":1', '"slow":-1'))).toThrow(
      "line 1 of the run log has a plan of faults that is none: slow of disk 0 must be a whole number from 0 to 10,000, not -1",
    );
  });
});
