import { describe, expect, test } from "vitest";
import {
  DescriptorFlag,
  Prng,
  VirtioRegister as R,
  VirtioStatus as S,
  VIRTIO_MAGIC,
  VIRTIO_VENDOR,
  VirtioDeviceId,
  VirtioInterrupt,
} from "../../../src/index.js";
import { Cause, copyIn } from "../../../src/isa/index.js";
import { EchoDevice } from "../../support/echo-device.js";
import { DATA, Rig, RW } from "../../support/rig.js";
import { ACCEPTED, BUFFERS, INDIRECT, QueueDriver, RINGS, RUNNING, testSlot } from "../../support/virtio-driver.js";

const IRQ = 20;
const WRITE = DescriptorFlag.Write;

function echo(size = 8) {
  const { machine } = new Rig({ *root() {} });
  const device = new EchoDevice();
  const { slot, reports } = testSlot(machine, device);
  machine.plic.enable(IRQ);
  return { machine, device, slot, reports, driver: new QueueDriver(machine, slot, size), plic: machine.plic };
}

/** One request of three bytes, "abc", with room for eight. */
function ask(driver: QueueDriver): void {
  driver.machine.memory.writeBytes(BUFFERS, Uint8Array.of(97, 98, 99));
  driver.chain({ paddr: BUFFERS, bytes: 3 }, { paddr: BUFFERS + 64, bytes: 8, flags: WRITE });
  driver.send(0);
}

describe("The virtio slots", () => {
  test("are eight pages from 0x1000_1000 on, with interrupts 1 to 8", () => {
    const { virtio } = new Rig({ *root() {} }).machine;
    expect(virtio.map(({ base, bytes, irq }) => [base, bytes, irq])).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8].map((n) => [0x1000_0000 + n * 0x1000, 0x1000, n]),
    );
  });

  test("tell who they are; all but the entropy device's are empty", () => {
    const { virtio } = new Rig({ *root() {} }).machine;
    for (const slot of virtio) {
      expect(slot.load(R.MagicValue, 4)).toBe(VIRTIO_MAGIC);
      expect(slot.load(R.Version, 4)).toBe(2);
      expect(slot.load(R.VendorID, 4)).toBe(VIRTIO_VENDOR);
    }
    const { None, Entropy } = VirtioDeviceId;
    expect(virtio.map((slot) => slot.load(R.DeviceID, 4))).toEqual([None, Entropy, None, None, None, None, None, None]);
  });

  test("that are empty take nothing: status, features and queues stay zero", () => {
    const slot = new Rig({ *root() {} }).machine.virtio[0]!;
    for (let register = 0x10; register < 0x120; register += 4) slot.store(register, 1, 4);
    for (let register = 0x10; register < 0x120; register += 4) expect(slot.load(register, 4)).toBe(0);
  });

  test("are read by a program through a device page", () => {
    const id = new Uint8Array(4);
    const rig = new Rig({
      *root() {
        yield* copyIn(DATA + R.DeviceID, id);
      },
    });
    rig.map(DATA, rig.machine.description.devices.entropy.base, RW);
    rig.spawn();
    rig.machine.run();
    expect([...id]).toEqual([4, 0, 0, 0]);
    expect(rig.causes).toEqual([Cause.InstructionPageFault]);
  });
});

