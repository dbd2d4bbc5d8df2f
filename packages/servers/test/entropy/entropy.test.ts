/** Random bytes from the device, each for one caller. */
import { cspace_alloc_slot, cspace_copy } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights, seL4_CapInitThreadVSpace, seL4_RISCV_ExecuteNever, throwOnError } from "@tessera/libsel4";
import { expectNoLeaks, type WorldHost } from "@tessera/testing";
import { map_frame } from "@tessera/ut-alloc";
import { expect, it } from "vitest";
import { Registers } from "../../src/common/registers.js";
import { type Client, calls, component, ENTROPY_BYTES, Entropy, entropyServer, must } from "../../src/index.js";
import { VirtioRegister } from "../../src/virtio/registers.js";
import { awaitEnd, bury, letRun, type Rig, rigged, type Started } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

type Source = Client<typeof Entropy>;

const asker = (main: (entropy: Source) => Thread) =>
  component("asker", {
    needs: { entropy: calls(Entropy) },
    *main({ entropy }) {
      yield* main(entropy);
    },
  });

interface Special {
  readonly seed?: number;
  readonly meanwhile?: (rig: Rig, driver: Started) => Thread;
  readonly reports?: string[];
}

/** The driver and its clients; `meanwhile` is what the root task does when they are started. */
function supplied(
  clients: readonly ReturnType<typeof asker>[],
  { seed = 1, meanwhile = function* () {}, reports = [] }: Special = {},
) {
  const programs = Object.fromEntries(clients.map((client, n) => [`client${n}`, client]));
  return rigged(
    { entropy: entropyServer, ...programs },
    function* (rig, start) {
      const edges = clients.map((_, n) => ({ badge: 0x101 + n, offer: 1 }));
      const driver = yield* start("entropy", { priority: 200, clients: edges });
      for (const n of clients.keys()) {
        yield* start(`client${n}`, { priority: 100 - n, needs: { entropy: { ep: driver.ep, badge: 0x101 + n } } });
      }
      yield* meanwhile(rig, driver);
    },
    { machine: { seed, onReport: (text) => reports.push(text) } },
  );
}

function* draw(entropy: Source, length: number): Thread<Uint8Array> {
  return must(yield* entropy.bytes({ length })).bytes;
}

/** What is drawn by calls of these lengths on a machine of this seed. */
function drawn(lengths: readonly number[], seed = 1): number[] {
  const bytes: number[] = [];
  supplied(
    [
      asker(function* (entropy) {
        for (const length of lengths) {
          const some = yield* draw(entropy, length);
          expect(some).toHaveLength(length);
          bytes.push(...some);
        }
      }),
    ],
    { seed },
  );
  return bytes;
}

it("gives as many bytes as are asked for, one stream however they are asked, another one for each seed", () => {
  const whole = drawn([256, 256]);
  expect(drawn([1, 2, 200, 0, 53, 256])).toEqual(whole);
  expect(drawn([256, 256], 2)).not.toEqual(whole);
  expect(new Set(whole).size).toBeGreaterThan(200);
});

it("gives each byte to one caller, in the order in which they came", () => {
  const whole = drawn([256, 256, 256]);
  const got: number[][] = [];
  const asks = (length: number) =>
    asker(function* (entropy) {
      got.push([...(yield* draw(entropy, length))]);
    });
  supplied([asks(200), asks(256), asks(10), asks(256)]);
  expect(got.map((bytes) => bytes.length)).toEqual([200, 256, 10, 256]);
  expect(got.flat()).toEqual(whole.slice(0, 722));
});

it("more than a message holds is TooMany, and asks the device for nothing", () => {
  const seen: unknown[] = [];
  supplied([
    asker(function* (entropy) {
      seen.push(yield* entropy.bytes({ length: ENTROPY_BYTES + 1 }), yield* entropy.bytes({ length: 0xffff_ffff }));
    }),
  ]);
  expect(seen).toEqual([{ error: "TooMany" }, { error: "TooMany" }]);
});

it("a device that stops working is told to who waits and to all who ask then (Broken)", () => {
  const seen: unknown[] = [];
  const ask = asker(function* (entropy) {
    seen.push((yield* entropy.bytes({ length: 16 })).error, (yield* entropy.bytes({ length: 1 })).error);
  });
  const reports: string[] = [];
  supplied([ask, ask], {
    reports,
    *meanwhile({ cspace }, { pages }) {
      yield* letRun();
      // While they wait, the queue is opened again where none can be: the device refuses it.
      const page = yield* cspace_alloc_slot(cspace);
      yield* cspace_copy(cspace, page, cspace, pages.get("rng")?.pages[0] ?? 0, seL4_AllRights);
      const [vspace, address] = [seL4_CapInitThreadVSpace, 0x7000_0000];
      throwOnError(yield* map_frame(cspace, page, vspace, address, seL4_AllRights, seL4_RISCV_ExecuteNever));
      const registers = new Registers({ address }, 4);
      yield* registers.store(VirtioRegister.QueueReady, 0);
      yield* registers.store(VirtioRegister.QueueDescLow, 1);
      yield* registers.store(VirtioRegister.QueueReady, 1);
    },
  });
  expect(seen).toEqual(["Broken", "Broken", "Broken", "Broken"]);
  expect(reports.join()).toContain("needs a reset by its driver");
});

it("who dies while it waits keeps nobody behind, and a flood leaves nothing behind", () => {
  const seen: unknown[] = [];
  let host: WorldHost | null = null;
  const dies = asker(function* (entropy) {
    for (;;) yield* draw(entropy, 256); // it is killed while it waits
  });
  const flood = asker(function* (entropy) {
    yield* draw(entropy, 256);
    const before = host?.kernel.snapshot();
    for (let i = 0; i < 50; i++) yield* draw(entropy, 200);
    if (host !== null && before !== undefined) expectNoLeaks(host.kernel, before);
    seen.push("flood");
  });
  rigged({ entropy: entropyServer, dies, flood }, function* (rig, start) {
    host = rig.host;
    const clients = [0x101, 0x102].map((badge) => ({ badge, offer: 1 }));
    const { ep } = yield* start("entropy", { priority: 254, clients });
    let before = rig.host.kernel.snapshot();
    for (let i = 0; i < 5; i++) {
      if (i === 1) before = rig.host.kernel.snapshot();
      const dead = yield* start("dies", { priority: 253, needs: { entropy: { ep, badge: 0x101 } } });
      yield* letRun();
      yield* bury(rig, dead, [{ ep, badge: 0x101 }]);
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
    yield* start("flood", { priority: 100, needs: { entropy: { ep, badge: 0x102 } } });
    yield* awaitEnd(rig);
  });
  expect(seen).toEqual(["flood"]);
});

it("its README shows what a run says", () => {
  const said: string[] = [];
  supplied([
    asker(function* (entropy) {
      for (const length of [4, 8, 300]) {
        const answer = yield* entropy.bytes({ length });
        const what = answer.error ?? [...answer.bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
        said.push(`${length} bytes: ${what}`);
      }
    }),
  ]);
  expectInReadme("entropy", said);
});
