/**
 * The worked examples of sporadic scheduling contexts (A to C): to the tick, on a machine, with the timer. A row is
 * "tick: state, refills (time, amount), c = consumed counter, timer"; there is one for every change.
 */
import type { Syscall } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CNode_CancelBadgedSends,
  seL4_CNode_Delete,
  seL4_Recv,
  seL4_SchedContext_NoFlag,
  seL4_SchedContext_Sporadic,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { EMPTY } from "../support/message.js";
import { fromTheStart, nowhere, prepare } from "./stage.js";
import { spin, tell } from "./story.js";

/** Budget 1000, period 5000 ticks. */
const TIME = { budget: 100, period: 500, scBits: 8 };
const SPORADIC = seL4_SchedContext_Sporadic;

describe("A sporadic context with two extra refills (A)", () => {
  const at = nowhere();
  const story = tell(
    6200,
    function* (kit, story) {
      const v = yield* prepare(kit, story, at, { ...TIME, flags: SPORADIC });
      yield* story.reach(0);
      yield* kit.configure(v.sc, { ...TIME, extraRefills: 2, flags: SPORADIC });
      yield* story.reach(100);
      yield* seL4_TCB_Resume(v.tcb);
      for (const tick of [1000, 5000]) {
        yield* story.reach(tick);
        yield* seL4_Signal(at.ntfn);
      }
    },
    (story) => ({
      *v() {
        yield* story.reach(400);
        yield* seL4_Wait(at.ntfn);
        yield* story.reach(1250);
        yield* seL4_Wait(at.ntfn);
        yield* spin();
      },
    }),
  );

  it("is the sheet's, row by row", () => {
    expect(story.rows).toEqual([
      "0: stopped (0,1000) c 0",
      "100: runs (100,1000) c 0, timer 1090",
      "400: blocked (400,700) (5100,300) c 300",
      "1000: runs (1000,700) (5100,300) c 300, timer 1690",
      "1250: blocked (1250,450) (5100,300) (6000,250) c 550",
      "5000: runs (5000,750) (6000,250) c 550, timer 5740",
      "5740: waits (5990,260) (10000,740) c 1290, timer 5980",
      "5990: runs (5990,260) (10000,740) c 1290, timer 6240",
    ]);
  });

  it("is looked at when the timer is due at 5980, and waits on", () => {
    expect(story.entries).toContain(5980);
    expect(story.entries).toContain(5989);
    expect(story.entries.filter((tick) => tick > 5740 && tick < 5980)).toEqual([]);
  });
});

describe("A sporadic context with room for two refills (B)", () => {
  it("delays its tail when the list is full", () => {
    const at = nowhere();
    const options = { ...TIME, extraRefills: 0, flags: SPORADIC };
    const story = tell(
      6000,
      function* (kit, story) {
        yield* fromTheStart(kit, story, at, options);
        for (const tick of [1000, 1300, 1500]) {
          yield* story.reach(tick);
          yield* seL4_Signal(at.ntfn);
        }
      },
      (story) => ({
        *v() {
          for (const tick of [300, 1200, 1400]) {
            yield* story.reach(tick);
            yield* seL4_Wait(at.ntfn);
          }
          yield* story.reach(1750);
          yield* seL4_Signal(at.other);
          story.note("the system call of 1750 was made");
          yield* spin();
        },
      }),
    );
    expect(story.rows.slice(1)).toEqual([
      "300: blocked (300,700) (5000,300) c 300",
      "1000: runs (1000,700) (5000,300) c 300, timer 1690",
      "1200: blocked (1200,500) (5700,500) c 500",
      "1300: runs (1300,500) (5700,500) c 500, timer 1790",
      "1400: blocked (1400,400) (5800,600) c 600",
      "1500: runs (1500,400) (5800,600) c 600, timer 1890",
      "1750: waits (5750,1000) c 850, timer 5740",
      "5750: runs (5750,1000) c 850, timer 6740",
    ]);
    expect(story.rows[0]).toBe("0: runs (0,1000) c 0, timer 990");
    expect(story.notes).toEqual(["5750: the system call of 1750 was made"]);
  });
});

