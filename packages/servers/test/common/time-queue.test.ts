import fc from "fast-check";
import { expect, it } from "vitest";
import { type TimeEntry, TimeQueue } from "../../src/index.js";

const act = fc.oneof(
  fc.record({ what: fc.constant("add" as const), at: fc.integer({ min: 0, max: 20 }) }),
  fc.record({ what: fc.constant("remove" as const), which: fc.nat(30) }),
  fc.record({ what: fc.constant("take" as const), now: fc.integer({ min: 0, max: 20 }) }),
);

it("does what a sorted list does: earliest first, equal times in order of arrival, whatever is taken out", () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
      const queue = new TimeQueue<number>();
      const entries: TimeEntry<number>[] = [];
      let model: TimeEntry<number>[] = [];
      for (const act of acts) {
        if (act.what === "add") {
          const entry = queue.add(act.at, entries.length);
          entries.push(entry);
          model.push(entry);
          model.sort((a, b) => a.at - b.at || a.value - b.value);
        } else if (act.what === "remove") {
          const entry = entries[act.which];
          if (entry === undefined) continue;
          expect(queue.remove(entry)).toBe(model.includes(entry));
          model = model.filter((other) => other !== entry);
        } else {
          const due = model[0] !== undefined && model[0].at <= act.now ? model.shift() : undefined;
          expect(queue.takeDue(act.now)).toBe(due);
        }
        expect(queue.first).toBe(model[0]);
        expect(queue.size).toBe(model.length);
      }
    }),
  );
});
