/**
 * The worked examples of the scheduling-context rules, in ticks (T = 10 a microsecond, least budget 200): what the
 * refills are after each event. A refill is [time, amount].
 */
import { describe, expect, it } from "vitest";
import { Refills } from "../../src/time/refill.js";
import { configured, list } from "../support/refills.js";

describe("A sporadic context, budget 1000, period 5000, room for four refills", () => {
  it("splits, merges, and joins a head too small to use to the next refill", () => {
    const r = configured(4, 1000, 5000, 0);
    expect(list(r)).toEqual([[0, 1000]]);
    expect(r.unblock(100)).toBe(true);
    expect(list(r)).toEqual([[100, 1000]]);
    r.commit(300);
    expect(list(r)).toEqual([
      [400, 700],
      [5100, 300],
    ]);
    r.unblock(1000);
    expect(list(r)).toEqual([
      [1000, 700],
      [5100, 300],
    ]);
    r.commit(250);
    expect(list(r)).toEqual([
      [1250, 450],
      [5100, 300],
      [6000, 250],
    ]);
    r.unblock(5000);
    expect(list(r)).toEqual([
      [5000, 750],
      [6000, 250],
    ]);
    expect(r.isSufficient(740)).toBe(false);
    r.charge(740);
    expect(list(r)).toEqual([
      [5990, 260],
      [10000, 740],
    ]);
    expect([r.isReady(5980), r.isReady(5990)]).toEqual([false, true]);
  });
});

describe("A full list, room for two refills", () => {
  it("puts off the tail so that what is new touches it", () => {
    const r = configured(2, 1000, 5000, 0);
    r.commit(300);
    expect(list(r)).toEqual([
      [300, 700],
      [5000, 300],
    ]);
    r.unblock(1000);
    r.commit(200);
    expect(list(r)).toEqual([
      [1200, 500],
      [5700, 500],
    ]);
    r.unblock(1300);
    r.commit(100);
    expect(list(r)).toEqual([
      [1400, 400],
      [5800, 600],
    ]);
    r.unblock(1500);
    expect(r.isSufficient(250)).toBe(false);
    r.charge(250);
    expect(list(r)).toEqual([[5750, 1000]]);
  });
});

describe("The moment of the unblock check", () => {
  /** After running from 0 to 300. */
  const begun = () => {
    const r = configured(4, 1000, 5000, 0);
    r.commit(300);
    expect(list(r)).toEqual([
      [300, 700],
      [5000, 300],
    ]);
    return r;
  };

  it("is the signal when sporadic: time between signal and run is not lost to the next refill", () => {
    const r = begun();
    r.unblock(1000);
    expect(list(r)).toEqual([
      [1000, 700],
      [5000, 300],
    ]);
    r.commit(300);
    expect(list(r)).toEqual([
      [1300, 400],
      [5000, 300],
      [6000, 300],
    ]);
  });

  it("is the switch with constant bandwidth", () => {
    const r = begun();
    r.unblock(1400);
    expect(list(r)).toEqual([
      [1400, 700],
      [5000, 300],
    ]);
    r.commit(300);
    expect(list(r)).toEqual([
      [1700, 400],
      [5000, 300],
      [6400, 300],
    ]);
  });

  it("after a preemption: none when sporadic, at the switch back with constant bandwidth", () => {
    const sporadic = begun();
    sporadic.commit(200);
    expect(list(sporadic)).toEqual([
      [500, 500],
      [5000, 500],
    ]);
    const constant = begun();
    constant.unblock(500);
    expect(list(constant)).toEqual([
      [500, 700],
      [5000, 300],
    ]);
    constant.commit(200);
    expect(list(constant)).toEqual([
      [700, 500],
      [5000, 300],
      [5500, 200],
    ]);
  });
});

