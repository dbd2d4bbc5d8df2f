/**
 * Processes killed at every stage of life, at seeded moments, by all who can; and clients and the process server itself
 * that die wherever they are. Whatever happened, the kernel holds in the end what it held before.
 */
import { Prng } from "@tessera/hal-sim";
import { compute, copyOut, load, type Program, type Thread } from "@tessera/hal-sim/isa";
import { bootWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  type Client,
  type Component,
  calls,
  component,
  define,
  memory,
  must,
  op,
  type Process,
  Processes,
  ProcessTable,
  planImage,
  processServer,
} from "../../src/index.js";
import { existing, type Snapshot } from "../root/existing.js";
import { type Entry, planOf } from "../root/planned.js";

const SEEDS = 25;
const CYCLES = 40;
const ROUND_SEEDS = 12;
/** Processes at a time, beside those that they create. */
const MOST = 4;
const SOON = { firstUs: 1000, mostUs: 4000 };

const Post = define("post", { quick: op({}, {}), never: op({}, {}, [], { waits: true }) });

const post = component("post", {
  offers: { post: Post },
  waiting: 64,
  *main({ post, self }) {
    const never = self.condition();
    yield* post.serve(() => null, {
      quick() {},
      *never() {
        yield* never.wait();
      },
    });
  },
});

/** What a worker does, by its arguments. */
const WAYS = ["returns", "faults", "throws", "spins", "writes", "calls", "waits", "creates", "kills"] as const;

const worker: Component = component("worker", {
  needs: { post: calls(Post), processes: calls(Processes), table: calls(ProcessTable), page: memory(2) },
  signals: true,
  *main({ post, processes, table, page, self }) {
    const way = self.args as (typeof WAYS)[number];
    yield* compute(2000);
    if (way === "returns") return 1;
    if (way === "faults") yield* load(0);
    if (way === "throws") throw new Error("as it was told");
    if (way === "waits") yield* post.never();
    for (let i = 0; ; i++) {
      yield* compute(1000);
      if (way === "writes") yield* copyOut(page.address, Uint8Array.of(i));
      if (way === "calls") yield* post.quick();
      if (way === "kills") yield* table.kill({ id: i });
      if (way !== "creates") continue;
      const created = yield* processes.create({ program: "worker", args: "spins" });
      if (created.error !== null) continue;
      yield* created.process.start();
      if (i % 2 === 0) yield* created.process.wait();
      yield* created.process.close();
    }
  },
});

/** What the shell does with one process, in some order. */
type Act = (shell: Shell, process: Client<typeof Process>, id: number) => Thread<void>;

interface Shell {
  readonly processes: Client<typeof Processes>;
  readonly post: Client<typeof Post>;
}

const ACTS: readonly Act[] = [
  function* ({ post }, process) {
    yield* process.give({ need: "post", capability: post.cptr });
  },
  function* (_, process) {
    yield* process.delegate({ need: "processes" });
  },
  function* (_, process) {
    yield* process.delegate({ need: "table" });
  },
  function* (_, process) {
    yield* process.start();
  },
  function* (_, process) {
    yield* process.start();
  },
  function* (_, process) {
    yield* process.kill();
  },
  function* ({ processes }, _, id) {
    yield* processes.kill({ id });
  },
  function* ({ processes }, _, id) {
    const next = yield* processes.next({ after: id });
    if (next.error === null) yield* processes.kill({ id: next.id });
  },
];

/** What a run has seen: what existed before and afterwards, and how far processes were when they were closed. */
interface Seen {
  readonly snapshots: Snapshot[];
  readonly stages: Map<string, number>;
}

/** A shell that does what a seed says with `CYCLES` processes, up to four at a time. */
function shellOf(prng: Prng, snapshot: () => Snapshot, { snapshots, stages }: Seen): Component {
  return component("shell", {
    needs: { processes: calls(Processes), post: calls(Post) },
    *main(shell) {
      const alive: { readonly process: Client<typeof Process>; readonly id: number }[] = [];
      function* close(): Thread<void> {
        const [one] = alive.splice(prng.below(alive.length), 1);
        if (one === undefined) return;
        const { state } = must(yield* shell.processes.next({ after: one.id - 1 }));
        stages.set(state, (stages.get(state) ?? 0) + 1);
        yield* one.process.close();
      }
      snapshots.push(snapshot());
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        const way = WAYS[prng.below(WAYS.length)] as string;
        while (alive.length >= MOST) yield* close();
        const created = yield* shell.processes.create({ program: "worker", args: way });
        if (created.error === null) alive.push(created);
        for (let acts = prng.below(6); acts > 0; acts--) {
          const one = alive[prng.below(alive.length)];
          const act = ACTS[prng.below(ACTS.length)] as Act;
          if (one !== undefined) yield* act(shell, one.process, one.id);
          // Now and then more than its budget, so that processes run for as long as it has none.
          yield* compute(prng.below(100_000));
        }
      }
      while (alive.length > 0) yield* close();
      snapshots.push(snapshot());
    },
  });
}

