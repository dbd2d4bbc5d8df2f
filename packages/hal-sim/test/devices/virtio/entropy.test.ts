import { describe, expect, test } from "vitest";
import {
  DescriptorFlag,
  type MachineOptions,
  Prng,
  parseRunLog,
  VirtioRegister as R,
  RunRecorder,
  replayOptions,
  replayRun,
  runLogText,
  VirtioStatus,
} from "../../../src/index.js";
import { Cause, copyIn, copyOut } from "../../../src/isa/index.js";
import { Rig, RW, syscall } from "../../support/rig.js";
import { BUFFERS, QueueDriver, RINGS, RUNNING } from "../../support/virtio-driver.js";

const IRQ = 2;
const WRITE = DescriptorFlag.Write;

function entropyDriver(options: Omit<MachineOptions, "image"> = {}, size = 8): QueueDriver {
  const { machine } = new Rig({ *root() {} }, { onReport: () => {}, ...options });
  return new QueueDriver(machine, machine.virtio[1]!, size).start();
}

/** Let modelled time pass, by cycles. */
function wait({ machine }: QueueDriver, cycles: number): void {
  machine.clock.advance(cycles);
  machine.clock.ringDue();
}

/** The first 64 bytes that a device gives. */
function drawn(options: Omit<MachineOptions, "image"> = {}): number[] {
  const driver = entropyDriver(options);
  driver.chain({ paddr: BUFFERS, bytes: 64, flags: WRITE });
  driver.send(0);
  wait(driver, 1_000_000);
  expect(driver.used()).toEqual([{ head: 0, bytes: 64 }]);
  return driver.bytes(BUFFERS, 64);
}

describe("The entropy device", () => {
  test("fills a buffer after 20 us and 100 ns a byte, and interrupts", () => {
    const driver = entropyDriver();
    driver.machine.plic.enable(IRQ);
    driver.chain({ paddr: BUFFERS, bytes: 8, flags: WRITE }, { paddr: BUFFERS + 100, bytes: 3, flags: WRITE });
    driver.send(0);
    wait(driver, 21_099);
    expect([driver.used(), driver.machine.plic.claim()]).toEqual([[], 0]);
    wait(driver, 1);
    expect([driver.used(), driver.machine.plic.claim()]).toEqual([[{ head: 0, bytes: 11 }], IRQ]);
    expect(new Set([...driver.bytes(BUFFERS, 8), ...driver.bytes(BUFFERS + 100, 3)]).size).toBeGreaterThan(5);
    expect(driver.bytes(BUFFERS + 8, 1)).toEqual([0]);
  });

  test("gives the bytes of the seed, others for another seed, and none of the machine's other draws", () => {
    expect(drawn({ seed: 5 })).toEqual(drawn({ seed: 5 }));
    expect(drawn({ seed: 5 })).not.toEqual(drawn({ seed: 6 }));
    const driver = entropyDriver({ seed: 5 });
    driver.chain({ paddr: BUFFERS, bytes: 64, flags: WRITE });
    driver.send(0);
    wait(driver, 1_000_000);
    const fresh = new Prng(5);
    expect(driver.machine.prng.next()).toBe(fresh.next());
    const words = Array.from({ length: 64 }, () => fresh.next());
    const [a, b, c, d] = driver.bytes(BUFFERS, 4) as [number, number, number, number];
    expect(words).not.toContain(((d << 24) | (c << 16) | (b << 8) | a) >>> 0);
  });

  test("gives bytes without a favourite: in 64 KiB each value comes within six deviations of its share", () => {
    const driver = entropyDriver();
    const counts = new Array<number>(256).fill(0);
    for (let n = 0; n < 16; n++) {
      driver.chain({ paddr: BUFFERS, bytes: 4096, flags: WRITE });
      driver.send(0);
      wait(driver, 1_000_000);
      for (const byte of driver.bytes(BUFFERS, 4096)) counts[byte] = counts[byte]! + 1;
    }
    const deviation = Math.sqrt(256 * (1 - 1 / 256));
    for (const count of counts) expect(Math.abs(count - 256)).toBeLessThan(6 * deviation);
  });

  test("serves one request after the other, in order, and fills at most a page of each", () => {
    const driver = entropyDriver();
    driver.describe(0, { paddr: BUFFERS, bytes: 0x10_000, flags: WRITE });
    driver.describe(1, { paddr: BUFFERS, bytes: 10, flags: WRITE });
    driver.send(0);
    driver.send(1);
    wait(driver, 20_000 + 409_600);
    expect(driver.used()).toEqual([{ head: 0, bytes: 4096 }]);
    wait(driver, 20_999);
    expect(driver.used()).toEqual([]);
    wait(driver, 1);
    expect(driver.used()).toEqual([{ head: 1, bytes: 10 }]);
  });

  test("is broken by a request that has bytes to read", () => {
    const driver = entropyDriver();
    driver.chain({ paddr: BUFFERS, bytes: 4 }, { paddr: BUFFERS, bytes: 4, flags: WRITE });
    driver.send(0);
    expect(driver.load(R.Status)).toBe(RUNNING | VirtioStatus.NeedsReset);
  });

  test("writes nothing more once its queue is stopped or it is reset", () => {
    for (const [register, value] of [
      [R.QueueReady, 0],
      [R.Status, 0],
    ] as const) {
      const driver = entropyDriver();
      driver.chain({ paddr: BUFFERS, bytes: 64, flags: WRITE });
      driver.send(0);
      driver.store(register, value);
      wait(driver, 1_000_000);
      expect(driver.used()).toEqual([]);
      expect(driver.bytes(BUFFERS, 64)).toEqual(Array(64).fill(0));
      driver.start();
      driver.chain({ paddr: BUFFERS, bytes: 2, flags: WRITE });
      driver.send(0);
      wait(driver, 1_000_000);
      expect(driver.used()).toHaveLength(1);
    }
  });
});

