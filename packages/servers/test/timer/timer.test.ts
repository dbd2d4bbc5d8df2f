/** The timer on the machine's clock: who waits is told at its time. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import { expectNoLeaks, type WorldHost } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { type Client, calls, component, must, type Self, type Ticks, Timer, timerServer } from "../../src/index.js";
import { bootRigged, bury, letRun, rigged, type Started } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

type TimerClient = Client<typeof Timer>;

/** A client that does `main` and ends. */
const once = (main: (timer: TimerClient) => Thread) =>
  component("once", {
    needs: { timer: calls(Timer) },
    *main({ timer }) {
      yield* main(timer);
    },
  });

/** A client that can hear signals: after `main` it waits for more. */
const hearing = (main: (timer: TimerClient, self: Self) => Thread) =>
  component("hearing", {
    needs: { timer: calls(Timer) },
    signals: true,
    *main({ timer, self }) {
      yield* main(timer, self);
      yield* self.serve();
    },
  });

const badge = (n: number) => 0x101 + n;

/** The timer, and clients that are started in this order. */
function timed(
  clients: readonly ReturnType<typeof once>[],
  options: Parameters<typeof rigged>[2] = {},
  priority = 100,
) {
  const programs = Object.fromEntries(clients.map((client, n) => [`client${n}`, client]));
  return rigged(
    { timer: timerServer, ...programs },
    function* (_, start) {
      const edges = clients.map((_, n) => ({ badge: badge(n), offer: 1 }));
      const { ep } = yield* start("timer", { priority: 200, clients: edges });
      for (const n of clients.keys()) {
        yield* start(`client${n}`, { priority, needs: { timer: { ep, badge: badge(n) } } });
      }
    },
    options,
  );
}

function* now(timer: TimerClient): Thread<number> {
  return must(yield* timer.time()).us;
}

describe("time", () => {
  it.each([
    ["0", 0, 0],
    ["a day of 2033", 2_000_000_000_000, 2_000_000_000_000_000],
  ])("is that of the machine's clock, to the microsecond: from %s on", (_, epochMs, us) => {
    const seen: number[] = [];
    const run = timed(
      [
        once(function* (timer) {
          seen.push((yield* now(timer)) - us);
        }),
      ],
      { machine: { epochMs } },
    );
    const end = Math.floor(run.machine.clock.cycles / 1000);
    expect(seen[0]).toBeGreaterThan(0);
    expect(seen[0]).toBeLessThanOrEqual(end);
    expect(seen[0]).toBeGreaterThan(end - 100);
  });
});

describe("sleep", () => {
  it("answers when the time has passed, and serves others meanwhile", () => {
    const woke: string[] = [];
    const sleeper = (name: string, us: number) =>
      once(function* (timer) {
        const begin = yield* now(timer);
        must(yield* timer.sleep({ us }));
        const late = (yield* now(timer)) - begin - us;
        woke.push(name);
        expect(late).toBeGreaterThanOrEqual(0);
        expect(late).toBeLessThan(100);
      });
    timed([sleeper("c", 3000), sleeper("a", 1000), sleeper("b", 2000), sleeper("none", 0)]);
    expect(woke).toEqual(["none", "a", "b", "c"]);
  });

  it("is as long as a number can be: nobody wakes, and nobody else is kept", () => {
    const woke: string[] = [];
    const run = bootRigged(
      {
        timer: timerServer,
        ever: once(function* (timer) {
          yield* timer.sleep({ us: Number.MAX_SAFE_INTEGER });
          woke.push("ever");
        }),
        soon: once(function* (timer) {
          must(yield* timer.sleep({ us: 10 }));
          woke.push("soon");
        }),
      },
      function* (_, start) {
        const clients = [0, 1].map((n) => ({ badge: badge(n), offer: 1 }));
        const { ep } = yield* start("timer", { priority: 200, clients });
        yield* start("ever", { priority: 100, needs: { timer: { ep, badge: badge(0) } } });
        yield* start("soon", { priority: 99, needs: { timer: { ep, badge: badge(1) } } });
      },
    );
    run.runUntil(() => woke.length > 0);
    expect(woke).toEqual(["soon"]);
  });
});

