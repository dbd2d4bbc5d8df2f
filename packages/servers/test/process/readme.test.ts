/** The run that the README shows. */
import { compute, load } from "@tessera/hal-sim/isa";
import { expect, it } from "vitest";
import { calls, component, define, must, op, u32 } from "../../src/index.js";
import { expectInReadme } from "../common/transcript.js";
import { bootProcesses, type Shell, shellOf } from "./family.js";

const Counter = define("counter", { add: op({ by: u32 }, { total: u32 }) });

const counter = component("counter", {
  offers: { counter: Counter },
  *main({ counter }) {
    let total = 0;
    yield* counter.serve(() => null, {
      add(_, { by }) {
        total += by;
        return { total };
      },
    });
  },
});

const adder = component("adder", {
  needs: { counter: calls(Counter) },
  *main({ counter, self }) {
    const added = yield* counter.add({ by: Number(self.args) });
    return added.error === null ? added.total : 0;
  },
});
const faulty = component("faulty", {
  *main() {
    yield* load(0);
  },
});
const spinner = component("spinner", {
  *main() {
    for (;;) yield* compute(1000);
  },
});

it("processes are created, given what they need, waited for and killed, as the README shows", () => {
  const said: string[] = [];
  /** Start a process, and say how it ends. */
  function* run({ processes }: Shell, program: string, args: string, cptr: number, what = "") {
    const { process, id } = must(yield* processes.create({ program, args }));
    const who = `process ${id}, ${program}`;
    if (id === 1) {
      const { need, interface: of } = must(yield* process.needs({ index: 0 }));
      said.push(`${who}: needs "${need}", of the interface "${of}"`);
    }
    if (cptr !== 0) must(yield* process.give({ need: "counter", capability: cptr }));
    must(yield* process.start());
    if (program === "spinner") must(yield* process.kill());
    const { end, status, cause } = must(yield* process.wait());
    const how = end === "died" ? `died of "${cause}"` : end === "returned" ? `returned ${status}` : end;
    said.push(`${who}: ${what}${how}`);
    yield* process.close();
  }
  const shell = shellOf({ counter: calls(Counter) }, function* (shell) {
    const { cptr } = shell.counter;
    yield* run(shell, "adder", "5", cptr);
    yield* run(shell, "adder", "7", cptr);
    yield* run(shell, "faulty", "", 0);
    yield* run(shell, "spinner", "", 0);
    yield* run(shell, "adder", "1", 0, "what it was not given it calls in vain: ");
  });
  const options = { server: { most: 8, slice: "5ms" }, others: [{ component: counter, priority: 200 }] };
  const world = bootProcesses([adder, faulty, spinner], shell, options);
  expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
  expectInReadme("process", said);
});
