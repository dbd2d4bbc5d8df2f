/** What lies in a pipe, without a server: against a list of bytes and a queue. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { PIPE_BYTES } from "../../src/pipes/interface.js";
import { type End, type PendingWrite, Stream } from "../../src/pipes/stream.js";

/** A pipe as it is thought of: bytes, and writes that wait. */
class Model {
  bytes: number[] = [];
  queue: { data: Uint8Array; outcome: string }[] = [];
  readonly open: Record<End, number | null> = { reader: null, writer: null };
  sealed = false;

  isOver(end: End): boolean {
    return this.open[end] === 0 || (this.open[end] === null && this.sealed);
  }

  settle(): void {
    for (let next = this.queue[0]; next !== undefined; next = this.queue[0]) {
      const broken = this.isOver("reader");
      if (!broken && this.bytes.length + next.data.length > PIPE_BYTES) break;
      this.queue.shift();
      if (!broken) this.bytes.push(...next.data);
      next.outcome = broken ? "broken" : "written";
    }
    if (this.isOver("reader")) this.bytes = [];
  }
}

/** A write that waits in the pipe and in the model. */
interface Waiting {
  readonly write: PendingWrite;
  readonly modelled: { data: Uint8Array; outcome: string };
  outcome: string;
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), n: fc.integer({ min: 0, max: 2000 }) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("take" as const), n: fc.integer({ min: 0, max: 2000 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("forget" as const), n: fc.nat({ max: 5 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom("add" as const, "remove" as const), n: fc.nat({ max: 1 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("seal" as const), n: fc.constant(0) }) },
);

it("whatever is done to it, it is a list of bytes with a queue of writes, in whole and in order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stream = new Stream();
      const model = new Model();
      const waiting: Waiting[] = [];
      let next = 0;
      for (const { do: what, n } of steps) {
        const end: End = n === 0 ? "reader" : "writer";
        if (what === "write") {
          const data = Uint8Array.from({ length: n }, () => next++ % 251);
          const modelled = { data, outcome: "waits" };
          model.queue.push(modelled);
          if (stream.isBroken) {
            model.settle();
            expect(modelled.outcome).toBe("broken");
            continue;
          }
          model.settle();
          const goesIn = stream.write(data);
          expect(goesIn).toBe(modelled.outcome === "written");
          if (goesIn) continue;
          const entry: Waiting = {
            outcome: "waits",
            modelled,
            write: {
              data,
              settled(outcome) {
                entry.outcome = outcome;
              },
            },
          };
          stream.wait(entry.write);
          waiting.push(entry);
        } else if (what === "take") {
          expect([...stream.take(n)]).toEqual(model.bytes.splice(0, n));
          model.settle();
        } else if (what === "forget") {
          const entry = waiting[n];
          if (entry === undefined) continue;
          stream.forget(entry.write);
          model.queue = model.queue.filter((other) => other !== entry.modelled);
          model.settle();
        } else if (what === "add") {
          stream.add(end);
          model.open[end] = (model.open[end] ?? 0) + 1;
        } else if (what === "remove") {
          if ((model.open[end] ?? 0) === 0) continue;
          stream.remove(end);
          model.open[end] = (model.open[end] as number) - 1;
          model.settle();
        } else {
          stream.seal();
          model.sealed = true;
          model.settle();
        }
        expect(stream.length).toBe(model.bytes.length);
        expect(stream.isBroken).toBe(model.isOver("reader"));
        expect(stream.hasEnded).toBe(model.bytes.length === 0 && model.isOver("writer"));
        for (const { outcome, modelled } of waiting) expect(outcome).toBe(modelled.outcome);
      }
    }),
    { numRuns: 300 },
  );
});

it("a small write does not overtake a large one that waits for room", () => {
  const stream = new Stream();
  const order: string[] = [];
  expect(stream.write(new Uint8Array(PIPE_BYTES))).toBe(true);
  for (const [name, size] of [
    ["large", 500],
    ["small", 1],
  ] as const) {
    expect(stream.write(new Uint8Array(size))).toBe(false);
    stream.wait({ data: new Uint8Array(size), settled: () => order.push(name) });
  }
  stream.take(499);
  expect(order).toEqual([]);
  stream.take(2);
  expect(order).toEqual(["large", "small"]);
});
