/** Processes: made, given what they need, run, waited for, ended; and what each of them has is what it was given. */
import { compute, copyOut, load, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Signal } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import {
  type Component,
  calls,
  capability,
  component,
  define,
  memory,
  must,
  op,
  Processes,
  ProcessTable,
  sessionOf,
  u32,
} from "../../src/index.js";
import { bootProcesses, type Options, type Shell, shellOf } from "./family.js";

const Greeter = define("greeter", { who: op({}, { badge: u32 }) });
const Greeters = define("greeters", {
  who: op({}, { badge: u32 }),
  open: op({ badge: u32 }, { greeter: sessionOf(Greeter) }),
});

/** Says by which badge it was called. */
const greeters = component("greeters", {
  offers: { greeters: Greeters },
  *main({ greeters }) {
    yield* greeters.serve(({ badge }) => badge, {
      who: (badge) => ({ badge }),
      open: (_, { badge }) => ({ greeter: greeters.session(Greeter, badge, { who: (badge) => ({ badge }) }) }),
    });
  },
});

const number = component("number", {
  *main({ self }) {
    yield* compute(100_000);
    return Number(self.args);
  },
});
const spinner = component("spinner", {
  *main() {
    for (;;) yield* compute(1000);
  },
});

/** Run a shell until everybody waits. */
function run(programs: readonly Component[], main: (shell: Shell) => Thread<void>, options: Options = {}) {
  const world = bootProcesses(programs, shellOf({}, main), options);
  expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
  expect(world.output).toBe("shell has ended\n");
  expect(world.kernel.checkInvariants()).toEqual([]);
  return world;
}

/** Start a program, and wait for its end. */
function* runProgram({ processes }: Shell, program: string, args = "") {
  const { process } = must(yield* processes.create({ program, args }));
  must(yield* process.start());
  const ended = must(yield* process.wait());
  yield* process.close();
  return ended;
}

