import { describe, expect, test } from "vitest";
import { Clock } from "../src/index.js";

describe("The clock", () => {
  test("counts 100 cycles to a tick", () => {
    const clock = new Clock();
    clock.advance(1999);
    expect([clock.cycles, clock.ticks]).toEqual([1999, 19]);
  });

  test("rings alarms in order of time, then of creation, whenever they were set", () => {
    const clock = new Clock();
    const rung: string[] = [];
    const [a, b, c] = ["a", "b", "c"].map((name) => clock.createAlarm(() => rung.push(name)));
    clock.set(c!, 50);
    clock.set(b!, 70);
    clock.set(a!, 50);
    expect(clock.horizon).toBe(50);
    clock.advance(60);
    clock.ringDue();
    expect(rung).toEqual(["a", "c"]);
    expect(clock.horizon).toBe(70);
    clock.set(b!, 10);
    clock.ringDue();
    expect(rung).toEqual(["a", "c", "b"]);
    expect(clock.horizon).toBe(Infinity);
  });

  test("The horizon is the first of alarm, timer and end of slice", () => {
    const clock = new Clock();
    clock.setTimer(9);
    clock.sliceEnd = 500;
    expect(clock.horizon).toBe(500);
    clock.setTimer(3);
    expect(clock.horizon).toBe(300);
    clock.setTimer(Infinity);
    clock.sliceEnd = Infinity;
    expect(clock.horizon).toBe(Infinity);
  });

  test("An alarm may set itself again while it rings", () => {
    const clock = new Clock();
    let rings = 0;
    const alarm = clock.createAlarm(() => {
      if (++rings < 5) clock.set(alarm, rings * 10);
    });
    clock.set(alarm, 0);
    clock.advance(100);
    clock.ringDue();
    expect(rings).toBe(5);
  });
});
