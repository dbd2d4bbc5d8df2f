import { expect, test } from "vitest";
import { exchangeWork } from "../src/cases/system-calls.js";
import { answer, answerWord, digest, expectedDigest, request } from "../src/measure/exchange.js";
import type { Figure } from "../src/measure/figure.js";
import { floorWork } from "../src/measure/floor.js";
import { measurePhases } from "../src/measure/phases.js";
import { type Contender, measureTogether } from "../src/measure/rounds.js";
import { summarise } from "../src/measure/statistics.js";
import { fold, foldAll, type Tally, verify, type Work } from "../src/measure/work.js";
import { scattered } from "../src/programs/capabilities.js";
import { answerOne, callOne } from "../src/programs/loops.js";
import { verdict } from "../src/report/aims.js";

const TINY = { warmUp: 1, rounds: 3, scale: 0.001 };

test("a summary is the median, the least, and the middle half", () => {
  expect(summarise([3, 1, 2])).toEqual({ median: 2, least: 1, spread: 0.5 });
  expect(summarise([4, 1, 2, 3]).median).toBe(2.5);
  expect(summarise([5])).toEqual({ median: 5, least: 5, spread: 0 });
});

test("the digest of an answer depends on every word and its place", () => {
  const { w0, w1, w2, w3 } = answer(request(7));
  expect(expectedDigest(7)).toBe(digest(w0, w1, w2, w3));
  expect(digest(w1, w0, w2, w3)).not.toBe(digest(w0, w1, w2, w3));
  expect(digest(w0, w1, w2, w3 + 1)).not.toBe(digest(w0, w1, w2, w3));
});

test("the sum over replies depends on their order", () => {
  expect(foldAll(3, (i) => i)).toBe(fold(fold(fold(0, 0), 1), 2));
  expect(fold(fold(0, 1), 2)).not.toBe(fold(fold(0, 2), 1));
});

test("the floor counts two turns a round trip", () => {
  const floor = floorWork();
  floor.run(100);
  expect(floor.tally).toEqual({ done: 100, sum: 200 });
});

/** Work that forgets one of its times when it is told to. */
function counting(forgetful: boolean): Work {
  const tally: Tally = { done: 0, sum: 0 };
  return {
    tally,
    run(times) {
      for (let i = 0; i < times; i++) tally.sum = fold(tally.sum, 1);
      tally.done += times + (forgetful ? 1 : 0);
    },
    expected: (done) => foldAll(done, () => 1),
  };
}

test("work that was not done is found", async () => {
  const contender = (forgetful: boolean): Contender => ({ name: "work", work: counting(forgetful), batch: 1000 });
  expect((await measureTogether([contender(false)], TINY)).samples[0]!.checksum).toBe("4:7840");
  await expect(measureTogether([contender(true)], TINY)).rejects.toThrow(/^work: the sum after \d+ times is/);
});

test("a server that answers wrongly once is found", () => {
  let answers = 0;
  const lying = exchangeWork(
    { client: callOne, server: answerOne, digest: (i) => answerWord(i, 0) + (++answers === 5 ? 1 : 0) },
    { passive: true },
  );
  lying.run(10);
  expect(() => verify("call", lying)).toThrow(/it should be/);
});

test("calls that take more kernel entries than they should are found", () => {
  const work = exchangeWork({ client: callOne, server: answerOne, digest: (i) => answerWord(i, 0) }, { passive: true });
  work.run(50);
  expect(() => verify("call", work)).not.toThrow();
  work.kernel.machine.run({ events: 1 });
  work.tally.done -= 20;
  expect(work.faults!()).toEqual([expect.stringMatching(/kernel entries instead of 2 each/)]);
});

test("a call that succeeds never asks the explainer", () => {
  const work = exchangeWork({ client: callOne, server: answerOne, digest: () => 0 }, { passive: true });
  const asked: string[] = [];
  work.kernel.state.explainer = {
    refused: () => asked.push("refused"),
    unresolved: () => asked.push("unresolved"),
    unanswerable: () => asked.push("unanswerable"),
    faulted: () => asked.push("faulted"),
  };
  work.run(1000);
  expect(asked).toEqual([]);
});

test("a phase that needs more entries than calls ends all the same, and is found when it never ends", () => {
  const tally = { begun: 0, done: 0, sum: 0 };
  let lazy = 0;
  const work = (every: number) => ({
    tally,
    run() {},
    expected: () => tally.sum,
    enter(entries: number) {
      for (let i = 0; i < entries; i++) {
        if (++lazy % every !== 0) continue;
        tally.begun++;
        tally.done++;
      }
    },
  });
  const phases = [{ name: "phase", calls: 10, times: 10 }];
  expect(measurePhases(work(2), phases, TINY).samples[0]!.checksum).toBe("40:0");
  expect(() => measurePhases({ ...work(Infinity), tally: { begun: 0, done: 0, sum: 0 } }, phases, TINY)).toThrow(
    "a phase has not ended: 0 of 10 calls were begun",
  );
});

test("slots are scattered by a permutation", () => {
  const places = Array.from({ length: 1024 }, (_, i) => scattered(i, 10));
  expect(new Set(places).size).toBe(1024);
  const near = places.filter((place, i) => i > 0 && Math.abs(place - places[i - 1]!) < 16);
  expect(near.length).toBeLessThan(128);
});

test("aims are met from the right side", () => {
  const figure = (id: string, value: number, floors?: number): Figure => ({
    id,
    title: id,
    unit: "ns",
    value,
    ...(floors === undefined ? {} : { floors }),
  });
  expect(verdict(figure("call-1", 100, 5))).toBe("stretch");
  expect(verdict(figure("call-1", 100, 8))).toBe("met");
  expect(verdict(figure("call-1", 100, 8.1))).toBe("not met");
  expect(verdict(figure("beside-channel", 24))).toBe("not met");
  expect(verdict(figure("beside-channel", 25))).toBe("met");
  expect(verdict(figure("beside-channel", 41))).toBe("stretch");
  expect(verdict(figure("call-1-active", 1, 1))).toBeNull();
});
