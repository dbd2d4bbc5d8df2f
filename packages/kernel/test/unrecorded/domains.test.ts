/**
 * Domains while they run: whose turn it is, what an expiry does to an entry, and what is common to all domains. To the
 * tick (worked/story.ts): a turn ends when the timer is due 10 ticks early, or at an entry with 200 ticks or less left.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapDomain,
  seL4_DomainSet_ScheduleConfigure,
  seL4_DomainSet_ScheduleSetStart,
  seL4_DomainSet_Set,
  seL4_EndpointObject,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_Untyped_Retype,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Child, type Kit, must, type ThreadOptions } from "../support/kit.js";
import { scene } from "../support/scene.js";
import { type Story, spin, tell } from "../worked/story.js";

const DOMAINS = { kernel: { domains: 4 } };

/** The schedule: 1000 ticks of domain 0, where the root task is, then 2000 of domain 1. It starts at tick 0. */
function* start(story: Story, entry = 0): Thread {
  must(yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 1000));
  must(yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 1, 1, 2000));
  yield* story.reach(0);
  must(yield* seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, entry));
}

/** A watched thread "v" in domain 1; budgets are 1000 us unless `options` say else. */
function* inDomainOne(kit: Kit, story: Story, options: ThreadOptions = {}): Thread<Child> {
  const v = yield* kit.start("v", { priority: 100, ...options });
  must(yield* seL4_DomainSet_Set(seL4_CapDomain, 1, v.tcb));
  story.watch(v.sc);
  yield* story.standBack();
  return v;
}

/** Rows without their refills and counters: when the thread ran. */
const turns = (story: Story) => story.rows.map((row) => row.replace(/ \(.*c \d+/, ""));

describe("A schedule of two domains", () => {
  it("gives each its turns, and the timer knows their ends", () => {
    const story = tell(
      8000,
      function* (kit, story) {
        yield* inDomainOne(kit, story);
        yield* start(story);
        yield* spin();
      },
      () => ({ v: spin }),
      DOMAINS,
    );
    expect(turns(story)).toEqual([
      "0: ready",
      "990: runs, timer 2980",
      "2980: ready",
      "3970: runs, timer 5960",
      "5960: ready",
      "6950: runs, timer 8940",
    ]);
  });

  it("idles in a domain without threads", () => {
    const story = tell(
      5000,
      function* (_, story) {
        yield* story.standBack();
        yield* start(story);
        for (;;) {
          story.note("root");
          yield* story.reach(story.now + 300);
          yield* seL4_Signal(0);
        }
      },
      () => ({}),
      DOMAINS,
    );
    // An entry at 900 has 100 ticks left, which end the turn; it is made again at the next.
    expect(story.notes.map((note) => Number.parseInt(String(note), 10))).toEqual([0, 300, 600, 2890, 3190, 3490]);
    expect(story.kernel.state.idleSc.total).toBeGreaterThan(1900);
  });

  it("is entered at its start, for which the caller waits if its domain is another", () => {
    const story = tell(
      3900,
      function* (kit, story) {
        yield* inDomainOne(kit, story);
        yield* start(story, 1);
        story.note("root");
        yield* spin();
      },
      () => ({ v: spin }),
      DOMAINS,
    );
    // The start is entry 1: behind the last entry the schedule goes on there, and entry 0 never comes.
    expect(turns(story)).toEqual(["0: runs, timer 1990", "1990: runs, timer 3980"]);
    expect(story.notes).toEqual([]);
  });

  it("is changed without changing what is left of the running entry", () => {
    const story = tell(
      3200,
      function* (kit, story) {
        yield* inDomainOne(kit, story);
        yield* start(story);
        yield* story.reach(100);
        must(yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, 400));
        yield* spin();
      },
      () => ({ v: spin }),
      DOMAINS,
    );
    expect(turns(story)).toEqual(["0: ready", "990: runs, timer 2980", "2980: ready"]);
    expect(story.kernel.state.domains.timeLeft).toBe(400);
  });
});

