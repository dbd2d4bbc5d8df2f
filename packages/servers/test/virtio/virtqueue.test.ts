/** The driver's side of a virtqueue, against a device that the test plays in the same memory, and that may lie. */
import { describe, expect, it } from "vitest";
import { queueBytes, Virtqueue } from "../../src/virtio/virtqueue.js";
import { ADDRESS, MereMemory } from "../common/mere-memory.js";

/** Where the device finds what the driver sees at ADDRESS. */
const PHYSICAL = 0x1_8000_0000;
const SEEDS = 30;
const STEPS = 400;

interface Piece {
  readonly physical: number;
  readonly bytes: number;
}

/** A request as the device finds it. */
interface Found {
  readonly head: number;
  readonly readable: Piece[];
  readonly writable: Piece[];
}

/** Memory with a queue in it, and both its sides. */
class Bench {
  readonly #size: number;
  readonly #memory: MereMemory;
  readonly #view: DataView;
  readonly queue: Virtqueue<number>;
  #taken = 0;
  #used = 0;

  constructor(size: number) {
    this.#size = size;
    const bytes = new Uint8Array(8192).fill(0xaa);
    this.#memory = new MereMemory(bytes);
    this.#view = new DataView(bytes.buffer);
    this.queue = new Virtqueue(0, size, { address: ADDRESS, physical: PHYSICAL });
    this.#memory.run(this.queue.clear());
    expect(bytes.subarray(queueBytes(size)).every((byte) => byte === 0xaa)).toBe(true);
  }

  add(request: number, readable: readonly Piece[], writable: readonly Piece[]): boolean {
    return this.#memory.run(this.queue.add(request, readable, writable));
  }

  take() {
    return this.#memory.run(this.queue.take());
  }

