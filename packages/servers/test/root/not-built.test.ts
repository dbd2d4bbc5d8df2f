/** Plans that cannot be built: one sentence, with the component and the step, before any component has run. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_PageBits,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  throwOnError,
} from "@tessera/libsel4";
import { bootWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { calls, component, type Plan, planImage } from "../../src/index.js";
import { rootOf, runPlan } from "../../src/root/plan-root.js";
import { rowBytes } from "../../src/root/rows.js";
import { Counter, counter, Keys, keys, Store, store } from "./desk.js";
import { type Entry, planOf } from "./planned.js";

let started = 0;
const client = component("client", {
  needs: { keys: calls(Keys), store: calls(Store, { window: 1 }), counter: calls(Counter) },
  // biome-ignore lint/correctness/useYield: it only begins
  *main() {
    started++;
  },
});
const entries: Entry[] = [
  { component: keys, priority: 150 },
  { component: store, priority: 140 },
  { component: counter, priority: 130 },
  { component: client, priority: 100 },
];
const components = entries.map((entry) => entry.component);
const plan = planOf(entries);
const SENTENCE = /^desk cannot be built: (keys|store|counter|client|the root task), [^:]+: .+\n$/;

/** What the root task gets to see of its BootInfo. */
type Limit = (bootinfo: seL4_BootInfo) => Thread<seL4_BootInfo>;

/** What the root task says of a plan when it cannot build it; empty when it can. */
function saidOf(wanted: Plan, limit: Limit | null = null): string {
  const { programs } = planImage(plan, components);
  started = 0;
  programs.root = rootOf(function* (bootinfo) {
    yield* runPlan(limit === null ? bootinfo : yield* limit(bootinfo), wanted);
  });
  const world = bootWorld({
    programs,
    mayThrow: Object.keys(programs),
    onReport: () => {},
    machine: { ramBytes: 8 * 1024 * 1024 },
    kernel: { checkInvariants: false, rootCNodeBits: 11 },
  });
  const stop = world.machine.run({ events: 100_000 });
  expect(stop.reason).toBe(started === 1 ? "idle" : "halted");
  expect(world.kernel.checkInvariants()).toEqual([]);
  return stop.reason === "halted" ? world.output : "";
}

/** So many pages, each an untyped of its own, and one untyped for rows. */
function onlyPages(pages: number): Limit {
  return function* ({ untypedList, untyped, empty, ...bootinfo }) {
    const rows = untypedList.findIndex(({ isDevice, sizeBits }) => !isDevice && 2 ** sizeBits >= rowBytes(plan));
    const large = untypedList.findIndex(({ isDevice, sizeBits }, i) => i !== rows && !isDevice && sizeBits >= 20);
    const cap = untyped.start + large;
    let list = untypedList.map((one, i) => (one.isDevice || i === rows ? one : { ...one, sizeBits: 0 }));
    let next = empty.start;
    for (let i = 0; i < pages; i++, next++) {
      const node = seL4_CapInitThreadCNode;
      const err = yield* seL4_Untyped_Retype(cap, seL4_UntypedObject, seL4_PageBits, node, 0, 0, next, 1);
      throwOnError(err, "a page for the test");
    }
    // Those listed stand in slots in a row, so there is one entry for each slot from the first untyped on.
    const gap = empty.start - untyped.end;
    const none = { paddr: 0, sizeBits: 0, isDevice: false };
    const page = { paddr: 0x9000_0000, sizeBits: seL4_PageBits, isDevice: false };
    list = [...list, ...new Array(gap).fill(none), ...new Array(pages).fill(page)];
    return { ...bootinfo, untyped: { ...untyped, end: next }, untypedList: list, empty: { ...empty, start: next } };
  };
}

/** So many slots. */
function onlySlots(slots: number): Limit {
  // biome-ignore lint/correctness/useYield: it need not ask the kernel
  return function* ({ empty, ...bootinfo }) {
    return { ...bootinfo, empty: { ...empty, end: empty.start + slots } };
  };
}

describe("A plan that cannot be built", () => {
  it("stops the machine when memory runs out, at any page of it", () => {
    const said = new Set<string>();
    let pages = 0;
    for (; pages < 100; pages++) {
      const sentence = saidOf(plan, onlyPages(pages));
      if (sentence === "") break;
      expect(sentence).toMatch(SENTENCE);
      said.add(sentence);
    }
    expect(pages).toBeGreaterThan(30);
    expect(pages).toBeLessThan(100);
    expect(said).toContain("desk cannot be built: store, its CSpace: no memory or slots are left\n");
    expect(said).toContain("desk cannot be built: the root task, its vaults: no memory or slots are left\n");
    expect([...said].join("")).toMatch(/client, the window of its need "store"/);
  });

  it("stops the machine when slots run out", () => {
    let slots = 0;
    let sentences = 0;
    for (; slots < 1000; slots += 7) {
      const sentence = saidOf(plan, onlySlots(slots));
      if (sentence === "") break;
      expect(sentence).toMatch(SENTENCE);
      sentences++;
    }
    expect(sentences).toBeGreaterThan(20);
    expect(slots).toBeLessThan(1000);
  });

  it("says which component it is whose program the image has not", () => {
    const other = component("other", { *main() {} });
    const wanted = planOf([...entries, { component: other, priority: 90 }]);
    expect(saidOf(wanted)).toBe(
      'desk cannot be built: other, its program "other": it would be number 5, and the image has 4 beside the root task\n',
    );
  });

  it("says which component wants the supervisor's priority, or a device that is none", () => {
    const urgent = planOf(entries.map((entry) => (entry.component === store ? { ...entry, priority: 254 } : entry)));
    expect(saidOf(urgent)).toBe(
      "desk cannot be built: store, its thread: priority 254 is the supervisor's; 253 is the highest\n",
    );
    const onRam = plan.components.map((one) => ({
      ...one,
      memory: one.memory.map((pages) => (pages.what === "device" ? { ...pages, physical: 0x8040_0000 } : pages)),
    }));
    expect(saidOf({ ...plan, components: onRam })).toMatch(
      /^desk cannot be built: keys, the device of its need "uart": there is no device at 0x80400000/,
    );
  });

  it("says which component is told too much", () => {
    const talked = entries.map((entry) => (entry.component === store ? { ...entry, args: "x".repeat(5000) } : entry));
    expect(saidOf(planOf(talked))).toMatch(/^desk cannot be built: store, its environment: .* 5000 bytes of arguments/);
  });

  it("is not read when its text is none", () => {
    const { programs } = planImage(plan, components);
    const data = new TextEncoder().encode("personality desk\ncomponent {");
    const world = bootWorld({ programs, data });
    expect(world.machine.run({ events: 10_000 })).toMatchObject({ reason: "halted" });
    expect(world.output).toMatch(/^the plan cannot be read: plan:2:11: /);
  });
});

describe("An image", () => {
  it("is not made of a plan that names a program that is not there", () => {
    expect(() => planImage(plan, [store, keys])).toThrow(
      'counter: there is no program "counter": the components given are store, keys',
    );
  });
});
