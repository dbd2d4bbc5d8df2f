/** Processes that are loaded: what lies in them is what their parent has put there, and all of it ends with them. */
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Call, seL4_GetMR, seL4_MessageInfo_new, seL4_SetMR } from "@tessera/libsel4";
import { describe, expect, it, vi } from "vitest";
import {
  type Client,
  calls,
  component,
  define,
  must,
  op,
  processServer,
  type RawProgram,
  rawProgram,
  type Space,
  sessionOf,
  u32,
} from "../../src/index.js";
import { Pager } from "../../src/memory/pager.js";
import { existing } from "../root/existing.js";
import { bootProcesses, shellOf } from "./family.js";
import { bootNursery, HEAP, type Loaded, type NurseryOptions, PAGE, type Parent, parentOf, TEXT } from "./nursery.js";

/** Where programs of these tests find a session. */
const EP = 1;

const Post = define("post", { tell: op({ word: u32 }, { twice: u32 }) });
const Posts = define("posts", { open: op({ badge: u32 }, { post: sessionOf(Post) }) });

/** What the posts were told. */
function postOffice() {
  const told: [number, number][] = [];
  const office = component("posts", {
    offers: { posts: Posts },
    *main({ posts }) {
      yield* posts.serve(() => null, {
        open: (_, { badge }) => ({
          post: posts.session(Post, badge, {
            tell(from, { word }) {
              told.push([from, word]);
              return { twice: 2 * word };
            },
          }),
        }),
      });
    },
  });
  return { told, office };
}

/** Adds up its heap, tells the sum, and waits for ever. */
const adder = rawProgram("adder", function* ({ a2 }) {
  let sum = 0;
  for (let i = 0; i < a2; i++) {
    yield* store(HEAP + i * PAGE, i + 1);
  }
  for (let i = 0; i < a2; i++) sum += yield* load(HEAP + i * PAGE);
  seL4_SetMR(0, sum);
  yield* seL4_Call(EP, seL4_MessageInfo_new(1, 0, 0, 1));
  yield* store(HEAP, seL4_GetMR(0));
  for (;;) yield* compute(1000);
});
const spinner = rawProgram("spinner", function* () {
  for (;;) yield* compute(1000);
});

/** Run a parent until everybody waits. */
function run(list: readonly RawProgram[], main: (parent: Parent) => Thread<void>, options: NurseryOptions = {}) {
  const world = bootNursery(parentOf(list, {}, main), options);
  expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
  expect(world.output).toBe("parent has ended\n");
  expect(world.kernel.checkInvariants()).toEqual([]);
  return world;
}

function* spaceOf({ process }: Pick<Loaded, "process">): Thread<Client<typeof Space>> {
  return must(yield* process.space()).space;
}
function* processesLoad({ processes }: Parent): Thread<Loaded> {
  return must(yield* processes.load({ name: "empty", frames: 8, pages: 8 }));
}

