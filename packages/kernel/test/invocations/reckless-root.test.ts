/**
 * A root task that calls anything with anything: it holds every capability there is and ends by its own hand, sooner or
 * later. The kernel does not. A failing run is repeated with -t "seed N".
 */
import {
  seL4_CapASIDControl,
  seL4_CapDomain,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadSC,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { Dice } from "../support/dice.js";
import { type Cell, hostileCall } from "../support/hostile-call.js";
import type { Kit } from "../support/kit.js";
import { bootScene } from "../support/scene.js";

const SEEDS = 60;
const CALLS = 200;
const EVENTS = 3000;

/** What the root task holds, as a cell. */
function ownCell({ bootinfo }: Kit, objects: Readonly<Record<string, number>>): Cell {
  const range = ({ start, end }: { start: number; end: number }) =>
    Array.from({ length: end - start }, (_, i) => start + i);
  const memory = range(bootinfo.untyped).filter((_, i) => bootinfo.untypedList[i]?.isDevice === false);
  const own = Object.entries(objects).map(([kind, slot]) => [kind, [slot]]);
  return {
    slots: bootinfo.empty.start + 40,
    root: seL4_CapInitThreadCNode,
    byKind: {
      ...Object.fromEntries(own),
      root: [seL4_CapInitThreadCNode],
      cnode: [seL4_CapInitThreadCNode],
      tcb: [seL4_CapInitThreadTCB],
      vspace: [seL4_CapInitThreadVSpace],
      irqControl: [seL4_CapIRQControl],
      asidControl: [seL4_CapASIDControl],
      asidPool: [seL4_CapInitThreadASIDPool],
      domain: [seL4_CapDomain],
      sc: [seL4_CapInitThreadSC],
      schedControl: range(bootinfo.schedcontrol),
      frame: [...range(bootinfo.userImageFrames), seL4_CapInitThreadIPCBuffer],
      pageTable: range(bootinfo.userImagePaging),
      untyped: memory,
    },
  };
}

describe("A reckless root task", () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("leaves the kernel whole (seed %i)", (seed) => {
    let calls = 0;
    const scene = bootScene<void>(function* (kit) {
      const endpoint = yield* kit.endpoint();
      const notification = yield* kit.notification();
      const cell = ownCell(kit, { endpoint, notification, reply: yield* kit.reply() });
      const dice = new Dice(seed);
      while (calls++ < CALLS) yield* hostileCall(dice, cell);
    });
    const stop = scene.machine.run({ events: EVENTS });
    expect(stop.message).not.toMatch(/halted/);
    expect(scene.kernel.checkInvariants()).toEqual([]);
    expect(calls).toBeGreaterThan(0);
  });
});