const [SLOT, RING, BUFFER] = [0x60000, 0x61000, 0x64000];
const word = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

/** A driver in user mode: sets up the device, asks for 16 bytes three times, and waits for the interrupt each time. */
function driverRig(options: Omit<MachineOptions, "image"> = {}, seen: number[] = []): Rig {
  const rig = new Rig(
    {
      *root() {
        const store = (register: number, value: number) => copyOut(SLOT + register, word(value));
        for (const status of [0, 1, 3]) yield* store(R.Status, status);
        yield* store(R.DriverFeaturesSel, 1);
        yield* store(R.DriverFeatures, 1);
        yield* store(R.Status, 11);
        yield* store(R.QueueNum, 4);
        yield* store(R.QueueDescLow, RINGS);
        yield* store(R.QueueDriverLow, RINGS + 0x1000);
        yield* store(R.QueueDeviceLow, RINGS + 0x2000);
        yield* store(R.QueueReady, 1);
        yield* store(R.Status, 15);
        const descriptor = Uint8Array.from([...word(BUFFERS), ...word(0), ...word(16), WRITE, 0, 0, 0]);
        yield* copyOut(RING, descriptor);
        for (let n = 1; n <= 3; n++) {
          yield* copyOut(RING + 0x1002, Uint8Array.of(n, 0));
          yield* store(R.QueueNotify, 0);
          yield* syscall(1);
          const status = new Uint8Array(4);
          yield* copyIn(SLOT + R.InterruptStatus, status);
          yield* copyOut(SLOT + R.InterruptACK, status);
          const bytes = new Uint8Array(16);
          yield* copyIn(BUFFER, bytes);
          seen.push(...status.subarray(0, 1), ...bytes);
          yield* syscall(bytes[0]!);
        }
      },
    },
    options,
  );
  const { machine } = rig;
  rig.map(SLOT, machine.description.devices.entropy.base, RW);
  for (const page of [0, 1, 2]) rig.map(RING + page * 0x1000, RINGS + page * 0x1000, RW);
  rig.map(BUFFER, BUFFERS, RW);
  const context = rig.spawn();
  machine.plic.enable(IRQ);
  let calls = 0;
  rig.handlers[Cause.UserEcall] = () => {
    if (calls++ % 2 === 0) machine.cpu.context = null;
  };
  rig.handlers[Cause.ExternalInterrupt] = () => {
    machine.plic.complete(machine.plic.claim());
    machine.cpu.context = context;
  };
  rig.handlers[Cause.InstructionPageFault] = () => machine.powerOff(0);
  return rig;
}

describe("A driver of the entropy device in user mode", () => {
  test("gets its bytes by interrupt, the same in every run of a seed", () => {
    const runs = [7, 7, 8].map((seed) => {
      const seen: number[] = [];
      const { machine } = driverRig({ seed }, seen);
      expect(machine.run().reason).toBe("power-off");
      return { seen, hash: machine.trace.hash };
    });
    expect(runs[0]!.seen).toHaveLength(51);
    expect([0, 17, 34].map((i) => runs[0]!.seen[i])).toEqual([1, 1, 1]);
    expect(new Set(runs[0]!.seen.slice(1, 17)).size).toBeGreaterThan(8);
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]!.hash).not.toBe(runs[0]!.hash);
  });

  test("is replayed from its log, and another seed's bytes are found in the trace", () => {
    const { machine } = driverRig({ seed: 7 });
    const recorder = new RunRecorder(machine);
    const log = parseRunLog(runLogText(recorder.log(machine.run())));
    expect(replayRun(driverRig(replayOptions(log)).machine, log).divergence).toBe(null);
    const other = { ...log, identity: { ...log.identity, seed: 8 } };
    const { divergence } = replayRun(driverRig(replayOptions(other)).machine, other);
    expect(divergence?.text).toMatch(/recorded: #\d+ tick \d+ Used 2 queue=0 bytes=16 checksum=/);
  });
});