describe("A loaded process", () => {
  it("runs what its parent has mapped, with the registers and the one capability that it was given", () => {
    const { told, office } = postOffice();
    const parent = parentOf([adder], { posts: calls(Posts) }, function* (parent) {
      const loaded = yield* parent.prepare("adder");
      const { post } = must(yield* parent.posts.open({ badge: 7 }));
      must(yield* loaded.process.install({ slot: EP, capability: post.cptr }));
      yield* parent.run(loaded.process, 5);
      // More than its own time: processes run when nobody else wants to.
      yield* compute(20_000_000);
      const space = yield* spaceOf(loaded);
      const { data } = must(yield* space.read({ address: HEAP, length: 1 }));
      expect([...data]).toEqual([30]);
      expect(must(yield* parent.processes.next({ after: 0 }))).toMatchObject({ id: 1, name: "adder", state: "runs" });
      must(yield* loaded.process.kill());
      expect(must(yield* loaded.process.wait())).toMatchObject({ end: "killed", status: 0, cause: "" });
      expect((yield* space.read({ address: HEAP, length: 1 })).error).toBe("Closed");
      expect((yield* loaded.process.space()).error).toBe("Ended");
      expect((yield* loaded.process.install({ slot: EP, capability: post.cptr })).error).toBe("Ended");
    });
    const world = bootNursery(parent, { others: [{ component: office, priority: 205 }] });
    expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
    expect(world.output).toBe("parent has ended\n");
    expect(told).toEqual([[7, 15]]);
  });

  it("that touches what is not there dies of it, in the words of the memory server; others do not", () => {
    const nowhere = rawProgram("nowhere", function* ({ a2 }) {
      yield* load(a2);
    });
    const thrower = rawProgram("thrower", function* () {
      yield* compute(1);
      throw new Error("on purpose");
    });
    run([nowhere, thrower, spinner], function* (parent) {
      const other = yield* parent.prepare("spinner");
      yield* parent.run(other.process);
      const causes: string[] = [];
      for (const [program, address] of [
        ["nowhere", 0],
        ["nowhere", HEAP + 8 * PAGE],
        ["thrower", 0],
      ] as const) {
        const { process } = yield* parent.prepare(program);
        yield* parent.run(process, address);
        const { end, cause } = must(yield* process.wait());
        expect(end).toBe("died");
        causes.push(cause);
        yield* process.close();
      }
      expect(causes).toEqual([
        "VMFault at 0x0: nothing lies there",
        "VMFault at 0x10008000: nothing lies there",
        "it threw an error",
      ]);
      expect(must(yield* parent.processes.next({ after: 0 }))).toMatchObject({ id: 1, state: "runs" });
      expect((yield* parent.processes.next({ after: 1 })).error).toBe("End");
    });
  });

  it("has everything once: it runs once, and in a slot is what was installed last, also while it runs", () => {
    const { told, office } = postOffice();
    const asks = rawProgram("asks", function* () {
      for (;;) {
        seL4_SetMR(0, 1);
        yield* seL4_Call(EP, seL4_MessageInfo_new(1, 0, 0, 1));
        yield* compute(100_000);
      }
    });
    const parent = parentOf([asks], { posts: calls(Posts) }, function* (parent) {
      const { process } = yield* parent.prepare("asks");
      const capability = function* (badge: number) {
        return must(yield* parent.posts.open({ badge })).post.cptr;
      };
      for (const slot of [0, 16, 2 ** 32 - 1]) {
        expect((yield* process.install({ slot, capability: yield* capability(1) })).error).toBe("BadSlot");
      }
      must(yield* process.install({ slot: 15, capability: yield* capability(1) }));
      must(yield* process.install({ slot: EP, capability: yield* capability(2) }));
      must(yield* process.install({ slot: EP, capability: yield* capability(3) }));
      for (const { cptr } of [process, parent.processes]) {
        expect((yield* process.install({ slot: EP, capability: cptr })).error).toBe("Malformed");
      }
      yield* parent.run(process);
      yield* compute(10_000_000);
      const registers = { entry: TEXT, sp: 0, a0: 0, a1: 0, a2: 0, a3: 0 };
      expect((yield* process.run(registers)).error).toBe("Started");
      must(yield* process.install({ slot: EP, capability: yield* capability(4) }));
      yield* compute(10_000_000);
      must(yield* process.kill());
      expect((yield* process.run(registers)).error).toBe("Started");
    });
    const world = bootNursery(parent, { others: [{ component: office, priority: 205 }] });
    expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
    expect(world.output).toBe("parent has ended\n");
    expect([...new Set(told.map(([from]) => from))]).toEqual([3, 4]);
  });

  it("leaves nothing behind, however far it was", () => {
    const snapshots: unknown[] = [];
    const parent = parentOf([adder, spinner], {}, function* (parent) {
      const { processes, spaces } = parent;
      const stages: (() => Thread<Loaded>)[] = [
        () => processesLoad(parent),
        () => parent.prepare("adder"),
        function* () {
          const loaded = yield* parent.prepare("spinner");
          yield* parent.run(loaded.process);
          yield* compute(5_000_000);
          return loaded;
        },
        // In a call that nobody answers, with pages.
        function* () {
          const loaded = yield* parent.prepare("adder");
          yield* parent.run(loaded.process, 8);
          yield* compute(10_000_000);
          return loaded;
        },
        // Over its frames: some of what it has is in swap.
        function* () {
          const loaded = yield* parent.prepare("adder", { frames: 4 });
          yield* parent.run(loaded.process, 8);
          yield* compute(50_000_000);
          return loaded;
        },
      ];
      const stat = must(yield* spaces.stat());
      for (let round = 0; round < 2; round++) {
        for (const stage of stages) {
          const { process } = yield* stage();
          if (round === 0) yield* process.kill();
          yield* process.close();
          expect(must(yield* spaces.stat())).toEqual(stat);
          snapshots.push(existing(world.kernel.snapshot()));
        }
      }
      expect((yield* processes.next({ after: 0 })).error).toBe("End");
    });
    const world = bootNursery(parent);
    expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
    expect(snapshots).toHaveLength(10);
    // In the first round the memory server has opened its swap file, which it keeps open.
    for (const snapshot of snapshots.slice(5)) expect(snapshot).toEqual(snapshots[4]);
  });

  it("ends when its creator dies, and with the memory server; then others can be loaded", () => {
    const ended: unknown[] = [];
    const { told, office } = postOffice();
    let lives = 0;
    const parent = parentOf([adder], { posts: calls(Posts) }, function* (parent) {
      lives += 1;
      expect((yield* parent.processes.next({ after: 0 })).error).toBe("End");
      const { process } = yield* parent.prepare("adder");
      const { post } = must(yield* parent.posts.open({ badge: lives }));
      must(yield* process.install({ slot: EP, capability: post.cptr }));
      yield* parent.run(process, 5);
      yield* compute(20_000_000);
      if (lives === 1) throw new Error("on purpose");
      const touch = vi.spyOn(Pager.prototype, "touch");
      // biome-ignore lint/correctness/useYield: it dies at once
      touch.mockImplementationOnce(function* () {
        throw new Error("on purpose");
      });
      const space = yield* spaceOf({ process });
      expect((yield* space.read({ address: HEAP, length: 1 })).error).toBe("Gone");
      ended.push(must(yield* process.wait()));
      const next = yield* parent.prepare("adder");
      must(yield* next.process.install({ slot: EP, capability: post.cptr }));
      yield* parent.run(next.process, 5);
      yield* compute(20_000_000);
      expect(must(yield* parent.processes.next({ after: 2 }))).toMatchObject({ id: 3, state: "runs" });
    });
    const restart = { firstUs: 1000, mostUs: 4000 };
    const options = { memoryRestart: restart, parentRestart: restart, others: [{ component: office, priority: 205 }] };
    const world = bootNursery(parent, options);
    expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
    expect(ended).toEqual([{ error: null, end: "died", status: 0, cause: "the memory server has died" }]);
    expect(told.map(([from]) => from)).toEqual([1, 2, 2]);
    expect(world.output.match(/died|has ended/g)).toEqual(["died", "died", "has ended"]);
    expect(world.kernel.checkInvariants()).toEqual([]);
  });
});

