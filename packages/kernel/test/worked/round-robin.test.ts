/** The worked examples of round robin (G) and of changing the parameters of a context in use (H). */
import { seL4_SchedContext_Sporadic, seL4_Signal, seL4_TCB_Resume, seL4_Wait } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kit, ThreadOptions } from "../support/kit.js";
import { nowhere, prepare, roundRobinFromTheStart } from "./stage.js";
import { spin, tell } from "./story.js";

describe("Round robin (G)", () => {
  it("keeps used time beside what is left, and begins anew when 10 ticks are left", () => {
    const at = nowhere();
    const story = tell(
      2500,
      function* (kit, story) {
        yield* kit.start("h", { priority: 150 });
        yield* roundRobinFromTheStart(kit, story, at, 100);
      },
      (story) => ({
        *v() {
          yield* story.reach(300);
          yield* seL4_Signal(at.urgent);
          yield* spin();
        },
        *h() {
          yield* seL4_Wait(at.urgent);
          yield* story.reach(500);
          yield* seL4_Wait(at.urgent);
        },
      }),
    );
    expect(story.rows.slice(1)).toEqual([
      "0: runs (0,1000) (0,0) c 0, timer 990",
      "300: ready (0,700) (0,300) c 300",
      "500: runs (0,700) (0,300) c 300, timer 1190",
      "1190: runs (0,1000) (0,0) c 990, timer 2180",
      "2180: runs (0,1000) (0,0) c 1980, timer 3170",
    ]);
  });

  it("goes behind its equals when the turn is over", () => {
    const at = nowhere();
    const story = tell(
      2500,
      function* (kit, story) {
        yield* kit.start("w", { priority: 100, budget: 100 });
        yield* roundRobinFromTheStart(kit, story, at, 100);
      },
      () => ({
        *v() {
          yield* seL4_Signal(at.other);
          yield* spin();
        },
        *w() {
          yield* seL4_Wait(at.other);
          yield* spin();
        },
      }),
    );
    expect(story.rows.slice(1)).toEqual([
      "0: runs (0,1000) (0,0) c 0, timer 990",
      "990: ready (0,1000) (0,0) c 990",
      "1980: runs (0,1000) (0,0) c 990, timer 2970",
    ]);
  });
});

describe("Reconfiguring at 1000 the context of a ready thread (H)", () => {
  /** V is sporadic, runs 100–400 and is preempted by H, which configures V's context at 1000 and runs until 1100. */
  const changed = (options: ThreadOptions) => {
    const at = nowhere();
    const here = { sc: 0, kit: null as Kit | null };
    const before = { budget: 100, period: 500, scBits: 8, extraRefills: 2, flags: seL4_SchedContext_Sporadic };
    return tell(
      1200,
      function* (kit, story) {
        here.kit = kit;
        yield* kit.start("h", { priority: 150 });
        const v = yield* prepare(kit, story, at, before);
        here.sc = v.sc;
        yield* story.reach(100);
        yield* seL4_TCB_Resume(v.tcb);
      },
      (story) => ({
        *v() {
          yield* story.reach(400);
          yield* seL4_Signal(at.urgent);
          yield* spin();
        },
        *h() {
          yield* seL4_Wait(at.urgent);
          yield* story.reach(1000);
          if (here.kit !== null) yield* here.kit.configure(here.sc, options);
          yield* story.reach(1100);
          yield* seL4_Wait(at.urgent);
        },
      }),
    ).rows;
  };
  const BEFORE = ["100: runs (100,1000) c 0, timer 1090", "400: ready (400,700) (5100,300) c 300"];
  const SPORADIC = seL4_SchedContext_Sporadic;

  it("to 200 of 800 microseconds adds what the head lacks one new period later", () => {
    expect(changed({ budget: 200, period: 800, flags: SPORADIC })).toEqual([
      ...BEFORE,
      "1000: ready (1000,700) (9000,1300) c 300",
      "1100: runs (1000,700) (9000,1300) c 300, timer 1790",
    ]);
  });

  it("to 50 of 500 cuts the head", () => {
    expect(changed({ budget: 50, period: 500, flags: SPORADIC })).toEqual([
      ...BEFORE,
      "1000: ready (1000,500) c 300",
      "1100: runs (1000,500) c 300, timer 1590",
    ]);
  });

  it.each([0, 1, 2])("to round robin begins anew, whatever the extra refills (%i)", (extraRefills) => {
    expect(changed({ budget: 100, period: 100, extraRefills, flags: SPORADIC })).toEqual([
      ...BEFORE,
      "1000: ready (1000,1000) (1000,0) c 300",
      "1100: runs (1000,1000) (1000,0) c 300, timer 2090",
    ]);
  });
});