describe("An exhausted budget", () => {
  it("comes back as one refill that begins by so much earlier as was left", () => {
    const r = configured(2, 1000, 5000, 0);
    expect(r.isSufficient(990)).toBe(false);
    r.charge(990);
    expect(list(r)).toEqual([[4990, 1000]]);
    expect(r.unblock(4989)).toBe(false);
    expect(r.unblock(4992)).toBe(true);
    expect(list(r)).toEqual([[4992, 1000]]);
  });

  it("is new after a configuration", () => {
    const r = configured(2, 1000, 5000, 0);
    r.charge(990);
    r.configure(2, 2000, 5000, 1400);
    expect(list(r)).toEqual([[1400, 2000]]);
    r.unblock(1600);
    expect(list(r)).toEqual([[1600, 2000]]);
  });
});

describe("A late system call", () => {
  it("is made with 200 ticks left and put off with 199", () => {
    const r = configured(2, 1000, 5000, 0);
    expect([r.isSufficient(800), r.isSufficient(801)]).toEqual([true, false]);
    r.charge(801);
    expect(list(r)).toEqual([[4801, 1000]]);
  });
});

describe("Yield", () => {
  it("moves an unused head one period on", () => {
    const r = configured(2, 1000, 5000, 0);
    r.charge(r.headAmount);
    expect(list(r)).toEqual([[5000, 1000]]);
  });

  it("moves what the head has left onto the refill that it touches", () => {
    const r = configured(2, 1000, 5000, 0);
    r.commit(300);
    r.charge(r.headAmount);
    expect(list(r)).toEqual([[5000, 1000]]);
  });

  it("gives a round-robin context its whole budget back", () => {
    const r = configured(2, 1000, 1000, 0);
    r.restoreRoundRobin();
    expect(list(r)).toEqual([
      [0, 1000],
      [0, 0],
    ]);
  });
});

describe("Round robin", () => {
  it("collects what was used beside what is left, until the turn is over", () => {
    const r = configured(2, 1000, 1000, 0);
    expect([r.isRoundRobin, r.period]).toEqual([true, 0]);
    expect(list(r)).toEqual([
      [0, 1000],
      [0, 0],
    ]);
    r.commit(300);
    expect(list(r)).toEqual([
      [0, 700],
      [0, 300],
    ]);
    expect(r.isSufficient(690)).toBe(false);
    r.restoreRoundRobin();
    expect(list(r)).toEqual([
      [0, 1000],
      [0, 0],
    ]);
    expect(r.unblock(5000)).toBe(false);
  });
});

describe("Reconfiguring a context of a ready thread at 1000", () => {
  const before = () => {
    const r = configured(4, 1000, 5000, 100);
    r.commit(300);
    expect(list(r)).toEqual([
      [400, 700],
      [5100, 300],
    ]);
    return r;
  };

  it("adds what a greater budget lacks one new period later", () => {
    const r = before();
    r.reconfigure(2, 2000, 8000, 1000);
    expect(list(r)).toEqual([
      [1000, 700],
      [9000, 1300],
    ]);
  });

  it("cuts the head to a smaller budget", () => {
    const r = before();
    r.reconfigure(2, 500, 5000, 1000);
    expect(list(r)).toEqual([[1000, 500]]);
  });

  it("starts round robin anew", () => {
    const r = before();
    r.configure(2, 1000, 0, 1000);
    expect(list(r)).toEqual([
      [1000, 1000],
      [1000, 0],
    ]);
    expect(r.period).toBe(0);
  });

  it("leaves the time of a head that is not ready", () => {
    const r = before();
    r.reconfigure(2, 500, 5000, 200);
    expect(list(r)).toEqual([[400, 500]]);
  });
});

describe("Refills that are not configured", () => {
  it("are never sufficient", () => {
    expect(new Refills().isSufficient(0)).toBe(false);
    const r = configured(2, 1000, 1000, 0);
    r.clear();
    expect([r.isConfigured, r.isSufficient(0)]).toEqual([false, false]);
  });
});
