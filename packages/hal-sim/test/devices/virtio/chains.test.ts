/**
 * Random descriptor tables, good ones and bad ones, walked by the device and by a naive model. A reader that misses any one
 * of the things that can be wrong is told apart.
 */
import { describe, expect, test } from "vitest";
import { DescriptorReader } from "../../../src/devices/virtio/descriptors.js";
import { type DescriptorChain, Prng } from "../../../src/index.js";
import { Rig } from "../../support/rig.js";
import { BUFFERS, type Descriptor, QueueDriver, RINGS } from "../../support/virtio-driver.js";

const COUNT = 4;
const TABLES = 4_000;
const INNER = RINGS + 0x3000;
const RAM_END = 0x8040_0000;
const [NEXT, WRITE, INDIRECT] = [1, 2, 4];

interface World {
  readonly table: readonly Descriptor[];
  /** What an indirect descriptor may refer to. */
  readonly inner: readonly Descriptor[];
  readonly head: number;
  readonly indirect: boolean;
}

function randomWorld(random: Prng): World {
  const among = (values: readonly number[]) => values[random.below(values.length)]!;
  const rarely = (value: number, usual: number) => (random.below(24) === 0 ? value : usual);
  const descriptor = (inner: boolean): Descriptor => {
    const flags = among([
      0,
      WRITE,
      NEXT,
      NEXT,
      NEXT | WRITE,
      inner ? INDIRECT : NEXT,
      rarely(INDIRECT, NEXT),
      rarely(INDIRECT | NEXT, 0),
    ]);
    const refers = (flags & INDIRECT) !== 0 && !inner;
    const paddr = refers
      ? among([RAM_END - 16, INNER, INNER, INNER])
      : rarely(among([0, RAM_END - 2, 2 ** 40]), BUFFERS);
    const bytes = refers ? among([16, 32, 64, 0, 24, rarely(128, 48)]) : rarely(0, 3 + random.below(9));
    return { paddr, bytes, flags, next: rarely(COUNT, random.below(COUNT)) };
  };
  return {
    table: Array.from({ length: COUNT }, () => descriptor(false)),
    inner: Array.from({ length: COUNT }, () => descriptor(true)),
    head: rarely(COUNT, random.below(COUNT)),
    indirect: random.below(4) > 0,
  };
}

/** The chain as a list, written down as the specification reads; null when the driver did wrong. */
function modelled({ table, inner, head, indirect }: World): Descriptor[] | null {
  const follow = (from: readonly Descriptor[], index: number, isInner: boolean, room: number): Descriptor[] | null => {
    const here = from[index];
    if (here === undefined || room === 0) return null;
    const { flags = 0, next = 0, paddr, bytes } = here;
    if (flags & INDIRECT) {
      const fits = bytes > 0 && bytes % 16 === 0 && paddr + bytes <= RAM_END;
      if (isInner || !indirect || flags & NEXT || !fits) return null;
      // The table goes on behind what the test wrote into it with zeros: buffers without bytes.
      const all = Array.from({ length: bytes / 16 }, (_, i) => inner[i] ?? { paddr: 0, bytes: 0 });
      return follow(all, 0, true, room);
    }
    const rest = flags & NEXT ? follow(from, next, isInner, room - 1) : [];
    return rest === null ? null : [here, ...rest];
  };
  const list = follow(table, head, false, COUNT);
  if (list === null) return null;
  const ram = ({ paddr, bytes }: Descriptor) => bytes > 0 && paddr >= 0x8000_0000 && paddr + bytes <= RAM_END;
  const order = list.map(({ flags = 0 }) => flags & WRITE).join("");
  return list.every(ram) && !/20/.test(order) ? list : null;
}

type Walk = (world: World) => DescriptorChain | string;

/** The worlds in which a walk and the model disagree. */
function disagreements(walk: Walk, seed = 3): number {
  const random = new Prng(seed);
  let count = 0;
  for (let n = 0; n < TABLES; n++) {
    const world = randomWorld(random);
    const chain = walk(world);
    const list = modelled(world);
    const sum = (flag: number) =>
      (list ?? []).reduce((bytes, d) => bytes + (((d.flags ?? 0) & WRITE) === flag ? d.bytes : 0), 0);
    const agrees =
      typeof chain === "string"
        ? list === null
        : list !== null && chain.readableBytes === sum(0) && chain.writableBytes === sum(WRITE);
    if (!agrees) count++;
  }
  return count;
}

