import type { BootedWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { component, must, type PlannedSlot, slotCount } from "../../src/index.js";
import { ALL, counter, keys, store } from "./desk.js";
import { bootPlan, type Entry, planOf } from "./planned.js";

type Kernel = BootedWorld<void>["kernel"];
type CapabilitySnapshot = ReturnType<Kernel["snapshot"]>["capabilities"][number];

/** A clock, and a messenger for each of three servers. */
const COMPANIONS = 4;

/** What the client of everything has seen. */
interface Seen {
  sum: number;
  cell: number;
  open: number;
  counts: number[];
  scratch: number[];
  key: number;
}

function deskOf(seen: Partial<Seen>): Entry[] {
  const editor = component("editor", {
    needs: ALL,
    *main({ keys, store, scratch, counter }) {
      yield* store.window?.write(0, Uint8Array.of(1, 2, 3)) ?? [];
      seen.sum = must(yield* store.sum({ length: 3 })).sum;
      const { cell } = must(yield* store.open());
      must(yield* cell.set({ value: 7 }));
      seen.cell = must(yield* cell.get()).value;
      seen.open = must(yield* store.sessions()).open;
      yield* cell.close();
      seen.counts = [must(yield* counter.next()).value, must(yield* counter.next()).value];
      const first = must(yield* scratch.first());
      seen.scratch = [first.word, first.physical, must(yield* scratch.first()).word];
      seen.key = must(yield* keys.key()).byte;
    },
  });
  return [
    { component: keys, priority: 150 },
    { component: store, priority: 140 },
    { component: counter, priority: 130 },
    { component: editor, priority: 100, restart: null },
  ];
}

function capabilitiesOf(kernel: Kernel, cnode: string): readonly CapabilitySnapshot[] {
  const { objects, capabilities } = kernel.snapshot();
  const home = objects.find(({ name, kind }) => name === cnode && kind === "cnode");
  return capabilities.filter((capability) => capability.home === home?.id);
}

/** How many there are of each kind. */
function countKinds(capabilities: readonly CapabilitySnapshot[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of capabilities) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function sum(parts: readonly Record<string, number>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const part of parts) for (const [kind, count] of Object.entries(part)) total[kind] = (total[kind] ?? 0) + count;
  return total;
}

/** Booted, and run until everybody waits. */
function settledDesk(): { kernel: Kernel; entries: Entry[] } {
  const entries = deskOf({});
  const { machine, kernel } = bootPlan(entries);
  expect(machine.run({ events: 50_000 }).reason).toBe("idle");
  return { kernel, entries };
}

describe("A plan that is built", () => {
  it("runs: calls, sessions, a window, memory, an interrupt and a passive server", () => {
    const seen: Partial<Seen> = {};
    const world = bootPlan(deskOf(seen));
    world.machine.run({ events: 50_000 });
    world.input("k");
    world.machine.run({ events: 50_000 });
    expect(seen).toMatchObject({ sum: 6, cell: 7, open: 1, counts: [1, 2], key: "k".charCodeAt(0) });
    const [before, physical, after] = seen.scratch as [number, number, number];
    expect([before, after]).toEqual([0, 1]);
    expect(physical).toBeGreaterThan(0x8000_0000);
    expect(world.output).toBe("editor has ended\n");
  });

  it("leaves in the CSpace of each component what the plan says, slot by slot", () => {
    const { kernel, entries } = settledDesk();
    const kinds: Record<PlannedSlot["what"], string> = {
      cnode: "cnode",
      endpoint: "endpoint",
      notification: "notification",
      parent: "endpoint",
      calls: "endpoint",
      interrupt: "irqHandler",
      untyped: "untyped",
      spaces: "asidPool",
      ownSpace: "pageTable",
      priorities: "thread",
      time: "schedContext",
      leftover: "schedContext",
      programs: "frame",
      replies: "reply",
      callers: "notification",
    };
    const letters: Record<string, string> = { WP: "WP", WGP: "WGP", RWGP: "RWGP" };
    for (const { name, slots } of planOf(entries).components) {
      const planned = slots.flatMap((slot) => {
        const count = slotCount(slot);
        if (slot.what === "replies" || slot.what === "callers" || count > 1) {
          const kind = kinds[slot.what];
          return Array.from({ length: count }, (_, i) => ({ index: slot.slot + i, kind }));
        }
        const more =
          slot.what === "calls" || slot.what === "parent"
            ? { badge: `0x${slot.badge.toString(16)}`, rights: letters[slot.what === "calls" ? slot.rights : "WP"] }
            : {};
        return [{ index: slot.slot, kind: kinds[slot.what], ...more }];
      });
      const there = capabilitiesOf(kernel, `${name}.cspace`);
      expect(there, name).toHaveLength(planned.length);
      expect(there, name).toMatchObject(planned);
    }
  });

  it("leaves the root task with nothing that supervision does not need", () => {
    const { kernel } = settledDesk();
    // Itself; for each component CNode and thread; for a passive one its time.
    const own = { cnode: 1 + 4, thread: 4 + COMPANIONS, schedContext: 1 };
    // Of three servers: endpoint, notification, reply objects; and the capabilities by which it tells them of deaths.
    const ofServers = { endpoint: 3 + 3, notification: 3, reply: 9 + 9 + 1 };
    // Four edges and four ways to hear of an end; its own endpoint and reply object; the messengers' reports.
    const ofEdges = { endpoint: 4 + 4 + 1 + 3, reply: 1 };
    // One interrupt with its signal, and the clock's.
    const ofInterrupts = { irqHandler: 1, notification: 1 + 1 };
    expect(countKinds(capabilitiesOf(kernel, "rootserver.cspace"))).toEqual(
      sum([own, ofServers, ofEdges, ofInterrupts]),
    );
  });

  it("puts away what has to exist where nobody can reach it", () => {
    const { kernel } = settledDesk();
    const { capabilities, objects } = kernel.snapshot();
    const vaults = objects.filter(({ name }) => name.startsWith("vault"));
    expect(vaults).toHaveLength(1);
    for (const { id } of vaults) {
      expect(capabilities.filter(({ object }) => object === id).map(({ home }) => home)).toEqual([id]);
    }
    // No memory that could be given out, and no time, is left to anybody.
    const kinds = countKinds(capabilities);
    for (const kind of ["untyped", "irqControl", "asidControl", "schedControl", "domain"]) {
      expect(kinds, kind).not.toHaveProperty(kind);
    }
  });
});