describe("Negotiation", () => {
  test("offers the device's features, indirect descriptors and VERSION_1, and nothing above 63", () => {
    const { driver } = echo();
    const offered = [0, 1, 2, 7].map((word) => {
      driver.store(R.DeviceFeaturesSel, word);
      return driver.load(R.DeviceFeatures);
    });
    expect(offered).toEqual([(INDIRECT | (1 << 5)) >>> 0, 1, 0, 0]);
  });

  test("keeps FEATURES_OK for what was offered, with VERSION_1", () => {
    const { driver } = echo();
    driver.negotiate(INDIRECT | (1 << 5));
    expect(driver.load(R.Status)).toBe(ACCEPTED);
    driver.negotiate(0);
    expect(driver.load(R.Status)).toBe(ACCEPTED);
  });

  test("refuses FEATURES_OK for what was not offered, and without VERSION_1", () => {
    const { driver } = echo();
    for (const [low, high] of [
      [1 << 6, 1],
      [0, 0],
      [0, 3],
    ] as const) {
      driver.negotiate(low, high);
      expect(driver.load(R.Status)).toBe(S.Acknowledge | S.Driver);
    }
  });

  test("is over with FEATURES_OK: what a driver accepts later changes nothing", () => {
    const { driver, device, reports } = echo();
    driver.negotiate(0);
    driver.store(R.DriverFeaturesSel, 0);
    driver.store(R.DriverFeatures, INDIRECT >>> 0);
    driver.setQueue();
    driver.store(R.Status, RUNNING);
    driver.describe(0, { paddr: BUFFERS, bytes: 16, flags: DescriptorFlag.Indirect });
    driver.send(0);
    expect(reports).toEqual([
      "test-slot (echo) needs a reset by its driver: queue 0: a descriptor is indirect, which was not negotiated",
    ]);
    expect(device.closings).toBe(1);
  });

  test("Status only grows: no bit is cleared but by 0, and DRIVER_OK needs FEATURES_OK", () => {
    const { driver } = echo();
    driver.store(R.Status, S.DriverOk);
    expect(driver.load(R.Status)).toBe(0);
    driver.start();
    driver.store(R.Status, S.Acknowledge);
    expect(driver.load(R.Status)).toBe(RUNNING);
    driver.store(R.Status, S.NeedsReset | S.Failed);
    expect(driver.load(R.Status)).toBe(RUNNING | S.Failed);
    driver.store(R.Status, 0);
    expect(driver.load(R.Status)).toBe(0);
  });
});

