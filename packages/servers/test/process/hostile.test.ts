/**
 * Processes and clients that do what they should not: a declared error or their own end to them, and nothing to others.
 * After each, what exists in the kernel is what existed before.
 */
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_Call,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Revoke,
  type seL4_CPtr,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_Recv,
  seL4_Send,
  seL4_SetCap,
  seL4_SetMR,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import {
  type Component,
  calls,
  component,
  define,
  must,
  OWN_CNODE_SLOT,
  op,
  PARENT_SLOT,
  Processes,
  u32,
} from "../../src/index.js";
import { existing, type Snapshot } from "../root/existing.js";
import { bootProcesses, type Options, type Shell, shellOf } from "./family.js";

const good = component("good", {
  *main({ self }) {
    yield* compute(1000);
    return Number(self.args);
  },
});

/** `main`, as a program with slots of its own to use. */
const bad = (main: () => Thread<void>) => component("bad", { slots: 16, main });

/** Create, start and close one process, which is good. */
function* runGood({ processes }: Shell): Thread<void> {
  const { process } = must(yield* processes.create({ program: "good", args: "9" }));
  must(yield* process.start());
  expect(must(yield* process.wait())).toMatchObject({ end: "returned", status: 9 });
  yield* process.close();
}

/** Run `main` between good processes, and compare what exists before and afterwards. */
function unharmed(programs: readonly Component[], main: (shell: Shell) => Thread<void>, options: Options = {}): void {
  const snapshots: Snapshot[] = [];
  const shell = shellOf({}, function* (shell) {
    yield* runGood(shell);
    snapshots.push(world.kernel.snapshot());
    yield* main(shell);
    yield* runGood(shell);
    expect((yield* shell.processes.next({ after: 0 })).error).toBe("End");
    snapshots.push(world.kernel.snapshot());
  });
  const world = bootProcesses([good, ...programs], shell, options);
  expect(world.machine.run({ events: 300_000 }).reason).toBe("idle");
  expect(world.output).toBe("shell has ended\n");
  expect(existing(snapshots[1] as Snapshot)).toEqual(existing(snapshots[0] as Snapshot));
  expect(world.kernel.checkInvariants()).toEqual([]);
}

/** Start "bad", and say how it ends, after so many cycles at the latest. */
function* endOfBad({ processes }: Shell, cycles = 20_000_000): Thread<string> {
  const { process } = must(yield* processes.create({ program: "bad", args: "" }));
  must(yield* process.start());
  yield* compute(cycles);
  must(yield* process.kill());
  const { end, cause } = must(yield* process.wait());
  yield* process.close();
  return `${end} ${cause}`.trim();
}

