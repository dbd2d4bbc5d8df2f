import { expect, test } from "vitest";
import { CASES } from "../src/cases.js";
import { measure, median } from "../src/measure.js";

test("the median is the middle value, or the mean of the two", () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test.each(CASES)("$name does what it says in each entry, and fails in none", (each) => {
  const kernel = each.boot();
  const before = kernel.machine.trace.count;
  expect(kernel.machine.run({ events: 1000 }).reason).toBe("limit");
  expect(kernel.machine.trace.count - before).toBeGreaterThanOrEqual(1000);
  expect(kernel.explanations().filter(({ tick }) => tick > 0 && kernel.machine.clock.ticks - tick < 1000)).toEqual([]);
});

test("a call that succeeds never asks the explainer", () => {
  for (const each of CASES) {
    const kernel = each.boot();
    const asked: string[] = [];
    kernel.state.explainer = {
      refused: () => asked.push("refused"),
      unresolved: () => asked.push("unresolved"),
      unanswerable: () => asked.push("unanswerable"),
      faulted: () => asked.push("faulted"),
    };
    kernel.machine.run({ events: 10_000 });
    expect(asked).toEqual([]);
  }
});

test("a measurement has a figure and a hash for every column", () => {
  const row = measure(CASES[0]!, 1);
  expect(row.nanoseconds).toBeGreaterThan(0);
  expect(row.hash).toMatch(/^[0-9a-f]+$/);
});
