import { describe, expect, test } from "vitest";
import { DescriptorFlag, Prng } from "../../../src/index.js";
import { EchoDevice } from "../../support/echo-device.js";
import { Rig } from "../../support/rig.js";
import { BUFFERS, INDIRECT, QueueDriver, testSlot } from "../../support/virtio-driver.js";

const SIZE = 8;

/**
 * Offer requests and let a device answer them in random order; what the driver gets back is checked: every request once,
 * and no more bytes than it has room for. Returns what is wrong first, or null.
 */
function played(device: EchoDevice, requests: number, seed: number): string | null {
  const random = new Prng(seed);
  const { machine } = new Rig({ *root() {} });
  const driver = new QueueDriver(machine, testSlot(machine, device).slot, SIZE).start();
  device.holds = true;
  const free = new Set(Array.from({ length: SIZE }, (_, head) => head));
  const room = new Map<number, number>();
  let answered = 0;
  for (let sent = 0; answered < requests; ) {
    if (free.size > 0 && sent < requests && random.below(2) === 0) {
      const head = [...free][random.below(free.size)]!;
      const bytes = 1 + random.below(30);
      driver.describe(head, { paddr: BUFFERS + 32 * head, bytes, flags: DescriptorFlag.Write });
      free.delete(head);
      room.set(head, bytes);
      driver.send(head);
      sent++;
    } else if (device.held.length > 0) {
      const [request] = device.held.splice(random.below(device.held.length), 1);
      device.answer(request!.queue, request!.chain);
    }
    for (const { head, bytes } of driver.used()) {
      if (free.has(head)) return `request ${head} came back and was not outstanding, after ${answered}`;
      if (bytes > room.get(head)!) return `request ${head} came back with ${bytes} of ${room.get(head)} bytes`;
      free.add(head);
      answered++;
    }
  }
  return null;
}

describe("A virtqueue", () => {
  test("gives every request back once, in any order, over the wrap of its indexes", () => {
    expect(played(new EchoDevice(), 70_000, 1)).toBe(null);
  });

  test("A device that gives a request back twice, or says more than it wrote, is found", () => {
    const twice = new EchoDevice();
    let n = 0;
    twice.answer = (queue, chain) => {
      queue.complete(chain, 1);
      if (++n === 500) queue.complete(chain, 1);
    };
    expect(played(twice, 1000, 2)).toMatch(/was not outstanding/);
    const boastful = new EchoDevice();
    boastful.answer = (queue, chain) => queue.complete(chain, 30);
    expect(played(boastful, 1000, 3)).toMatch(/came back with 30 of/);
  });

  test("takes a request in one indirect table as it takes one in descriptors", () => {
    const { machine } = new Rig({ *root() {} });
    const { slot, reports } = testSlot(machine, new EchoDevice());
    const driver = new QueueDriver(machine, slot, SIZE).start(INDIRECT);
    const table = BUFFERS + 1024;
    machine.memory.writeBytes(BUFFERS, Uint8Array.of(1, 2, 3, 4, 5));
    driver.describe(0, { paddr: BUFFERS, bytes: 5, flags: DescriptorFlag.Next, next: 1 }, table);
    driver.describe(1, { paddr: BUFFERS + 100, bytes: 9, flags: DescriptorFlag.Write }, table);
    driver.describe(6, { paddr: table, bytes: 32, flags: DescriptorFlag.Indirect });
    driver.send(6);
    expect(reports).toEqual([]);
    expect(driver.used()).toEqual([{ head: 6, bytes: 5 }]);
    expect(driver.bytes(BUFFERS + 100, 6)).toEqual([1, 2, 3, 4, 5, 0]);
  });

  test("What a driver does to descriptors after the device took them changes nothing", () => {
    const { machine } = new Rig({ *root() {} });
    const device = new EchoDevice();
    const driver = new QueueDriver(machine, testSlot(machine, device).slot, SIZE).start();
    device.holds = true;
    driver.chain({ paddr: BUFFERS, bytes: 4 }, { paddr: BUFFERS + 8, bytes: 4, flags: DescriptorFlag.Write });
    driver.send(0);
    driver.describe(1, { paddr: 0, bytes: 2 ** 32 - 1 });
    machine.memory.writeBytes(BUFFERS, Uint8Array.of(9, 8, 7, 6));
    device.answer(device.held[0]!.queue, device.held[0]!.chain);
    expect(driver.bytes(BUFFERS + 8, 4)).toEqual([9, 8, 7, 6]);
  });
});