describe("A queue", () => {
  test("has the device's largest size; one that it does not have has none", () => {
    const { driver } = echo();
    const sizes = [0, 1, 2].map((index) => {
      driver.store(R.QueueSel, index);
      return driver.load(R.QueueNumMax);
    });
    expect(sizes).toEqual([64, 16, 0]);
    driver.store(R.QueueReady, 1);
    expect(driver.load(R.QueueReady)).toBe(0);
  });

  test("carries a request there and back, and interrupts until it is acknowledged", () => {
    const { driver, plic } = echo();
    driver.start();
    ask(driver);
    expect(driver.used()).toEqual([{ head: 0, bytes: 3 }]);
    expect(driver.bytes(BUFFERS + 64, 4)).toEqual([97, 98, 99, 0]);
    expect(driver.load(R.InterruptStatus)).toBe(VirtioInterrupt.UsedBuffer);
    expect(plic.claim()).toBe(IRQ);
    driver.store(R.InterruptACK, VirtioInterrupt.ConfigChange);
    expect(driver.load(R.InterruptStatus)).toBe(VirtioInterrupt.UsedBuffer);
    driver.store(R.InterruptACK, VirtioInterrupt.UsedBuffer);
    expect(driver.load(R.InterruptStatus)).toBe(0);
    plic.complete(IRQ);
    plic.complete(plic.claim());
    expect(plic.claim()).toBe(0);
  });

  test("with NO_INTERRUPT carries it without one", () => {
    const { driver, plic } = echo();
    driver.start();
    driver.setFlags(1);
    ask(driver);
    expect(driver.used()).toHaveLength(1);
    expect(driver.load(R.InterruptStatus)).toBe(0);
    expect(plic.claim()).toBe(0);
  });

  test("is not served before DRIVER_OK, nor after FAILED", () => {
    const { driver } = echo();
    driver.negotiate(0);
    driver.setQueue();
    ask(driver);
    expect(driver.used()).toEqual([]);
    driver.store(R.Status, RUNNING);
    driver.store(R.QueueNotify, 0);
    expect(driver.used()).toHaveLength(1);
    driver.store(R.Status, S.Failed);
    ask(driver);
    expect(driver.used()).toEqual([]);
  });

  test("A notification of a queue that is not there, or has nothing, does nothing", () => {
    const { driver, reports } = echo();
    driver.start();
    for (const queue of [0, 1, 2, 65_535, 0xffff_ffff]) driver.store(R.QueueNotify, queue);
    expect(driver.used()).toEqual([]);
    expect(reports).toEqual([]);
  });

  test("keeps its size and addresses while it is ready", () => {
    const { driver } = echo();
    driver.start();
    driver.store(R.QueueNum, 3);
    driver.store(R.QueueDescLow, 1);
    driver.store(R.QueueDeviceHigh, 1);
    ask(driver);
    expect(driver.used()).toHaveLength(1);
  });

  test("that is stopped drops what was in flight, and begins anew when it is ready again", () => {
    const { driver, device } = echo();
    device.holds = true;
    driver.start();
    ask(driver);
    const { queue, chain } = device.held[0]!;
    driver.store(R.QueueReady, 0);
    expect(driver.load(R.QueueReady)).toBe(0);
    device.answer(queue, chain);
    expect(driver.used()).toEqual([]);
    device.holds = false;
    driver.setQueue();
    expect(driver.load(R.QueueReady)).toBe(1);
    ask(driver);
    expect(driver.used()).toEqual([{ head: 0, bytes: 3 }]);
  });

  test("A reset clears status, interrupt, features and queues, and the device starts over", () => {
    const { driver, device } = echo();
    driver.start();
    ask(driver);
    driver.store(R.Status, 0);
    expect([R.Status, R.InterruptStatus, R.QueueReady].map((register) => driver.load(register))).toEqual([0, 0, 0]);
    expect(device.closings).toBe(1);
    driver.store(R.Status, ACCEPTED);
    expect(driver.load(R.Status)).toBe(S.Acknowledge | S.Driver);
    driver.start();
    ask(driver);
    expect(driver.used()).toHaveLength(1);
  });

  test("that cannot be needs a reset: its size, its alignment, its place", () => {
    const wrong: [number, number, string][] = [
      [R.QueueNum, 0, "its size is 0"],
      [R.QueueNum, 12, "its size is 12"],
      [R.QueueNum, 128, "its size is 128"],
      [R.QueueDescLow, RINGS + 8, "its descriptors"],
      [R.QueueDescHigh, 1, "its descriptors"],
      [R.QueueDriverLow, RINGS + 1, "its available ring"],
      [R.QueueDeviceLow, RINGS + 2, "its used ring"],
      [R.QueueDeviceLow, 0x8040_0000 - 8, "its used ring"],
      [R.QueueDeviceHigh, 0xffff_ffff, "its used ring"],
    ];
    for (const [register, value, why] of wrong) {
      const { driver, reports } = echo();
      driver.start();
      driver.store(R.QueueReady, 0);
      driver.store(register, value);
      driver.store(R.QueueReady, 1);
      expect(driver.load(R.QueueReady)).toBe(0);
      expect(driver.load(R.Status)).toBe(RUNNING | S.NeedsReset);
      expect(reports.join()).toContain(why);
    }
  });
});