describe("alarms", () => {
  it("ring their signal at their time, those that have passed at once, cancelled ones never", () => {
    const heard: number[] = [];
    const seen: unknown[] = [];
    let begin = 0;
    timed([
      hearing(function* (timer, self) {
        const signal = yield* self.signal(function* () {
          heard.push(Math.floor(((yield* now(timer)) - begin) / 1000));
        });
        const { alarms } = must(yield* timer.alarms({ signal }));
        begin = yield* now(timer);
        const ids: number[] = [];
        for (const ms of [30, 10, 20]) ids.push(must(yield* alarms.set({ atUs: begin + ms * 1000 })).id);
        must(yield* alarms.set({ atUs: 1 }));
        seen.push(yield* alarms.cancel({ id: ids[2] as number }));
        seen.push(yield* alarms.cancel({ id: ids[2] as number }), yield* alarms.cancel({ id: 77 }));
      }),
    ]);
    expect(heard).toEqual([0, 10, 30]);
    expect(seen).toEqual([{ error: null }, { error: "NotSet" }, { error: "NotSet" }]);
  });

  it("of the same time ring in the order in which they were set", () => {
    const set: number[] = [];
    const heard: number[] = [];
    const setter = (n: number) =>
      hearing(function* (timer, self) {
        const signal = yield* self.signal(() => {
          heard.push(n);
        });
        const { alarms } = must(yield* timer.alarms({ signal }));
        must(yield* timer.sleep({ us: ([30, 10, 50, 20, 40][n] as number) * 1000 }));
        must(yield* alarms.set({ atUs: 1_000_000 }));
        set.push(n);
      });
    timed([0, 1, 2, 3, 4].map(setter), {}, 210); // whoever is rung runs before the timer goes on
    expect(set).toEqual([1, 3, 0, 4, 2]);
    expect(heard).toEqual(set);
  });

  it("10,000 of them are to come on one device, each rings at its time", () => {
    const count = 10_000;
    const each = count / 4;
    const heard: number[] = [];
    const begin = 20_000_000;
    const setter = (n: number) =>
      hearing(function* (timer, self) {
        const signal = yield* self.signal(function* () {
          heard.push((yield* now(timer)) - begin);
        });
        const { alarms } = must(yield* timer.alarms({ signal }));
        // 7,919 is prime: all times, none twice, in no order
        for (let i = 0; i < each; i++) {
          const place = ((i * 4 + n) * 7919) % count;
          must(yield* alarms.set({ atUs: begin + place * 50 }));
        }
        expect(yield* now(timer)).toBeLessThan(begin);
      });
    timed([0, 1, 2, 3].map(setter), { kernel: { checkInvariants: false }, limit: { events: 2_000_000 } });
    expect(heard).toHaveLength(count);
    expect(heard.filter((us, place) => us < place * 50 || us >= place * 50 + 50)).toEqual([]);
  });

  it("more than 4,096 of one client are too many, and another one's are not", () => {
    const seen: unknown[] = [];
    let slept = 0;
    const flood = hearing(function* (timer, self) {
      const signal = yield* self.signal(() => {});
      const { alarms } = must(yield* timer.alarms({ signal }));
      for (let i = 0; i < 4096; i++) must(yield* alarms.set({ atUs: 1e9 + i }));
      const { alarms: more } = must(yield* timer.alarms({ signal }));
      seen.push(yield* alarms.set({ atUs: 1e9 }), yield* more.set({ atUs: 1e9 }));
      yield* alarms.close();
      seen.push((yield* more.set({ atUs: 1e9 })).error);
      yield* more.close();
    });
    const other = once(function* (timer) {
      must(yield* timer.sleep({ us: 100_000 })); // the other one is in the middle of it
      slept += 1;
    });
    timed([flood, other], { kernel: { checkInvariants: false }, limit: { events: 200_000 } });
    expect(slept).toBe(1);
    expect(seen).toEqual([{ error: "TooMany" }, { error: "TooMany" }, null]);
  });
});

describe("periodic", () => {
  it("rings every period from now on, without drift, until its session is closed", () => {
    const heard: number[] = [];
    let counted = 0;
    let ticks: Client<typeof Ticks> | null = null;
    timed([
      hearing(function* (timer, self) {
        const begin = yield* now(timer);
        const signal = yield* self.signal(function* () {
          heard.push(Math.floor(((yield* now(timer)) - begin) / 100));
          if (heard.length < 5 || ticks === null) return;
          counted = must(yield* ticks.count()).count;
          yield* ticks.close();
        });
        ticks = must(yield* timer.periodic({ us: 10_000, signal })).ticks;
      }),
    ]);
    expect(heard).toEqual([100, 200, 300, 400, 500]);
    expect(counted).toBe(5);
  });

  it("refuses a period that would have it do nothing else (TooShort)", () => {
    const seen: unknown[] = [];
    timed([
      hearing(function* (timer, self) {
        const signal = yield* self.signal(() => {});
        seen.push(yield* timer.periodic({ us: 999, signal }), yield* timer.periodic({ us: 0, signal }));
      }),
    ]);
    expect(seen).toEqual([{ error: "TooShort" }, { error: "TooShort" }]);
  });

  it("refuses a ninth session of one client (TooMany), until another one is closed", () => {
    const seen: unknown[] = [];
    timed([
      hearing(function* (timer, self) {
        const signal = yield* self.signal(() => {});
        const all: Client<typeof Ticks>[] = [];
        for (let i = 0; i < 8; i++) all.push(must(yield* timer.periodic({ us: 1000, signal })).ticks);
        seen.push((yield* timer.periodic({ us: 1000, signal })).error);
        yield* all.pop()?.close() ?? [];
        all.push(must(yield* timer.periodic({ us: 1000, signal })).ticks);
        for (const ticks of all) yield* ticks.close();
      }),
    ]);
    expect(seen).toEqual(["TooMany"]);
  });
});