function walker(): Walk {
  const { machine } = new Rig({ *root() {} });
  const driver = new QueueDriver(machine, machine.virtio[1]!, COUNT);
  return ({ table, inner, head, indirect }) => {
    machine.memory.zero(RINGS, 0x4000);
    table.forEach((descriptor, i) => {
      driver.describe(i, descriptor);
    });
    inner.forEach((descriptor, i) => {
      driver.describe(i, descriptor, INNER);
    });
    return new DescriptorReader(machine.memory, { paddr: RINGS, count: COUNT, indirect }).chain(head);
  };
}

describe("A descriptor chain", () => {
  test(`is taken or refused as by the model, in ${TABLES} random tables`, () => {
    expect(disagreements(walker())).toBe(0);
  });

  test.each([
    ["outside its table", /outside its table/],
    ["loops and long chains", /or a loop/],
    ["indirect descriptors that were not negotiated", /not negotiated/],
    ["nested indirect tables", /indirect itself/],
    ["an indirect descriptor with a next one", /names a next/],
    ["odd indirect tables", /table has/],
    ["indirect tables outside RAM", /table is not in RAM/],
    ["empty buffers", /no bytes/],
    ["buffers outside RAM", /buffer is not in RAM/],
    ["what is read behind what is written", /follows/],
  ])("A reader that does not refuse %s is told apart", (_, reason) => {
    const walk = walker();
    const good = walk({ table: [{ paddr: BUFFERS, bytes: 1 }], inner: [], head: 0, indirect: false });
    const blind: Walk = (world) => {
      const chain = walk(world);
      return typeof chain === "string" && reason.test(chain) ? good : chain;
    };
    expect(disagreements(blind)).toBeGreaterThan(0);
  });
});

describe("The bytes of a chain", () => {
  /** Readable: 3 + 5 bytes; writable: 4 + 2 bytes, with a gap between. */
  function chainOf() {
    const { machine } = new Rig({ *root() {} });
    const driver = new QueueDriver(machine, machine.virtio[1]!, 4);
    machine.memory.writeBytes(
      BUFFERS,
      Uint8Array.from({ length: 64 }, (_, i) => i),
    );
    driver.chain(
      { paddr: BUFFERS, bytes: 3 },
      { paddr: BUFFERS + 10, bytes: 5 },
      { paddr: BUFFERS + 20, bytes: 4, flags: WRITE },
      { paddr: BUFFERS + 30, bytes: 2, flags: WRITE },
    );
    const reader = new DescriptorReader(machine.memory, { paddr: RINGS, count: 4, indirect: false });
    return { driver, chain: reader.chain(0) as DescriptorChain };
  }

  test("are one string each way, whatever the cut", () => {
    const { driver, chain } = chainOf();
    const read = (at: number, count: number) => {
      const into = new Uint8Array(count);
      return [chain.read(at, into), ...into];
    };
    expect([chain.readableBytes, chain.writableBytes]).toEqual([8, 6]);
    expect(read(0, 8)).toEqual([8, 0, 1, 2, 10, 11, 12, 13, 14]);
    expect(read(2, 3)).toEqual([3, 2, 10, 11]);
    expect(read(7, 4)).toEqual([1, 14, 0, 0, 0]);
    expect(read(8, 1)).toEqual([0, 0]);
    expect(chain.write(3, Uint8Array.of(201, 202))).toBe(2);
    expect(driver.bytes(BUFFERS + 20, 12)).toEqual([20, 21, 22, 201, 24, 25, 26, 27, 28, 29, 202, 31]);
  });

  test("end where the driver's buffers end: what is too much is not written", () => {
    const { driver, chain } = chainOf();
    expect(chain.write(0, new Uint8Array(100).fill(255))).toBe(6);
    const bytes = driver.bytes(BUFFERS, 64);
    expect(bytes.filter((byte, i) => byte !== i)).toEqual(Array(6).fill(255));
  });
});