describe("A process", () => {
  it("runs its program with its arguments, and its status is what main returned", () => {
    run([number], function* (shell) {
      expect(yield* runProgram(shell, "number", "42")).toEqual({ error: null, end: "returned", status: 42, cause: "" });
      const most = `${2 ** 32 - 1}`;
      expect(yield* runProgram(shell, "number", most)).toMatchObject({ end: "returned", status: 2 ** 32 - 1 });
    });
  });

  it("that dies says of what", () => {
    const faulty = component("faulty", {
      *main() {
        yield* load(0x123000);
      },
    });
    const thrower = component("thrower", {
      *main() {
        yield* compute(1);
        throw new Error("as planned");
      },
    });
    run([faulty, thrower, number], function* (shell) {
      expect(yield* runProgram(shell, "faulty")).toMatchObject({ end: "died", cause: "VMFault at 0x123000" });
      expect(yield* runProgram(shell, "thrower")).toMatchObject({ end: "died", cause: "it threw an error" });
      // No status is none.
      expect(yield* runProgram(shell, "number", "-1")).toMatchObject({ end: "died", cause: "it threw an error" });
    });
  });

  it("is waited for before and after its end, by who asks and by who listens", () => {
    run([number], function* ({ processes, self }) {
      let rung = 0;
      const signal = yield* self.signal(() => void rung++);
      const { process } = must(yield* processes.create({ program: "number", args: "7" }));
      must(yield* process.onEnd({ signal }));
      must(yield* process.start());
      yield* self.signalled();
      expect(rung).toBe(1);
      expect(must(yield* process.wait()).status).toBe(7);
      must(yield* process.onEnd({ signal }));
      yield* self.signalled();
      expect(rung).toBe(2);
      expect(must(yield* process.wait()).status).toBe(7);
    });
  });

  it("does not run before it is started, and is started once", () => {
    run([number], function* ({ processes }) {
      const { process } = must(yield* processes.create({ program: "number", args: "1" }));
      expect(must(yield* processes.next({ after: 0 }))).toMatchObject({ state: "made", usedUs: 0 });
      must(yield* process.start());
      expect((yield* process.start()).error).toBe("Started");
      must(yield* process.wait());
      expect((yield* process.start()).error).toBe("Started");
    });
  });

  it("is killed while it runs, before it does, and after its end to no effect", () => {
    run([number, spinner], function* ({ processes }) {
      const killed = { error: null, end: "killed", status: 0, cause: "" };
      const running = must(yield* processes.create({ program: "spinner", args: "" })).process;
      must(yield* running.start());
      must(yield* running.kill());
      expect(yield* running.wait()).toEqual(killed);
      const made = must(yield* processes.create({ program: "spinner", args: "" })).process;
      must(yield* made.kill());
      expect(yield* made.wait()).toEqual(killed);
      const ended = must(yield* processes.create({ program: "number", args: "3" })).process;
      must(yield* ended.start());
      must(yield* ended.wait());
      must(yield* ended.kill());
      expect(must(yield* ended.wait())).toMatchObject({ end: "returned", status: 3 });
    });
  });

  it("ends when its creator closes its session, or dies", () => {
    const world = run([spinner], function* ({ processes }) {
      const { process, id } = must(yield* processes.create({ program: "spinner", args: "" }));
      must(yield* process.start());
      yield* process.close();
      expect((yield* processes.kill({ id })).error).toBe("NotFound");
      const left = must(yield* processes.create({ program: "spinner", args: "" }));
      must(yield* left.process.start());
    });
    expect(world.kernel.snapshot().objects.filter(({ name }) => name.startsWith("spinner"))).toEqual([]);
  });

  it("of a program that there is not, or above the number that there can be, is refused", () => {
    run(
      [number, spinner],
      function* ({ processes }) {
        expect((yield* processes.create({ program: "numbers", args: "" })).error).toBe("NotFound");
        const all = [];
        for (let i = 0; i < 3; i++) all.push(must(yield* processes.create({ program: "spinner", args: "" })));
        expect((yield* processes.create({ program: "number", args: "" })).error).toBe("Full");
        must(yield* (all[1] as (typeof all)[0]).process.kill());
        expect(must(yield* processes.create({ program: "number", args: "" })).id).toBe(4);
      },
      { server: { most: 3 } },
    );
  });

  it("is one of the programs that there are", () => {
    run([number, spinner], function* ({ processes }) {
      expect(must(yield* processes.programs({ index: 0 })).name).toBe("number");
      expect(must(yield* processes.programs({ index: 1 })).name).toBe("spinner");
      expect((yield* processes.programs({ index: 2 })).error).toBe("End");
    });
  });

  it("has a number that no other had, and is seen with what it has used", () => {
    run([number, spinner], function* ({ processes, self }) {
      const first = must(yield* processes.create({ program: "number", args: "5" }));
      const second = must(yield* processes.create({ program: "spinner", args: "" }));
      must(yield* first.process.start());
      must(yield* first.process.wait());
      const seen = must(yield* processes.next({ after: 0 }));
      expect(seen).toMatchObject({ id: 1, parent: 0, name: "number", state: "ended" });
      // It has computed 100,000 cycles of 1 GHz.
      expect(seen.usedUs).toBeGreaterThan(100);
      expect(seen.usedUs).toBeLessThan(1000);
      expect(must(yield* processes.next({ after: 1 }))).toMatchObject({ id: 2, name: "spinner", state: "made" });
      expect((yield* processes.next({ after: 2 })).error).toBe("End");
      yield* first.process.close();
      expect(must(yield* processes.next({ after: 0 })).id).toBe(2);
      must(yield* processes.kill({ id: 2 }));
      expect((yield* processes.kill({ id: 2 })).error).toBe("NotFound");
      expect(must(yield* processes.next({ after: 0 }))).toMatchObject({ id: 2, state: "ended" });
      yield* second.process.close();
      expect(must(yield* processes.create({ program: "number", args: "5" })).id).toBe(3);
      expect(self.incarnation).toBe(0);
    });
  });

  it("has the memory that it declares, zeroed also when it had been another's", () => {
    const seen: number[] = [];
    const Pages = { small: memory(1), large: memory(3) };
    const writer = component("writer", {
      needs: Pages,
      *main({ small, large }) {
        expect([small.bytes, large.bytes]).toEqual([4096, 3 * 4096]);
        expect(large.physical).toBeGreaterThan(0x8000_0000);
        for (const address of [small.address, large.address + 2 * 4096]) {
          seen.push(yield* load(address));
          yield* copyOut(address, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
        }
      },
    });
    run(
      [writer],
      function* (shell) {
        for (let i = 0; i < 3; i++) expect(yield* runProgram(shell, "writer")).toMatchObject({ end: "returned" });
      },
      { server: { most: 1 } },
    );
    expect(seen).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("hears signals, if it declares that", () => {
    const Bells = define("bells", { hang: op({ bell: capability("Notification") }, {}) });
    const bells = component("bells", {
      offers: { bells: Bells },
      *main({ bells }) {
        yield* bells.serve(() => null, {
          *hang(_, { bell }) {
            yield* seL4_Signal(bell);
          },
        });
      },
    });
    const listener = component("listener", {
      needs: { bells: calls(Bells) },
      signals: true,
      *main({ bells, self }) {
        let rung = 0;
        const bell = yield* self.signal(() => void rung++);
        must(yield* bells.hang({ bell }));
        yield* self.signalled();
        return rung;
      },
    });
    const shell = shellOf({ bells: calls(Bells) }, function* ({ processes, bells }) {
      const { process } = must(yield* processes.create({ program: "listener", args: "" }));
      must(yield* process.give({ need: "bells", capability: bells.cptr }));
      must(yield* process.start());
      expect(must(yield* process.wait()).status).toBe(1);
    });
    const world = bootProcesses([listener], shell, { others: [{ component: bells, priority: 200 }] });
    expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
    expect(world.output).toBe("shell has ended\n");
  });
});

/** Asks its two greeters, and has a need that nobody serves it for. */
const asker = component("asker", {
  needs: { first: calls(Greeters), page: memory(1), second: calls(Greeter) },
  *main({ first, second }) {
    const [one, two] = [yield* first.who(), yield* second.who()];
    return (one.error === null ? one.badge : 0) * 0x1000 + (two.error === null ? two.badge : 0);
  },
});

describe("What a process can do", () => {
  const others = [{ component: greeters, priority: 200 }];

  it("is what its parent gave it for its needs: by the same badges, and nothing where nothing was given", () => {
    const shell = shellOf({ greeters: calls(Greeters) }, function* ({ processes, greeters }) {
      const seen: unknown[] = [];
      const { greeter } = must(yield* greeters.open({ badge: 0x42 }));
      const { process } = must(yield* processes.create({ program: "asker", args: "" }));
      for (let index = 0; index < 3; index++) seen.push(yield* process.needs({ index }));
      expect(seen).toEqual([
        { error: null, need: "first", interface: "greeters" },
        { error: null, need: "second", interface: "greeter" },
        { error: "End" },
      ]);
      must(yield* process.give({ need: "first", capability: greeters.cptr }));
      must(yield* process.give({ need: "second", capability: greeter.cptr }));
      expect((yield* process.give({ need: "page", capability: greeter.cptr })).error).toBe("NotFound");
      expect((yield* process.give({ need: "third", capability: greeter.cptr })).error).toBe("NotFound");
      must(yield* process.start());
      expect((yield* process.give({ need: "first", capability: greeter.cptr })).error).toBe("Started");
      expect(must(yield* process.wait()).status).toBe(0x103_042);
      expect((yield* process.give({ need: "first", capability: greeter.cptr })).error).toBe("Started");

      const poor = must(yield* processes.create({ program: "asker", args: "" })).process;
      must(yield* poor.give({ need: "second", capability: greeters.cptr }));
      // A later one takes the place of an earlier one.
      must(yield* poor.give({ need: "second", capability: greeter.cptr }));
      must(yield* poor.start());
      expect(must(yield* poor.wait()).status).toBe(0x42);
    });
    const world = bootProcesses([asker], shell, { others });
    expect(world.machine.run({ events: 500_000 }).reason).toBe("idle");
    expect(world.output).toBe("shell has ended\n");
  });

  it("is what the kernel finds in its slots, and nothing else", () => {
    const seen: unknown[] = [];
    const shell = shellOf({ greeters: calls(Greeters) }, function* ({ processes, greeters }) {
      const { process } = must(yield* processes.create({ program: "asker", args: "" }));
      must(yield* process.give({ need: "first", capability: greeters.cptr }));
      const { objects, capabilities } = world.kernel.snapshot();
      const home = objects.find(({ name }) => name === "asker.1 cnode")?.id;
      for (const { index, kind, object, rights, badge } of capabilities.filter((one) => one.home === home)) {
        seen.push([index, kind, objects.find(({ id }) => id === object)?.name, rights, badge]);
      }
      yield* process.close();
    });
    const world = bootProcesses([asker], shell, { others });
    expect(world.machine.run({ events: 500_000 }).reason).toBe("idle");
    const parent = expect.stringMatching(/^0x80000/);
    expect(seen).toEqual([
      [1, "cnode", "asker.1 cnode", "", "0x0"],
      [4, "endpoint", "process.endpoint", "WP", parent],
      [5, "endpoint", "greeters.endpoint", "WP", "0x103"],
    ]);
  });

  it("may be to make processes of its own, which its parent sees, and which end when it does", () => {
    const nested = component("nested", {
      needs: { processes: calls(Processes) },
      *main({ processes, self }) {
        const { process } = must(yield* processes.create({ program: "spinner", args: "" }));
        must(yield* process.start());
        const below = must(yield* processes.next({ after: 0 }));
        expect([below.name, below.parent]).toEqual(["spinner", below.id - 1]);
        expect((yield* processes.kill({ id: below.parent })).error).toBe("NotFound");
        return self.args === "end" ? 5 : must(yield* process.wait()).status;
      },
    });
    run([nested, spinner], function* ({ processes }) {
      const { process } = must(yield* processes.create({ program: "nested", args: "" }));
      must(yield* process.delegate({ need: "processes" }));
      must(yield* process.start());
      // More than the shell's budget: processes run when nobody else wants to.
      yield* compute(10_000_000);
      expect(yield* processes.next({ after: 1 })).toMatchObject({ id: 2, parent: 1, name: "spinner" });
      must(yield* process.kill());
      expect((yield* processes.next({ after: 1 })).error).toBe("End");
      yield* process.close();
      const other = must(yield* processes.create({ program: "nested", args: "end" })).process;
      must(yield* other.delegate({ need: "processes" }));
      must(yield* other.start());
      expect(must(yield* other.wait())).toMatchObject({ end: "returned", status: 5 });
      expect((yield* processes.next({ after: 3 })).error).toBe("End");
    });
  });

  it("may be to see what its parent sees, and to kill it, itself among others", () => {
    const killer = component("killer", {
      needs: { table: calls(ProcessTable) },
      *main({ table, self }) {
        const first = must(yield* table.next({ after: 0 }));
        must(yield* table.kill({ id: first.id }));
        must(yield* table.kill({ id: Number(self.args) }));
      },
    });
    run([killer, spinner], function* ({ processes }) {
      const spinning = must(yield* processes.create({ program: "spinner", args: "" })).process;
      must(yield* spinning.start());
      const { process } = must(yield* processes.create({ program: "killer", args: "2" }));
      must(yield* process.delegate({ need: "table" }));
      must(yield* process.start());
      expect(must(yield* spinning.wait()).end).toBe("killed");
      expect(must(yield* process.wait()).end).toBe("killed");
    });
  });

  it("is not to be delegated for another interface, nor to be given as if it were another's", () => {
    const shell = shellOf({ greeters: calls(Greeters) }, function* ({ processes }) {
      const { process } = must(yield* processes.create({ program: "asker", args: "" }));
      expect((yield* process.delegate({ need: "first" })).error).toBe("NotFound");
      expect((yield* process.delegate({ need: "none" })).error).toBe("NotFound");
      expect((yield* process.give({ need: "first", capability: processes.cptr })).error).toBe("Malformed");
      expect((yield* process.give({ need: "first", capability: process.cptr })).error).toBe("Malformed");
      must(yield* process.start());
      expect((yield* process.delegate({ need: "first" })).error).toBe("Started");
      expect(must(yield* process.wait()).status).toBe(0);
    });
    const world = bootProcesses([asker], shell, { others });
    expect(world.machine.run({ events: 500_000 }).reason).toBe("idle");
    expect(world.output).toBe("shell has ended\n");
  });
});

describe("A program", () => {
  it.each<[string, Component, string]>([
    ["that offers something", greeters, 'it offers "greeters", and nobody could be given it: make it a component'],
    [
      "with a window",
      component("wide", { needs: { greeters: calls(Greeters, { window: 1 }) }, *main() {} }),
      'its need "greeters" has a window, and its server could not see that',
    ],
    [
      "with memory that outlives it",
      component("kept", { needs: { page: memory(1, { kept: true }) }, *main() {} }),
      'its need "page" is memory that outlives it, and a process has one life',
    ],
    ["of a long name", component("n".repeat(65), { *main() {} }), "its name has 65 bytes, and a message at most 64"],
  ])("%s cannot be run in a process", (_, program, why) => {
    const boot = () =>
      bootProcesses(
        [program],
        shellOf({}, function* () {}),
      );
    expect(boot).toThrow(RangeError);
    expect(boot).toThrow(`${program.name} cannot be run in a process: ${why}`);
  });
});