  /** As a device: the next request. */
  find(): Found | null {
    const { available, descriptors } = this.queue.places;
    if (this.#view.getUint16(available + 2, true) === this.#taken) return null;
    const head = this.#view.getUint16(available + 4 + 2 * (this.#taken % this.#size), true);
    this.#taken = (this.#taken + 1) & 0xffff;
    const found: Found = { head, readable: [], writable: [] };
    for (let at = head, isLast = false; !isLast; ) {
      const place = descriptors + 16 * at;
      const physical = this.#view.getUint32(place, true) + this.#view.getUint32(place + 4, true) * 2 ** 32;
      const flags = this.#view.getUint16(place + 12, true);
      const part = (flags & 2) === 0 ? found.readable : found.writable;
      part.push({ physical, bytes: this.#view.getUint32(place + 8, true) });
      isLast = (flags & 1) === 0;
      at = this.#view.getUint16(place + 14, true);
    }
    return found;
  }

  /** As a device: it is done, or so it says. */
  complete(head: number, written: number): void {
    const entry = this.queue.places.used + 4 + 8 * (this.#used % this.#size);
    this.#view.setUint32(entry, head, true);
    this.#view.setUint32(entry + 4, written, true);
    this.claim(1);
  }

  /** As a device: write to all that it has only to read. */
  scribble(): void {
    const { available, used } = this.queue.places;
    for (let at = 0; at < used; at++) if (at !== available + 2 && at !== available + 3) this.#view.setUint8(at, 0xff);
  }

  /** As a device: so many more are done, whatever the ring holds. */
  claim(more: number): void {
    this.#used = (this.#used + more) & 0xffff;
    this.#view.setUint16(this.queue.places.used + 2, this.#used, true);
  }
}

/** Numbers below `below`, by a seed. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("a virtqueue", () => {
  it("carries requests of any pieces there, and back in any order, as a list of them says", () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const roll = dice(seed);
      const bench = new Bench(2 ** roll(6));
      const waiting: (Found & { request: number })[] = [];
      const atDevice: (Found & { request: number })[] = [];
      let serial = 0;
      let room = bench.queue.room;
      for (let step = 0; step < STEPS; step++) {
        const some = (count: number): Piece[] =>
          Array.from({ length: count }, () => ({ physical: roll(2 ** 40), bytes: 1 + roll(5000) }));
        const [readable, writable] = [some(roll(4)), some(roll(4))];
        const pieces = readable.length + writable.length;
        switch (roll(3)) {
          case 0: {
            if (pieces === 0) break;
            const added = bench.add(serial, readable, writable);
            expect(added, `seed ${seed}, step ${step}`).toBe(pieces <= room);
            if (!added) break;
            waiting.push({ head: -1, request: serial++, readable, writable });
            room -= pieces;
            break;
          }
          case 1: {
            const found = bench.find();
            const expected = waiting.shift();
            expect(found === null, `seed ${seed}, step ${step}`).toBe(expected === undefined);
            if (found === null || expected === undefined) break;
            const { request: _, ...asked } = expected;
            expect(found, `seed ${seed}, step ${step}`).toEqual({ ...asked, head: found.head });
            atDevice.push({ ...expected, head: found.head });
            break;
          }
          default: {
            const [done] = atDevice.splice(roll(atDevice.length), 1);
            if (done === undefined) break;
            const most = done.writable.reduce((sum, { bytes }) => sum + bytes, 0);
            const written = roll(most + 1);
            bench.complete(done.head, written);
            expect(bench.take(), `seed ${seed}, step ${step}`).toEqual({ request: done.request, written });
            room += done.readable.length + done.writable.length;
          }
        }
        expect(bench.take(), `seed ${seed}, step ${step}`).toBeNull();
        expect([bench.queue.room, bench.queue.underWay.length]).toEqual([room, waiting.length + atDevice.length]);
      }
    }
  });

  it("goes on when its indices have passed 2^16", () => {
    const bench = new Bench(4);
    for (let i = 0; i < 70_000; i++) {
      bench.add(i, [{ physical: 8 * i, bytes: 8 }], []);
      const found = bench.find();
      if (found?.readable[0]?.physical !== 8 * i) expect(found).toBe(i);
      bench.complete(found?.head ?? 0, 0);
      const taken = bench.take();
      if (taken === null || taken === "broken" || taken.request !== i) expect(taken).toBe(i);
    }
  });

  it("a request without pieces is a mistake of the driver's", () => {
    expect(() => new Bench(4).add(1, [], [])).toThrow("at least one piece");
  });
});

describe("what the device writes is not believed:", () => {
  const piece = { physical: PHYSICAL, bytes: 100 };
  const lies: readonly [lie: string, tell: (bench: Bench, head: number) => void][] = [
    ["more requests have come back than were made", (bench) => bench.claim(2)],
    ["the index went back", (bench) => bench.claim(-1)],
    ["a descriptor that there is not", (bench) => bench.complete(0xffff_ffff, 0)],
    ["a descriptor inside of a request", (bench, head) => bench.complete(head ^ 1, 0)],
    ["more bytes than there was room for", (bench, head) => bench.complete(head, 201)],
  ];
  it.each(lies)("%s (broken)", (_, tell) => {
    const bench = new Bench(4);
    bench.add(7, [piece], [piece, piece]);
    const { head = 0 } = bench.find() ?? {};
    tell(bench, head);
    expect(bench.take()).toBe("broken");
    expect(bench.queue.underWay).toEqual([7]);
  });

  it("a request that has come back already (broken)", () => {
    const bench = new Bench(4);
    bench.add(7, [piece], []);
    bench.add(8, [piece], []);
    const { head = 0 } = bench.find() ?? {};
    bench.complete(head, 0);
    expect(bench.take()).toEqual({ request: 7, written: 0 });
    bench.complete(head, 0);
    expect(bench.take()).toBe("broken");
  });

  it("nothing of the descriptors or of the available ring is read again", () => {
    const bench = new Bench(4);
    bench.add(7, [piece], [piece]);
    const { head = 0 } = bench.find() ?? {};
    bench.complete(head, 100);
    bench.scribble();
    expect(bench.take()).toEqual({ request: 7, written: 100 });
    bench.add(8, [piece], [piece]);
    expect(bench.find()).toEqual({ head: expect.any(Number), readable: [piece], writable: [piece] });
  });
});