describe("Loading", () => {
  it("is refused where there is no room: no place, no pages, too few frames, a memory server that is gone or not there", () => {
    run([spinner], function* ({ processes, spaces }) {
      const { capacity } = must(yield* spaces.stat());
      const load = (frames: number, pages: number) => processes.load({ name: "x", frames, pages });
      expect((yield* load(3, 8)).error).toBe("TooFew");
      expect((yield* load(8, capacity + 1)).error).toBe("Full");
      const most = must(yield* load(8, capacity));
      expect((yield* load(8, 1)).error).toBe("Full");
      yield* most.process.close();
      const all: Loaded[] = [];
      for (let i = 0; i < 8; i++) all.push(must(yield* load(8, 1)));
      expect((yield* load(8, 1)).error).toBe("Full");
      must(yield* (all[3] as Loaded).process.kill());
      must(yield* load(8, 1));
    });
  });

  it("shares places and pages among the clients of the composition", () => {
    const seen: unknown[] = [];
    const greedy = (name: string) =>
      parentOf(
        [spinner],
        {},
        function* ({ processes, spaces }) {
          const { capacity } = must(yield* spaces.stat());
          const one = processes.load({ name, frames: 4, pages: Math.floor(capacity / 2) + 1 });
          seen.push([name, (yield* one).error]);
          let loaded = 0;
          while ((yield* processes.load({ name, frames: 4, pages: 1 })).error === null) loaded++;
          seen.push([name, loaded]);
          expect(must(yield* processes.next({ after: 0 })).name).toBe(name);
        },
        name,
      );
    const world = bootNursery(greedy("first"), {
      further: [{ component: greedy("second"), priority: 90, restart: null }],
    });
    expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
    expect(seen).toEqual([
      ["first", "Full"],
      ["first", 4],
      ["second", "Full"],
      ["second", 4],
    ]);
  });

  it("divides pages among the clients that load, where it is told how many: one more finds no room", () => {
    const seen: unknown[] = [];
    const taker = (name: string) =>
      parentOf(
        [spinner],
        {},
        function* ({ processes, spaces }) {
          const { capacity } = must(yield* spaces.stat());
          const all = yield* processes.load({ name, frames: 4, pages: capacity });
          if (all.error === null) yield* all.process.close();
          seen.push([name, all.error, (yield* processes.load({ name, frames: 4, pages: 1 })).error]);
        },
        name,
      );
    const world = bootNursery(taker("first"), {
      server: { loaders: 1 },
      further: [{ component: taker("second"), priority: 90, restart: null }],
    });
    expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
    expect(seen).toEqual([
      ["first", null, null],
      ["second", "Full", "Full"],
    ]);
    expect(() => processServer([], { priority: 40, spaces: true, loaders: 0 })).toThrow(
      "loaders: a whole number from 1",
    );
  });

  it("stands beside programs of the image, which a parent sees among the others", () => {
    const nine = component("nine", {
      // biome-ignore lint/correctness/useYield: it has nothing to wait for
      *main() {
        return 9;
      },
    });
    run(
      [spinner],
      function* (parent) {
        const { process } = must(yield* parent.processes.create({ program: "nine", args: "" }));
        const loaded = yield* parent.prepare("spinner");
        yield* parent.run(loaded.process);
        must(yield* process.start());
        expect(must(yield* process.wait()).status).toBe(9);
        const seen: string[] = [];
        for (let next = yield* parent.processes.next({ after: 0 }); next.error === null; ) {
          seen.push(`${next.id} ${next.name} ${next.state}`);
          next = yield* parent.processes.next({ after: next.id });
        }
        expect(seen).toEqual(["1 nine ended", "2 spinner runs"]);
        must(yield* parent.processes.kill({ id: 2 }));
        expect(must(yield* loaded.process.wait()).end).toBe("killed");
      },
      { components: [nine] },
    );
  });

  it("is not for a process server that was not told so, nor for one that is to have more spaces than there can be", () => {
    const bare = { component: processServer([], { name: "bare", priority: 40, spaces: true }), priority: 140 };
    expect(Object.keys(bare.component.needs)).toEqual(["memory", "urgency", "time", "pager"]);
    expect(() => processServer([], { priority: 40 })).toThrow("programs(), their number: a whole number from 1 to 256");
    expect(() => processServer([], { priority: 40, spaces: true, most: 65 })).toThrow(
      "process: a memory server has 64 spaces at most, too few for 65 processes",
    );
    const nine = component("nine", { *main() {} });
    const shell = shellOf({}, function* ({ processes }) {
      expect((yield* processes.load({ name: "x", frames: 8, pages: 8 })).error).toBe("NoPager");
    });
    const world = bootProcesses([nine], shell);
    expect(world.machine.run({ events: 100_000 }).reason).toBe("idle");
    expect(world.output).toBe("shell has ended\n");
  });
});
