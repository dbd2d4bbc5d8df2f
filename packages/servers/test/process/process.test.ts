/** Processes: made, given what they need, run, waited for, ended; and nothing of them is left. */
import { compute, load } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { component, must } from "../../src/index.js";
import { bootProcesses } from "./family.js";

const answer = component("answer", {
  *main({ self }) {
    yield* compute(1000);
    return Number(self.args);
  },
});
const faulty = component("faulty", {
  *main() {
    yield* load(0);
  },
});

describe("A process", () => {
  it("runs its program with its arguments, and its status is what main returned", () => {
    const seen: unknown[] = [];
    const world = bootProcesses([answer, faulty], function* ({ processes }) {
      const { process, id } = must(yield* processes.create({ program: "answer", args: "42" }));
      must(yield* process.start());
      seen.push(id, yield* process.wait());
      const other = must(yield* processes.create({ program: "faulty", args: "" }));
      must(yield* other.process.start());
      seen.push(other.id, yield* other.process.wait());
    });
    expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
    expect(world.output).toBe("shell has ended\n");
    expect(seen).toEqual([
      1,
      { error: null, end: "returned", status: 42, cause: "" },
      2,
      { error: null, end: "died", status: 0, cause: "VMFault at 0x0" },
    ]);
  });
});
