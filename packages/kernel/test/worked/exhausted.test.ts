/** The worked examples of budgets that end: exhausted (D), met by a late system call (E), given up with Yield (F). */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Fault_Timeout,
  seL4_Recv,
  seL4_Send,
  seL4_Signal,
  seL4_TimeoutReply_new,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kit } from "../support/kit.js";
import { words } from "../support/message.js";
import { fromTheStart, nowhere, roundRobinFromTheStart } from "./stage.js";
import { type Story, spin, tell } from "./story.js";

/** Budget 1000, period 5000 ticks, no flag, no extra refills. */
const TIME = { budget: 100, period: 500 };

describe("An exhausted budget (D)", () => {
  it("comes back a period after it began, earlier by what was left", () => {
    const at = nowhere();
    const story = tell(
      5990,
      function* (kit, story) {
        yield* fromTheStart(kit, story, at, TIME);
      },
      () => ({ v: spin }),
    );
    // An entry costs a hundredth of a tick here, so the one that wakes it comes at 4990 sharp.
    expect(story.rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "990: waits (4990,1000) c 990, timer 4980",
      "4990: runs (4990,1000) c 990, timer 5980",
      "5980: waits (9980,1000) c 1980, timer 9970",
    ]);
    expect(story.entries).toContain(4980);
  });

  it("begins when the thread is woken, which is as late as the kernel is entered", () => {
    const at = nowhere();
    // Entries of six ticks: at 4986 it is too early, the next is at 4992. V enters at 990 itself: the timer would be late.
    const story = tell(
      5900,
      function* (kit, story) {
        yield* fromTheStart(kit, story, at, TIME);
      },
      (story) => ({
        *v() {
          yield* story.reach(990);
          yield* seL4_Signal(at.other);
          yield* spin();
        },
      }),
      { cost: { kernelEntry: 600 } },
    );
    expect(story.rows.slice(0, 3)).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "990: waits (4990,1000) c 990, timer 4980",
      "4992: runs (4992,1000) c 990, timer 5982",
    ]);
    expect(story.entries.filter((tick) => tick > 4000 && tick <= 4992)).toEqual([4986, 4992]);
  });
});

describe("An exhausted budget with a timeout handler (D)", () => {
  /** V's faults go to H as badge 9; its context has badge 0x77. H does `handle` with each, at 990 for the first time. */
  const handled = (end: number, handle: (story: Story, kit: Kit, sc: number) => Thread) => {
    const at = nowhere();
    const here = { ep: 0, reply: 0, sc: 0, kit: null as Kit | null };
    return tell(
      end,
      function* (kit, story) {
        here.kit = kit;
        here.ep = yield* kit.endpoint();
        here.reply = yield* kit.reply();
        const timeoutHandler = yield* kit.mint(here.ep, 9);
        yield* kit.start("h", { priority: 150 });
        const sc = yield* kit.schedContext(TIME);
        here.sc = sc;
        yield* fromTheStart(kit, story, at, { ...TIME, badge: 0x77, timeoutHandler, sc });
      },
      (story) => ({
        v: spin,
        *h() {
          for (;;) {
            const { info, badge } = yield* seL4_Recv(here.ep, here.reply);
            story.note([info.label, info.length, badge, ...words(info)].join(" "));
            if (here.kit !== null) yield* handle(story, here.kit, here.sc);
            yield* seL4_Send(here.reply, seL4_TimeoutReply_new(true, {}, 0));
            if (story.now === 1500) yield* story.reach(1600);
          }
        },
      }),
    );
  };
  const FAULT = [seL4_Fault_Timeout, 2, 9, 0x77, 99].join(" ");

  it("is told to it with what was consumed, and the thread is in no queue", () => {
    const story = handled(4995, function* (story) {
      yield* story.reach(1500);
    });
    expect(story.notes).toEqual([`990: ${FAULT}`]);
    expect(story.rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "990: blocked (4990,1000) c 0",
      "1500: waits (4990,1000) c 0, timer 4980",
      "4990: runs (4990,1000) c 0, timer 5980",
    ]);
  });

  it("can be given new time by it: a reply makes the thread ready", () => {
    const story = handled(3000, function* (story, kit, sc) {
      yield* story.reach(1400);
      yield* kit.configure(sc, { budget: 200, period: 500, badge: 0x77 });
      yield* story.reach(1500);
    });
    expect(story.notes).toEqual([`990: ${FAULT}`]);
    expect(story.rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "990: blocked (4990,1000) c 0",
      "1400: blocked (1400,2000) c 0",
      "1500: ready (1400,2000) c 0",
      "1600: runs (1600,2000) c 0, timer 3590",
    ]);
  });
});

