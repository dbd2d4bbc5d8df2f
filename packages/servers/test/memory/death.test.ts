/** What the death of a memory server takes with it, and what the next one begins with. */
import { store, type Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld } from "@tessera/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { calls, component, must, Spaces } from "../../src/index.js";
import { Pager } from "../../src/memory/pager.js";
import { existing } from "../root/existing.js";
import { HEAP, type Loader, PAGE, runSystem } from "./loader.js";

/** How badges begin of sessions that an operation has opened. */
const OPENED = "0x80000";
const SOON = { firstUs: 1000, mostUs: 4000 };

/** The next touch of memory by a message is the server's last. */
function lastTouch(): void {
  const touch = vi.spyOn(Pager.prototype, "touch");
  // biome-ignore lint/correctness/useYield: it dies at once
  touch.mockImplementationOnce(function* () {
    throw new Error("on purpose");
  });
}

/** What was seen of it. */
interface Told {
  readonly watcher: (string | null)[];
  /** To calls that it dies of, or does not: of a space, by that space's session. */
  readonly answers: (string | null)[];
  /** Of a thread in that space. */
  turns: number;
  turnsAfter: number[];
}

/** A space with a thread in it that never ends, memory by messages, then the death of the server if there is to be one. */
function run(dies: boolean): { readonly told: Told; readonly world: BootedWorld<void>; readonly kept: unknown } {
  const told: Told = { watcher: [], answers: [], turns: 0, turnsAfter: [] };
  const watcher = component("watcher", {
    needs: { spaces: calls(Spaces) },
    *main({ spaces }) {
      for (;;) told.watcher.push((yield* spaces.watch()).error);
    },
  });
  const doings = {
    *thrash(): Thread {
      for (; ; told.turns++) for (let i = 0; i < 12; i++) yield* store(HEAP + i * PAGE, i);
    },
  };
  const live = function* (loader: Loader): Thread {
    told.turns = 0;
    const space = yield* loader.space(6, 24);
    must(yield* space.anonymous({ address: HEAP, bytes: 12 * PAGE, access: "rw" }));
    const { dataspace } = must(yield* loader.spaces.dataspace({ bytes: 4 * PAGE }));
    must(yield* space.map({ address: 2 * HEAP, bytes: PAGE, access: "rw", dataspace, offset: 0, copy: true }));
    yield* loader.start(space, "thrash");
    while (told.turns < 3) must(yield* space.stat());
    if (dies) lastTouch();
    told.answers.push((yield* space.read({ address: HEAP, length: 1 })).error);
    told.answers.push((yield* space.stat()).error);
    const { turns } = told;
    for (let i = 0; i < 20; i++) must(yield* loader.spaces.stat());
    told.turnsAfter.push(told.turns - turns);
    yield* loader.reset();
    for (const session of [space, dataspace]) yield* session.close();
    const { frames, freeFrames, slots, freeSlots, reserved } = must(yield* loader.spaces.stat());
    expect([freeFrames, freeSlots, reserved]).toEqual([frames, slots, 0]);
  };
  const world = runSystem(
    {
      doings,
      frames: 16,
      swap: 64,
      restart: SOON,
      mayDie: true,
      others: [[watcher, 150]],
    },
    function* (loader) {
      yield* live(loader);
      // The second time nobody dies: what there is then is what there always was.
      dies = false;
      yield* live(loader);
    },
  );
  const { objects, capabilities, ...rest } = world.kernel.snapshot();
  const lasting = capabilities.flatMap((one) => {
    const { kind, badge } = one;
    // By what its callers signal it a server learns when they are used for the first time.
    if (kind === "notification") return [];
    // Its session of the swap file is a later one.
    return [kind === "endpoint" && badge.startsWith(OPENED) ? { ...one, badge: OPENED } : one];
  });
  return { told, world, kept: existing({ ...rest, objects, capabilities: lasting }) };
}

describe("A memory server that dies", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("is gone for who waits, knows no session any more, and its threads stop where they are", () => {
    const { told, world } = run(true);
    expect(world.output).toMatch(/memory died: it threw an error, restarting in 1 ms/);
    expect(told.answers).toEqual(["Gone", "Closed", null, null]);
    expect(told.watcher).toEqual(["Gone"]);
    expect(told.turnsAfter).toEqual([0, expect.toSatisfy((turns) => turns > 0)]);
  });

  it("leaves nothing in the kernel, and the next one does what it did", () => {
    expect(run(true).kept).toEqual(run(false).kept);
  });

  it("is watched in vain as long as it lives", () => {
    expect(run(false).told).toMatchObject({ watcher: [], answers: [null, null, null, null] });
  });
});