describe("bad clients", () => {
  it("what is passed as a signal and is an endpoint at which nobody listens does not keep the timer", () => {
    const woke: string[] = [];
    timed(
      [
        hearing(function* (timer) {
          const signal = 2 as seL4_CPtr<"Notification">; // its own endpoint
          const { alarms } = must(yield* timer.alarms({ signal }));
          must(yield* alarms.set({ atUs: 1 }));
          must(yield* timer.periodic({ us: 5000, signal }));
          must(yield* timer.sleep({ us: 20_000 }));
          woke.push("bad");
        }),
        once(function* (timer) {
          must(yield* timer.sleep({ us: 10_000 }));
          woke.push("good");
        }),
      ],
      { limit: { ticks: 1_000_000 } },
    );
    expect(woke).toEqual(["good", "bad"]);
  });

  it("sessions opened and closed, refused and held leave nothing behind", () => {
    const seen: unknown[] = [];
    let host: WorldHost | null = null;
    const round = function* (timer: TimerClient, signal: seL4_CPtr<"Notification">): Thread {
      const { alarms } = must(yield* timer.alarms({ signal }));
      must(yield* alarms.set({ atUs: 1e12 }));
      const { ticks } = must(yield* timer.periodic({ us: 1000, signal }));
      yield* timer.periodic({ us: 1, signal });
      yield* ticks.close();
      yield* alarms.close();
    };
    const greedy = hearing(function* (timer, self) {
      const signal = yield* self.signal(() => {});
      yield* round(timer, signal);
      const before = host?.kernel.snapshot();
      for (let i = 0; i < 30; i++) yield* round(timer, signal);
      if (host !== null && before !== undefined) expectNoLeaks(host.kernel, before);
      let held = 0;
      while ((yield* timer.alarms({ signal })).error === null) held += 1;
      const full = host?.kernel.snapshot();
      for (let i = 0; i < 30; i++) expect((yield* timer.alarms({ signal })).error).toBe("Busy");
      if (host !== null && full !== undefined) expectNoLeaks(host.kernel, full);
      seen.push(held > 40);
    });
    rigged({ timer: timerServer, greedy }, function* (rig, start) {
      host = rig.host;
      const { ep } = yield* start("timer", { priority: 200, clients: [{ badge: badge(0), offer: 1 }] });
      yield* start("greedy", { priority: 100, needs: { timer: { ep, badge: badge(0) } } });
    });
    expect(seen).toEqual([true]);
  });

  it("a client that dies takes its sleep, its alarms and its ticks with it", () => {
    const heard: string[] = [];
    const dies = hearing(function* (timer, self) {
      const signal = yield* self.signal(() => {
        heard.push("a dead client was rung");
      });
      const { alarms } = must(yield* timer.alarms({ signal }));
      must(yield* alarms.set({ atUs: 1_000_000 }));
      must(yield* timer.periodic({ us: 1_000_000, signal }));
      yield* timer.sleep({ us: 1_000_000 });
      heard.push("a dead client has woken");
    });
    const run = rigged({ timer: timerServer, dies }, function* (rig, start) {
      const { ep } = yield* start("timer", { priority: 254, clients: [{ badge: badge(0), offer: 1 }] });
      let before = rig.host.kernel.snapshot();
      for (let i = 0; i < 3; i++) {
        if (i === 1) before = rig.host.kernel.snapshot();
        const dead: Started = yield* start("dies", { priority: 253, needs: { timer: { ep, badge: badge(0) } } });
        yield* letRun();
        yield* bury(rig, dead, [{ ep, badge: badge(0) }]);
      }
      expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
    });
    expect(heard).toEqual([]);
    expect(run.machine.clock.cycles).toBeGreaterThan(1e9); // the device still rings for the first, and finds nothing
  });
});

it("its README shows what a run says", () => {
  const said: string[] = [];
  timed([
    hearing(function* (timer, self) {
      const begin = yield* now(timer);
      const say = function* (what: string): Thread {
        said.push(`${String(Math.floor(((yield* now(timer)) - begin) / 1000)).padStart(3)} ms  ${what}`);
      };
      const signal = yield* self.signal(() => say("the signal was rung"));
      const { alarms } = must(yield* timer.alarms({ signal }));
      must(yield* alarms.set({ atUs: begin + 300_000 }));
      const { id } = must(yield* alarms.set({ atUs: begin + 200_000 }));
      yield* say("alarms are set for 200 ms and 300 ms");
      must(yield* timer.sleep({ us: 100_000 }));
      yield* say("slept for 100 ms");
      must(yield* alarms.cancel({ id }));
      yield* say("the first alarm is cancelled");
    }),
  ]);
  expectInReadme("timer", said);
});