describe("A late system call (E)", () => {
  const madeAt = (tick: number) => {
    const at = nowhere();
    return tell(
      4900,
      function* (kit, story) {
        yield* fromTheStart(kit, story, at, TIME);
      },
      (story) => ({
        *v() {
          yield* story.reach(tick);
          yield* seL4_Signal(at.other);
          story.note("done");
          yield* seL4_Wait(at.ntfn);
        },
      }),
    );
  };

  it("is executed with 200 ticks left", () => {
    const story = madeAt(800);
    expect(story.notes).toEqual(["800: done"]);
    expect(story.rows).toEqual(["0: runs (0,1000) c 0, timer 990", "800: blocked (800,200) (5000,800) c 800"]);
  });

  it("is executed in the next period with 199", () => {
    const story = madeAt(801);
    expect(story.notes).toEqual(["4801: done"]);
    expect(story.rows.slice(0, 3)).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "801: waits (4801,1000) c 801, timer 4791",
      "4801: runs (4801,1000) c 801, timer 5791",
    ]);
  });
});

describe("Yield (F)", () => {
  it("of the only refill moves it one period on", () => {
    const at = nowhere();
    const story = tell(
      5100,
      function* (kit, story) {
        yield* fromTheStart(kit, story, at, TIME);
      },
      (story) => ({
        *v() {
          yield* story.reach(300);
          yield* seL4_Yield();
          story.note("back");
          yield* spin();
        },
      }),
    );
    expect(story.notes).toEqual(["5000: back"]);
    expect(story.rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "300: waits (5000,1000) c 300, timer 4990",
      "5000: runs (5000,1000) c 300, timer 5990",
    ]);
  });

  it("of the first of two joins it to the second that it touches", () => {
    const at = nowhere();
    const story = tell(
      5100,
      function* (kit, story) {
        yield* kit.start("h", { priority: 150 });
        yield* fromTheStart(kit, story, at, TIME);
      },
      (story) => ({
        *v() {
          yield* story.reach(300);
          yield* seL4_Signal(at.urgent);
          yield* story.reach(400);
          yield* seL4_Yield();
          story.note("back");
          yield* spin();
        },
        *h() {
          for (;;) yield* seL4_Wait(at.urgent);
        },
      }),
    );
    expect(story.notes).toEqual(["5000: back"]);
    expect(story.rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "300: ready (300,700) (5000,300) c 300",
      "300: runs (300,700) (5000,300) c 300, timer 990",
      "400: waits (5000,1000) c 400, timer 4990",
      "5000: runs (5000,1000) c 400, timer 5990",
    ]);
  });

  it("in round robin changes no refill and goes behind its equals", () => {
    const at = nowhere();
    const story = tell(
      900,
      function* (kit, story) {
        yield* kit.start("w", { priority: 100 });
        yield* roundRobinFromTheStart(kit, story, at, 100);
      },
      (story) => ({
        *v() {
          yield* story.reach(100);
          yield* seL4_Signal(at.other);
          yield* story.reach(300);
          yield* seL4_Yield();
          story.note("v");
          yield* spin();
        },
        *w() {
          yield* seL4_Wait(at.other);
          story.note("w");
          yield* story.reach(400);
          yield* seL4_Wait(at.other);
        },
      }),
    );
    expect(story.notes).toEqual(["300: w", "400: v"]);
    expect(story.rows.slice(1)).toEqual([
      "0: runs (0,1000) (0,0) c 0, timer 990",
      "300: ready (0,1000) (0,0) c 300",
      "400: runs (0,1000) (0,0) c 300, timer 1390",
    ]);
  });
});