describe("A process that", () => {
  it.each<[string, () => Thread<void>, string]>([
    [
      "reads where nothing is",
      function* () {
        yield* load(0xdead_0000);
      },
      "died VMFault at 0xdead0000",
    ],
    [
      "writes its program",
      function* () {
        yield* store(0x1_0000, 0);
      },
      "died VMFault at 0x10000",
    ],
    [
      "writes its environment",
      function* () {
        yield* store(0x1_1000, 0);
      },
      "died VMFault at 0x11000",
    ],
    [
      "receives by what is only for sending",
      function* () {
        yield* seL4_Recv(PARENT_SLOT, 0);
      },
      "died CapFault at slot 0x4",
    ],
    [
      "calls what it was not given",
      function* () {
        yield* seL4_Call(9999, seL4_MessageInfo_new(0, 0, 0, 0));
        for (;;) yield* seL4_Yield();
      },
      "died CapFault at slot 0x270f",
    ],
    [
      "never ends",
      function* () {
        for (;;) yield* compute(1000);
      },
      "killed",
    ],
    [
      "gives its time away for ever",
      function* () {
        for (;;) yield* seL4_Yield();
      },
      "killed",
    ],
  ])("%s ends, and nobody else", (_, main, end) => {
    unharmed([bad(main)], function* (shell) {
      expect(yield* endOfBad(shell)).toBe(end);
    });
  });

  it("sends its parent whatever it likes is answered that it is malformed, or is ended by what it says", () => {
    const answers: number[] = [];
    const talker = bad(function* () {
      for (let label = 7; label < 40; label++) {
        for (const length of [0, 1, 120]) {
          for (let i = 0; i < length; i++) seL4_SetMR(i, 2 ** 32 + label);
          // What is sent along needs a right that it does not have.
          seL4_SetCap(0, OWN_CNODE_SLOT);
          answers.push((yield* seL4_Call(PARENT_SLOT, seL4_MessageInfo_new(label, 0, 1, length))).label);
        }
      }
      // As if it had died of a fault.
      yield* seL4_Call(PARENT_SLOT, seL4_MessageInfo_new(2, 0, 0, 4));
    });
    unharmed([talker], function* (shell) {
      expect(yield* endOfBad(shell)).toMatch(/^died UnknownSyscall/);
    });
    expect(answers).toHaveLength(33 * 3);
    expect(new Set(answers)).toEqual(new Set([18]));
  });

  it("floods its parent keeps it from nothing", () => {
    const flooder = bad(function* () {
      for (;;) {
        yield* seL4_Send(PARENT_SLOT, seL4_MessageInfo_new(77, 0, 0, 120));
        yield* seL4_NBSend(PARENT_SLOT, seL4_MessageInfo_new(0, 0, 0, 0));
      }
    });
    unharmed([flooder], function* (shell) {
      const { process } = must(yield* shell.processes.create({ program: "bad", args: "" }));
      must(yield* process.start());
      for (let i = 0; i < 10; i++) yield* runGood(shell);
      expect(must(yield* shell.processes.next({ after: 0 }))).toMatchObject({ name: "bad", state: "runs" });
      yield* process.close();
    });
  });

  it("says that it ends by a Send, or twice, has ended", () => {
    const ender = bad(function* () {
      seL4_SetMR(0, 2 ** 40 + 3);
      yield* seL4_Send(PARENT_SLOT, seL4_MessageInfo_new(0xffe, 0, 0, 1));
      yield* seL4_Send(PARENT_SLOT, seL4_MessageInfo_new(0xffe, 0, 0, 1));
    });
    unharmed([ender], function* (shell) {
      const { process } = must(yield* shell.processes.create({ program: "bad", args: "" }));
      must(yield* process.start());
      expect(must(yield* process.wait())).toMatchObject({ end: "returned", status: 3 });
      yield* process.close();
    });
  });

  it("does with its slots what it likes has done it to itself", () => {
    const seen: number[] = [];
    const vandal = bad(function* () {
      const [own, copy] = [OWN_CNODE_SLOT, 8];
      seen.push(yield* seL4_CNode_Mint(own, copy, 64, own, PARENT_SLOT, 64, seL4_AllRights, 5));
      seen.push(yield* seL4_CNode_Copy(own, copy, 64, own, PARENT_SLOT, 64, seL4_AllRights));
      seen.push(yield* seL4_CNode_Revoke(own, PARENT_SLOT, 64));
      seen.push(yield* seL4_CNode_Copy(own, copy + 1, 64, own, own, 64, seL4_AllRights));
      for (let slot = 15; slot >= 1; slot--) yield* seL4_CNode_Delete(own, slot, 64);
      // Nobody is there any more to whom it could say that it ends.
      yield* seL4_Call(PARENT_SLOT, seL4_MessageInfo_new(0xffe, 0, 0, 0));
      for (;;) yield* seL4_Yield();
    });
    unharmed([vandal], function* (shell) {
      expect(yield* endOfBad(shell)).toBe("killed");
    });
    // A capability with a badge gets no other one.
    expect(seen[0]).not.toBe(0);
    expect(seen.slice(1)).toEqual([0, 0, 0]);
  });

  it("creates processes without end fills its client's share, and nobody else's", () => {
    const created: number[] = [];
    const bomb: Component = component("bad", {
      needs: { processes: calls(Processes) },
      *main({ processes }) {
        for (;;) {
          const child = yield* processes.create({ program: "bad", args: "" });
          if (child.error === "Full") break;
          const { process, id } = must(child);
          created.push(id);
          must(yield* process.delegate({ need: "processes" }));
          must(yield* process.start());
        }
        for (;;) yield* seL4_Yield();
      },
    });
    const neighbour = component("neighbour", {
      needs: { processes: calls(Processes) },
      *main({ processes }) {
        for (let i = 0; i < 10; i++) {
          const { process } = must(yield* processes.create({ program: "good", args: "1" }));
          must(yield* process.start());
          must(yield* process.wait());
          yield* process.close();
        }
      },
    });
    const ended: string[] = [];
    const shell = shellOf({}, function* ({ processes }) {
      const { process } = must(yield* processes.create({ program: "bad", args: "" }));
      must(yield* process.delegate({ need: "processes" }));
      must(yield* process.start());
      yield* compute(50_000_000);
      expect((yield* processes.create({ program: "good", args: "" })).error).toBe("Full");
      yield* process.close();
      for (let id = 0; ; ) {
        const next = yield* processes.next({ after: id });
        if (next.error !== null) break;
        id = next.id;
        ended.push(next.name);
      }
    });
    const further = [{ component: neighbour, priority: 90, restart: null }];
    const world = bootProcesses([good, bomb], shell, { server: { most: 8 }, further });
    expect(world.machine.run({ events: 3_000_000 }).reason).toBe("idle");
    expect(world.output.split("\n").sort()).toEqual(["", "neighbour has ended", "shell has ended"]);
    // Four of the eight are the shell's: the first one, and three that it has created.
    expect(created).toHaveLength(3);
    expect(ended).toEqual([]);
    expect(world.kernel.snapshot().objects.filter(({ name }) => /^(bad|good)\b/.test(name))).toEqual([]);
  });
});