describe("The moment of the unblock check (C)", () => {
  /** H signals V at 1000 and runs until 1400; V runs 0–300 and 1400–1700. */
  const signalled = (flags: number) => {
    const at = nowhere();
    return tell(
      2000,
      function* (kit, story) {
        yield* kit.start("h", { priority: 150 });
        yield* fromTheStart(kit, story, at, { ...TIME, extraRefills: 2, flags });
        yield* story.reach(1000);
        yield* seL4_Signal(at.urgent);
      },
      (story) => ({
        *v() {
          for (const tick of [300, 1700]) {
            yield* story.reach(tick);
            yield* seL4_Wait(at.ntfn);
          }
        },
        *h() {
          yield* seL4_Wait(at.urgent);
          yield* seL4_Signal(at.ntfn);
          yield* story.reach(1400);
          yield* seL4_Wait(at.urgent);
        },
      }),
    );
  };

  it("is the signal with the flag", () => {
    expect(signalled(SPORADIC).rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "300: blocked (300,700) (5000,300) c 300",
      "1000: ready (1000,700) (5000,300) c 300",
      "1400: runs (1000,700) (5000,300) c 300, timer 2090",
      "1700: blocked (1300,400) (5000,300) (6000,300) c 600",
    ]);
  });

  it("is the switch without it", () => {
    expect(signalled(seL4_SchedContext_NoFlag).rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "300: blocked (300,700) (5000,300) c 300",
      "1000: ready (300,700) (5000,300) c 300",
      "1400: runs (1400,700) (5000,300) c 300, timer 2090",
      "1700: blocked (1700,400) (5000,300) (6400,300) c 600",
    ]);
  });

  /** V waits by `wait` from 300 on, and H ends that by `end` at 1000, having met V before by `meets`. */
  interface Wait {
    readonly wait: (at: Waited) => Syscall<unknown>;
    readonly end: (at: Waited) => Syscall<unknown>;
    readonly meets?: (at: Waited) => Syscall<unknown>;
  }
  interface Waited {
    cnode: number;
    ep: number;
    badged: number;
    ntfn: number;
    reply: number;
    v: number;
  }
  const waits: readonly (readonly [what: string, wait: Wait])[] = [
    ["a message", { wait: ({ ep, reply }) => seL4_Recv(ep, reply), end: ({ ep }) => seL4_Send(ep, EMPTY) }],
    ["a receiver", { wait: ({ ep }) => seL4_Send(ep, EMPTY), end: ({ ep, reply }) => seL4_Recv(ep, reply) }],
    [
      "an answer",
      {
        meets: ({ ep, reply }) => seL4_Recv(ep, reply),
        wait: ({ ep }) => seL4_Call(ep, EMPTY),
        end: ({ reply }) => seL4_Send(reply, EMPTY),
      },
    ],
    [
      "an endpoint that is deleted",
      {
        wait: ({ ep, reply }) => seL4_Recv(ep, reply),
        end: ({ cnode, ep }) => seL4_CNode_Delete(cnode, ep, seL4_WordBits),
      },
    ],
    [
      "a notification that is deleted",
      { wait: ({ ntfn }) => seL4_Wait(ntfn), end: ({ cnode, ntfn }) => seL4_CNode_Delete(cnode, ntfn, seL4_WordBits) },
    ],
    [
      "a receiver until its send is cancelled",
      {
        wait: ({ badged }) => seL4_Send(badged, EMPTY),
        end: ({ cnode, badged }) => seL4_CNode_CancelBadgedSends(cnode, badged, seL4_WordBits),
      },
    ],
    ["a signal until it is resumed", { wait: ({ ntfn }) => seL4_Wait(ntfn), end: ({ v }) => seL4_TCB_Resume(v) }],
  ];
  it.each(waits)("is the end of the wait with the flag, also when V waits for %s", (_, { wait, end, meets }) => {
    const at: Waited = { cnode: 0, ep: 0, badged: 0, ntfn: 0, reply: 0, v: 0 };
    const stage = nowhere();
    const { rows } = tell(
      1500,
      function* (kit, story) {
        at.cnode = kit.cnode;
        at.ep = yield* kit.endpoint();
        at.badged = yield* kit.mint(yield* kit.endpoint(), 5);
        at.ntfn = yield* kit.notification();
        at.reply = yield* kit.reply();
        yield* kit.start("h", { priority: 150 });
        const { tcb } = yield* fromTheStart(kit, story, stage, { ...TIME, extraRefills: 2, flags: SPORADIC });
        at.v = tcb;
        yield* story.reach(1000);
        yield* seL4_Signal(stage.urgent);
      },
      (story) => ({
        *v() {
          yield* story.reach(300);
          yield* wait(at);
          yield* spin();
        },
        *h() {
          if (meets !== undefined) yield* meets(at);
          yield* seL4_Wait(stage.urgent);
          yield* end(at);
          yield* story.reach(1400);
          yield* seL4_Wait(stage.urgent);
        },
      }),
    );
    expect(rows.slice(1, 3)).toEqual([
      "300: blocked (300,700) (5000,300) c 300",
      "1000: ready (1000,700) (5000,300) c 300",
    ]);
  });

  /** H, which V wakes, runs 300–500 in V's place; V runs on until 700. */
  const preempted = (flags: number) => {
    const at = nowhere();
    return tell(
      1000,
      function* (kit, story) {
        yield* kit.start("h", { priority: 150 });
        yield* fromTheStart(kit, story, at, { ...TIME, extraRefills: 2, flags });
      },
      (story) => ({
        *v() {
          yield* story.reach(300);
          yield* seL4_Signal(at.urgent);
          yield* story.reach(700);
          yield* seL4_Wait(at.ntfn);
        },
        *h() {
          yield* seL4_Wait(at.urgent);
          yield* story.reach(500);
          yield* seL4_Wait(at.urgent);
        },
      }),
    );
  };

  it("does not come with the flag when a preempted thread goes on", () => {
    expect(preempted(SPORADIC).rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "300: ready (300,700) (5000,300) c 300",
      "500: runs (300,700) (5000,300) c 300, timer 1190",
      "700: blocked (500,500) (5000,500) c 500",
    ]);
  });

  it("comes without it", () => {
    expect(preempted(seL4_SchedContext_NoFlag).rows).toEqual([
      "0: runs (0,1000) c 0, timer 990",
      "300: ready (300,700) (5000,300) c 300",
      "500: runs (500,700) (5000,300) c 300, timer 1190",
      "700: blocked (700,500) (5000,300) (5500,200) c 500",
    ]);
  });
});