describe("A broken driver", () => {
  test("is told by an interrupt, and nothing is served until it resets", () => {
    const { driver, plic, reports } = echo();
    driver.start();
    driver.setAvailable(9);
    driver.store(R.QueueNotify, 0);
    expect(driver.load(R.Status)).toBe(RUNNING | S.NeedsReset);
    expect(driver.load(R.InterruptStatus)).toBe(VirtioInterrupt.ConfigChange);
    expect(plic.claim()).toBe(IRQ);
    expect(reports).toEqual([
      "test-slot (echo) needs a reset by its driver: queue 0: 9 requests are outstanding in a ring of 8",
    ]);
    driver.store(R.QueueReady, 1);
    expect(driver.load(R.QueueReady)).toBe(0);
    ask(driver);
    expect(driver.used()).toEqual([]);
    driver.start();
    ask(driver);
    expect(driver.used()).toHaveLength(1);
  });

  test("cannot have more requests outstanding than its ring holds, however slowly it offers them", () => {
    const { driver, device, reports } = echo();
    device.holds = true;
    driver.start();
    driver.describe(0, { paddr: BUFFERS, bytes: 4 });
    for (let n = 0; n < 8; n++) driver.send(0);
    expect(reports).toEqual([]);
    expect(device.held).toHaveLength(8);
    driver.send(0);
    expect(reports).toHaveLength(1);
    expect(device.held).toEqual([]);
  });

  test("that stores anything anywhere never makes the machine throw, nor gets service without DRIVER_OK", () => {
    const random = new Prng(11);
    const { driver, machine, device, slot } = echo();
    let served = 0;
    device.answer = (queue, chain) => {
      served++;
      expect(driver.load(R.Status) & (RUNNING | S.NeedsReset)).toBe(RUNNING);
      queue.complete(chain, chain.write(0, new Uint8Array(8)));
    };
    const addresses = [RINGS, RINGS + 0x1000, RINGS + 0x2000, BUFFERS, 0, 0x803f_fff0, 0xffff_ffff];
    const among = (values: readonly number[]) => values[random.below(values.length)]!;
    for (let round = 0; round < 20_000; round++) {
      const broken = driver.load(R.Status) !== RUNNING || driver.load(R.QueueReady) === 0;
      if (random.below(broken ? 3 : 100) === 0) driver.start(among([0, INDIRECT]));
      if (random.below(20) === 0) {
        const junk = Uint8Array.from({ length: 24 }, () => among([0, 0, 1, random.below(256)]));
        machine.memory.writeBytes(RINGS + random.below(0x3000), junk);
      }
      const paddr = random.below(8) === 0 ? among(addresses) : BUFFERS + random.below(64);
      const flags = random.below(8) === 0 ? random.below(8) : among([0, WRITE]);
      driver.describe(random.below(8), { paddr, bytes: random.below(40), flags, next: random.below(9) });
      if (random.below(2) === 0) driver.send(random.below(9));
      const value = among([0, 1, 8, 15, among(addresses), random.next()]);
      if (random.below(8) === 0) slot.store(random.below(0x48) * 4, value, among([1, 2, 4]));
      const read = slot.load(random.below(0x48) * 4, 4);
      if (!(read >= 0 && read < 2 ** 32)) throw new Error(`read ${read}`);
      const status = driver.load(R.Status);
      if ((status & S.DriverOk) !== 0) expect(status & S.FeaturesOk).not.toBe(0);
    }
    expect(served).toBeGreaterThan(500);
  });
});

describe("The configuration space", () => {
  test("is read in bytes, halves and words, is 0 behind its end, and cannot be written", () => {
    const { slot } = echo();
    slot.store(R.Config, 0xffff_ffff, 4);
    expect(slot.load(R.Config, 4)).toBe(0x0403_0201);
    expect(slot.load(R.Config + 2, 2) & 0xffff).toBe(0x0403);
    expect(slot.load(R.Config + 3, 1) & 0xff).toBe(4);
    expect(slot.load(R.Config + 4, 4)).toBe(0);
  });

  test("that changes has another generation and interrupts", () => {
    const { driver, device, slot, plic } = echo();
    slot.configChanged();
    expect([driver.load(R.ConfigGeneration), driver.load(R.InterruptStatus)]).toEqual([1, 0]);
    driver.start();
    device.config[0] = 9;
    slot.configChanged();
    expect([driver.load(R.ConfigGeneration), driver.load(R.InterruptStatus)]).toEqual([2, 2]);
    expect(plic.claim()).toBe(IRQ);
    expect(slot.load(R.Config, 4)).toBe(0x0403_0209);
  });

  test("Control registers are words: in other widths they read 0 and take nothing", () => {
    const { slot } = echo();
    expect([slot.load(R.MagicValue, 1), slot.load(R.MagicValue, 2)]).toEqual([0, 0]);
    slot.store(R.Status, 1, 1);
    expect(slot.load(R.Status, 4)).toBe(0);
  });

  test("There is no shared memory: every region has the length and base -1", () => {
    const { driver } = echo();
    const read = [R.SHMLenLow, R.SHMLenHigh, R.SHMBaseLow, R.SHMBaseHigh].map((register) => driver.load(register));
    expect(read).toEqual(Array(4).fill(0xffff_ffff));
  });
});
