import { describe, expect, test } from "vitest";
import { Clock, CYCLES_PER_TICK, lastRecords, MachineEvent, Prng, recordsBefore, Trace } from "../src/index.js";

function trace(records = 8) {
  const clock = new Clock();
  return { clock, trace: new Trace(clock, records) };
}

describe("The trace", () => {
  test("keeps the last records by their absolute numbers", () => {
    const { trace: t, clock } = trace(4);
    for (let i = 0; i < 10; i++) {
      clock.advance(CYCLES_PER_TICK);
      t.emit(16, i, -i, 1, 2, 3, 4);
    }
    expect([t.count, t.first]).toEqual([10, 6]);
    expect(t.record(5)).toBeUndefined();
    expect(t.record(10)).toBeUndefined();
    expect(t.record(9)).toEqual({ kind: 16, tick: 10, subject: 9, a: -9, b: 1, c: 2, d: 3, e: 4 });
  });

  test("The hash depends on every field and on the tick", () => {
    const hashOf = (fields: number[], ticks = 1) => {
      const { trace: t, clock } = trace();
      clock.advance(ticks * CYCLES_PER_TICK);
      t.emit(...(fields as [number, number, number, number, number, number, number]));
      t.emit(16, 0, 0, 0, 0, 0, 0);
      return t.hash;
    };
    const base = [16, 1, 2, 3, 4, 5, 6];
    const hashes = new Set([hashOf(base), hashOf(base, 2)]);
    for (let i = 0; i < 7; i++) hashes.add(hashOf(base.map((field, j) => (i === j ? field ^ 0x8000_0000 : field))));
    expect(hashes.size).toBe(9);
    expect(hashOf(base)).toBe(hashOf(base));
  });

  test("The hash is that of all records, whatever the ring keeps; names and reading stay outside", () => {
    const [small, large] = [trace(1), trace(1024)];
    for (const { trace: t } of [small, large]) for (let i = 0; i < 100; i++) t.emit(17, i, 0, 0, 0, 0, 0);
    large.trace.setName(3, "server");
    large.trace.setKindName(17, "Mint");
    lastRecords(large.trace, 10);
    expect(small.trace.hash).toBe(large.trace.hash);
    expect(lastRecords(large.trace, 98)[1]).toBe('#3 tick 0 Mint 3 "server" 0 0 0 0 0');
  });

  test("The name of what has ended is kept as long as the ring holds anything of it", () => {
    const { trace: t } = trace(4);
    for (const id of [1, 2]) t.setName(id, `number ${id}`);
    t.emit(16, 1, 0, 0, 0, 0, 0);
    t.endName(1);
    for (let i = 0; i < 4; i++) t.emit(16, 2, 0, 0, 0, 0, 0);
    t.endName(3);
    expect(t.nameOf(1)).toBe("number 1");
    t.emit(16, 2, 0, 0, 0, 0, 0);
    t.endName(2);
    expect([t.nameOf(1), t.nameOf(2)]).toEqual(["", "number 2"]);
  });

  test("The hash is the same however often it is read on the way", () => {
    const [once, often] = [trace(2048), trace(4)];
    const seen = new Set<number>();
    for (let i = 0; i < 3000; i++) {
      for (const { trace: t, clock } of [once, often]) {
        clock.advance(i % 3 === 0 ? CYCLES_PER_TICK : 0);
        t.emit(16 + (i % 5), i, -i, i << 20, 1, 0, 2);
      }
      seen.add(often.trace.hash);
    }
    expect(seen.size).toBe(3000);
    expect(once.trace.hash).toBe(often.trace.hash);
    expect(often.trace.hash).toBe(165_046_644);
  });

  test("A record is shown with the names of its fields, as many as its kind has; numbers stand where none are known", () => {
    const { trace: t } = trace();
    t.setKindName(16, "Signal", ["notification", "badge"]);
    t.emit(16, 1, 2, -3, 0, 0, 0);
    t.emit(17, 1, 2, -3, 0, 0, 0);
    t.emit(MachineEvent.Switch, 1, 0, 0, 0, 0, 0);
    t.emit(MachineEvent.Halt, 0, 1, 7, 0, 0, 0);
    expect(lastRecords(t, 4)).toEqual([
      "#0 tick 0 Signal 1 notification=2 badge=-3",
      "#1 tick 0 kind 17 1 2 -3 0 0 0",
      "#2 tick 0 Switch 1",
      "#3 tick 0 Halt 0 halted=1 code=7",
    ]);
  });

  test("As text it goes up to a record that is named, and a byte for the monitor says so", () => {
    const { trace: t } = trace();
    t.setName(10, "an object, and no device");
    t.emit(MachineEvent.Output, 96, 65, 0, 0, 0, 0);
    t.emit(MachineEvent.Output, 10, 66, 0, 0, 0, 0);
    t.emit(MachineEvent.Switch, 1, 0, 0, 0, 0, 0);
    expect(recordsBefore(t, 2, 5)).toEqual(['#0 tick 0 Output 96 "monitor" byte=65', "#1 tick 0 Output 10 byte=66"]);
    expect(recordsBefore(t, 2, 1)).toEqual(["#1 tick 0 Output 10 byte=66"]);
  });

  test("An Epoch record comes before the first record of a new high part of the tick", () => {
    const { trace: t, clock } = trace();
    t.emit(16, 1, 0, 0, 0, 0, 0);
    clock.advance((2 ** 33 + 5) * CYCLES_PER_TICK);
    t.emit(16, 2, 0, 0, 0, 0, 0);
    expect(t.record(1)).toMatchObject({ kind: MachineEvent.Epoch, a: 2 });
    expect(t.record(2)).toMatchObject({ kind: 16, tick: 2 ** 33 + 5 });
    expect(t.record(0)).toMatchObject({ tick: 0 });
  });

  test("Switched off it records nothing", () => {
    const { trace: t } = trace();
    const before = t.hash;
    t.enabled = false;
    t.emit(16, 1, 0, 0, 0, 0, 0);
    expect([t.count, t.hash]).toEqual([0, before]);
  });
});

describe("The seeded generator", () => {
  test("gives the same numbers for a seed and others for another one, also one that differs above 32 bits", () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (prng) => () =>
            prng.next()
        )(new Prng(seed)),
      );
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(1)).not.toEqual(draw(1 + 2 ** 32));
    expect(draw(0).every((n) => n >= 0 && n < 2 ** 32 && Number.isInteger(n))).toBe(true);
  });

  test("Bounded numbers are below the bound and reach all of it", () => {
    const prng = new Prng(3);
    const seen = new Set(Array.from({ length: 200 }, () => prng.below(6)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