it("A process that creates and kills without closing is refused at last, and its parent is not", () => {
  const created: number[] = [];
  const careless: Component = component("bad", {
    needs: { processes: calls(Processes) },
    *main({ processes }) {
      for (;;) {
        const child = yield* processes.create({ program: "good", args: "" });
        if (child.error === "Busy") return 3;
        const { process, id } = must(child);
        created.push(id);
        must(yield* process.kill());
      }
    },
  });
  unharmed([careless], function* (shell) {
    const { process } = must(yield* shell.processes.create({ program: "bad", args: "" }));
    must(yield* process.delegate({ need: "processes" }));
    must(yield* process.start());
    expect(must(yield* process.wait())).toMatchObject({ end: "returned", status: 3 });
    expect(created).toHaveLength(64);
    for (let i = 0; i < 3; i++) yield* runGood(shell);
    yield* process.close();
  });
});

const Post = define("post", { send: op({}, { id: u32 }) });

describe("A client that", () => {
  it("opens sessions without end is refused, and everything ends when it closes them", () => {
    unharmed([], function* ({ processes }) {
      const all = [];
      for (;;) {
        const created = yield* processes.create({ program: "good", args: "0" });
        if (created.error !== null) {
          expect(created.error).toBe("Full");
          break;
        }
        all.push(created.process);
      }
      expect(all).toHaveLength(16);
      // Those that have ended are no more in the way of others, but their sessions are.
      for (const process of all) must(yield* process.kill());
      for (;;) {
        const created = yield* processes.create({ program: "good", args: "0" });
        if (created.error !== null) {
          expect(created.error).toBe("Busy");
          break;
        }
        all.push(created.process);
        must(yield* created.process.kill());
      }
      expect(all).toHaveLength(64);
      for (const process of all) yield* process.close();
    });
  });

  it("has something other signalled that is no notification keeps nobody waiting", () => {
    unharmed([], function* ({ processes, self }) {
      for (const signal of [self.cspace.root_cnode as seL4_CPtr, 2, 3]) {
        const { process } = must(yield* processes.create({ program: "good", args: "0" }));
        const answer = yield* process.onEnd({ signal });
        if (answer.error !== null) expect(answer.error).toBe("Malformed");
        must(yield* process.start());
        must(yield* process.wait());
        yield* process.close();
      }
    });
  });

  it("gives what is no endpoint has given it, and its process can call nobody by it", () => {
    const caller = component("bad", {
      needs: { post: calls(Post) },
      *main({ post }) {
        expect((yield* post.send()).error).toBe("Malformed");
      },
    });
    unharmed([caller], function* ({ processes, self }) {
      const signal = yield* self.signal(() => {});
      const { process } = must(yield* processes.create({ program: "bad", args: "" }));
      must(yield* process.give({ need: "post", capability: signal as seL4_CPtr as seL4_CPtr<"Endpoint"> }));
      must(yield* process.start());
      expect(must(yield* process.wait())).toMatchObject({ end: "returned" });
      yield* process.close();
      yield* self.drop(signal);
    });
  });

  it("sends what is no operation, by the session of a process and by its own, has changed nothing", () => {
    unharmed([], function* ({ processes }) {
      const { process } = must(yield* processes.create({ program: "good", args: "9" }));
      for (const cptr of [processes.cptr, process.cptr]) {
        for (let label = 1; label < 12; label++) {
          for (const length of [2, 120]) {
            for (let i = 0; i < length; i++) seL4_SetMR(i, 2 ** 40 + i);
            const { label: answer } = yield* seL4_Call(cptr, seL4_MessageInfo_new(label, 0, 0, length));
            expect(answer, `label ${label}`).toBe(18);
          }
        }
      }
      expect(must(yield* processes.next({ after: 0 }))).toMatchObject({ id: 2, state: "made" });
      yield* process.close();
    });
  });
});