function entriesOf(shell: Component, restart: NonNullable<Entry["restart"]> | null): Entry[] {
  return [
    { component: post, priority: 200 },
    { component: processServer([worker], { priority: 50, most: 12, slice: "1ms" }), priority: 150, restart: SOON },
    { component: shell, priority: 100, restart, budgetUs: 150, periodUs: 400 },
  ];
}

/** Boot, with every program as `wrap` has it. */
function boot(entries: readonly Entry[], checkInvariants: boolean, wrap: (program: Program) => Program) {
  const { programs, data } = planImage(planOf(entries), [...entries.map(({ component }) => component), worker]);
  for (const { component } of [...entries, { component: worker }]) {
    programs[component.name] = wrap(programs[component.name] as Program);
  }
  const mayThrow = Object.keys(programs);
  const kernel = { checkInvariants };
  return bootWorld({ programs, data, kernel, mayThrow, onReport: () => {}, machine: { callSites: false } });
}

/** A component dies about once in so many times that it goes on. */
const ONE_IN = 60;

/** `program`, which throws when it goes on after having been away, and `dies` says so. */
function mortal(program: Program, dies: () => boolean): Program {
  return function* (start) {
    const running = program(start);
    for (let step = running.next(); step.done !== true; step = running.next()) {
      yield;
      if (dies()) throw new Error("killed");
    }
  };
}

/** Does its rounds, and goes on with the next one in its next life. */
function roundsOf(rounds: number, done: { rounds: number }): Component {
  return component("shell", {
    needs: { processes: calls(Processes), post: calls(Post) },
    *main({ processes, post }) {
      while (done.rounds < rounds) {
        const created = yield* processes.create({ program: "worker", args: WAYS[done.rounds % WAYS.length] as string });
        if (created.error !== null) continue;
        const { process } = created;
        const steps = [yield* process.give({ need: "post", capability: post.cptr }), yield* process.start()];
        yield* compute(50_000);
        steps.push(yield* process.kill(), yield* process.wait());
        yield* process.close();
        if (steps.every(({ error }) => error === null)) done.rounds++;
      }
    },
  });
}

/** Run the rounds with deaths by `seed`; `oneIn` 0: none. */
function runRounds(seed: number, oneIn: number): { deaths: number; end: unknown } {
  const done = { rounds: 0 };
  const prng = new Prng(seed);
  let deaths = 0;
  const dies = () => {
    if (oneIn === 0 || prng.below(oneIn) > 0) return false;
    deaths++;
    return true;
  };
  const world = boot(entriesOf(roundsOf(15, done), SOON), seed === 1, (program) => mortal(program, dies));
  expect(world.machine.run({ events: 1_000_000 }).reason, `seed ${seed}`).toBe("idle");
  expect(done.rounds, `seed ${seed}`).toBe(15);
  expect(world.kernel.checkInvariants(), `seed ${seed}`).toEqual([]);
  return { deaths, end: existing(world.kernel.snapshot()) };
}

describe("Processes, their creator and their server that die at seeded moments", () => {
  it("leave the system as if they had not", () => {
    const { end: undisturbed } = runRounds(0, 0);
    let deaths = 0;
    for (let seed = 1; seed <= ROUND_SEEDS; seed++) {
      const { deaths: more, end } = runRounds(seed, ONE_IN);
      deaths += more;
      expect(end, `seed ${seed}`).toEqual(undisturbed);
    }
    expect(deaths).toBeGreaterThan(60);
  }, 200_000);
});

describe("Processes that are killed at seeded moments", () => {
  it(`leave nothing behind, after ${SEEDS * CYCLES} of them`, () => {
    const stages = new Map<string, number>();
    for (let seed = 1; seed <= SEEDS; seed++) {
      const snapshots: Snapshot[] = [];
      const shell = shellOf(new Prng(seed), () => world.kernel.snapshot(), { snapshots, stages });
      const world = boot(entriesOf(shell, null), false, (program) => program);
      const stop = world.machine.run({ events: 1_000_000 });
      expect(stop.reason, `seed ${seed}`).toBe("idle");
      expect(world.output, `seed ${seed}`).toBe("shell has ended\n");
      const [before, after] = snapshots as [Snapshot, Snapshot];
      expect(existing(after), `seed ${seed}`).toEqual(existing(before));
      expect(world.kernel.checkInvariants(), `seed ${seed}`).toEqual([]);
    }
    for (const stage of ["made", "runs", "ended"]) expect(stages.get(stage), stage).toBeGreaterThan(CYCLES);
  }, 200_000);
});