describe("The end of a turn", () => {
  /** V enters the kernel at `tick`: its turn is from 990 to 2980 (2990 with the timer's precision). */
  const enteredAt = (tick: number) => {
    const at = { ntfn: 0 };
    return tell(
      4500,
      function* (kit, story) {
        at.ntfn = yield* kit.notification();
        yield* inDomainOne(kit, story);
        yield* start(story);
        yield* spin();
      },
      (story) => ({
        *v() {
          yield* story.reach(tick);
          yield* seL4_Signal(at.ntfn);
          story.note("signalled");
          yield* spin();
        },
      }),
      DOMAINS,
    );
  };

  it("comes at an entry with 200 ticks left: the call is made in the next turn, and is charged only as time used", () => {
    const story = enteredAt(2790);
    expect(story.notes).toEqual(["3780: signalled"]);
    expect(story.rows.map((row) => row.replace(/ \([^c]*/, " "))).toEqual([
      "0: ready c 0",
      "990: runs c 0, timer 2980",
      "2790: ready c 1800",
      "3780: runs c 1800, timer 5770",
    ]);
  });

  it("does not come with 201", () => {
    const story = enteredAt(2789);
    expect(story.notes).toEqual(["2789: signalled"]);
    expect(turns(story).at(-1)).toBe("3970: runs, timer 5960");
  });

  it("stops a long operation, which is finished in the next turn", () => {
    const at = { untyped: 0, slot: 0, bits: 0 };
    const story = tell(
      6000,
      function* (kit, story) {
        const { slot, bits } = kit.untypedOf(20, [kit.memory]);
        Object.assign(at, { untyped: slot, bits, slot: kit.slots() });
        yield* inDomainOne(kit, story);
        yield* start(story);
        yield* spin();
      },
      (story) => ({
        *v() {
          yield* story.reach(1990);
          must(yield* seL4_Untyped_Retype(at.untyped, seL4_EndpointObject, 0, 2, 0, 0, at.slot, 1));
          story.note("made");
          yield* seL4_Wait(0);
        },
      }),
      // Half a tick for each 256 bytes that are zeroed; every 100 of them the kernel looks.
      { ...DOMAINS, cost: { kernelWorkUnit: 50 } },
    );
    const ticks = 2 ** at.bits / 256 / 2;
    expect(ticks).toBeGreaterThan(2000);
    // At 2790 there are 200 ticks left: the turn ends there. The next begins 990 later.
    expect(turns(story).slice(0, 4)).toEqual([
      "0: ready",
      "990: runs, timer 2980",
      "2790: ready",
      "3780: runs, timer 5770",
    ]);
    expect(story.notes).toEqual([`${1990 + ticks + 990}: made`]);
  });
});

describe("DomainSet_Set", () => {
  it("of the calling thread stops it until its new domain's turn", () => {
    const at = { tcb: 0 };
    const story = tell(
      1500,
      function* (kit, story) {
        const v = yield* kit.start("v", { stopped: true });
        at.tcb = v.tcb;
        story.watch(v.sc);
        yield* story.standBack();
        yield* start(story);
        yield* seL4_TCB_Resume(v.tcb);
        yield* spin();
      },
      (story) => ({
        *v() {
          yield* story.reach(300);
          must(yield* seL4_DomainSet_Set(seL4_CapDomain, 1, at.tcb));
          story.note("in domain 1");
          yield* spin();
        },
      }),
      DOMAINS,
    );
    expect(turns(story).slice(1)).toEqual(["0: runs, timer 990", "300: ready", "990: runs, timer 2980"]);
    expect(story.notes).toEqual(["990: in domain 1"]);
  });

  it("of a ready thread moves it into the running domain, where it waits until somebody is chosen anew", () => {
    const story = tell(
      700,
      function* (kit, story) {
        const v = yield* inDomainOne(kit, story);
        yield* start(story);
        yield* story.reach(400);
        must(yield* seL4_DomainSet_Set(seL4_CapDomain, 0, v.tcb));
        story.note("root goes on");
        yield* spin();
      },
      (story) => ({
        *v() {
          story.note("v");
          yield* story.reach(600);
          yield* seL4_Wait(0);
        },
      }),
      DOMAINS,
    );
    // Nothing asks for another thread: the caller goes on until its turn is looked at again.
    expect(story.notes).toEqual(["400: root goes on"]);
    expect(turns(story)).toEqual(["0: ready"]);
  });
});

describe("The release queue", () => {
  it("is common: time comes back in another domain's turn, the thread runs in its own", () => {
    const at = { ntfn: 0 };
    const story = tell(
      7000,
      function* (kit, story) {
        at.ntfn = yield* kit.notification();
        yield* inDomainOne(kit, story, { budget: 50, period: 250 });
        yield* start(story);
        yield* spin();
      },
      () => ({ v: spin }),
      DOMAINS,
    );
    // V runs 990-1480 and is postponed to 3480, which is in domain 0's turn (2980-3970).
    expect(story.rows.slice(1)).toEqual([
      "990: runs (990,500) c 0, timer 1480",
      "1480: waits (3480,500) c 490, timer 2980",
      "2980: waits (3480,500) c 490, timer 3470",
      "3480: ready (3480,500) c 490",
      "3970: runs (3970,500) c 490, timer 4460",
      "4460: waits (6460,500) c 980, timer 5960",
      "5960: waits (6460,500) c 980, timer 6450",
      "6460: ready (6460,500) c 980",
      "6950: runs (6950,500) c 980, timer 7440",
    ]);
  });
});

it("a signal to an equal does not pass a more urgent thread that was moved to the running domain", () => {
  const at = { notification: 0, urgent: 0 };
  const seen: string[] = [];
  scene(
    function* (kit) {
      at.notification = yield* kit.notification();
      at.urgent = (yield* kit.start("urgent", { priority: 110, stopped: true })).tcb;
      must(yield* seL4_DomainSet_Set(seL4_CapDomain, 1, at.urgent));
      must(yield* seL4_TCB_Resume(at.urgent));
      // Who is started last runs first.
      yield* kit.start("actor", { priority: 100 });
      yield* kit.start("equal", { priority: 100 });
    },
    {
      *equal() {
        yield* seL4_Wait(at.notification);
        seen.push("equal");
      },
      *actor() {
        must(yield* seL4_DomainSet_Set(seL4_CapDomain, 0, at.urgent));
        seen.push("moved");
        yield* seL4_Signal(at.notification);
        seen.push("actor");
      },
      *urgent() {
        seen.push("urgent");
        yield* seL4_Wait(at.notification);
      },
    },
    DOMAINS,
  );
  expect(seen).toEqual(["moved", "urgent", "actor", "equal"]);
});
