/** Several kernels in one process know nothing of each other. */
import { compute, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_DebugHalt,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Signal,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import type { BootedWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { EMPTY, message, words } from "../support/message.js";
import { bootScene, type SceneOptions, scene } from "../support/scene.js";

/** A server and a client that exchange ten messages; `log` gets what arrives. */
function exchange(log: number[], options: SceneOptions = {}, pause = 100): BootedWorld<void> {
  const at = { ep: 0, reply: 0 };
  return bootScene<void>(
    function* (kit) {
      at.ep = yield* kit.endpoint();
      at.reply = yield* kit.reply();
      yield* kit.start("server");
      yield* kit.start("client", { budget: 300, period: 700 });
    },
    {
      *server() {
        let { info } = yield* seL4_Recv(at.ep, at.reply);
        for (;;) {
          log.push(...words(info));
          ({ info } = yield* seL4_ReplyRecv(at.ep, EMPTY, at.reply));
        }
      },
      *client() {
        for (let i = 0; i < 10; i++) {
          yield* compute(pause);
          yield* seL4_Call(at.ep, message([i]));
        }
      },
    },
    options,
  );
}

const TEN = Array.from({ length: 10 }, (_, i) => i);

describe("Two kernels in one process", () => {
  it("run in turns of a few events and come to the same end as each alone", () => {
    const alone: number[] = [];
    const first = exchange(alone);
    first.machine.run();

    const logs: number[][] = [[], []];
    const [a, b] = [exchange(logs[0]!), exchange(logs[1]!, {}, 5000)];
    let turns = 0;
    for (const idle = new Set<unknown>(); idle.size < 2; turns++) {
      for (const { machine } of [a, b]) if (machine.run({ events: 3 }).reason === "idle") idle.add(machine);
    }
    expect(turns).toBeGreaterThan(10);
    expect([alone, ...logs]).toEqual([TEN, TEN, TEN]);
    expect(a.machine.trace.hash).toBe(first.machine.trace.hash);
    expect(b.machine.trace.hash).not.toBe(a.machine.trace.hash);
    for (const { kernel } of [a, b]) expect(kernel.checkInvariants()).toEqual([]);
  });

  it("have objects of their own: ids, threads and memory", () => {
    const [a, b] = [exchange([]), exchange([])];
    a.machine.run();
    expect([a.kernel.state.threads.size, b.kernel.state.threads.size]).toEqual([3, 1]);
    expect(b.kernel.state.lastId).toBeLessThan(a.kernel.state.lastId);
    expect(b.machine.trace.count).toBe(0);
  });

  it("may run one inside a program of the other", () => {
    const inner: number[] = [];
    const seen: unknown[] = [];
    scene(function* (kit) {
      const ntfn = yield* kit.mint(yield* kit.notification(), 3);
      yield* seL4_Signal(ntfn);
      seen.push(exchange(inner).machine.run().reason);
      seen.push((yield* seL4_Wait(ntfn)).badge);
    });
    expect(inner).toEqual(TEN);
    expect(seen).toEqual(["idle", 3]);
  });
});

describe("A call into a world that has ended", () => {
  /** A world that is over, and something made in it that can still be called. */
  function ended(): { readonly world: BootedWorld<void>; readonly leaked: () => unknown; readonly rest: Thread } {
    let leaked: () => unknown = () => undefined;
    let rest: Thread | null = null;
    const world = bootScene<void>(function* (kit) {
      const ntfn = yield* kit.notification();
      leaked = () => seL4_Signal(ntfn);
      rest = (function* () {
        yield* seL4_Signal(ntfn);
      })();
      yield* seL4_DebugHalt();
    });
    expect(world.machine.run().reason).toBe("halted");
    return { world, leaked: () => leaked(), rest: rest as unknown as Thread };
  }

  it("from the host says that no program is executing", () => {
    const { leaked, rest } = ended();
    expect(leaked).toThrow(/no program is executing/);
    expect(() => rest.next()).toThrow(/no program is executing/);
  });

  it("from a program of another world is that program's own call", () => {
    const { world, rest } = ended();
    const { count } = world.machine.trace;
    const seen: unknown[] = [];
    scene(function* () {
      yield* rest;
      seen.push("went on");
    });
    expect(seen).toEqual(["went on"]);
    expect(world.machine.trace.count).toBe(count);
  });

  it("of its machine is an answer: it stays stopped", () => {
    const { world } = ended();
    expect(world.machine.run().reason).toBe("halted");
    scene(function* () {
      yield* seL4_Yield();
      expect(world.machine.run().reason).toBe("halted");
    });
  });
});

describe("Equal seeds", () => {
  const hashOf = (options: SceneOptions): readonly number[] => {
    const { machine } = exchange([], options);
    expect(machine.run().reason).toBe("idle");
    return [machine.trace.hash, machine.trace.count, machine.clock.cycles];
  };

  it("give equal traces, to the last cycle", () => {
    const options = { machine: { seed: 5 } };
    expect(hashOf(options)).toEqual(hashOf(options));
  });

  it("give equal traces whether invariants are checked or not", () => {
    expect(hashOf({ kernel: { checkInvariants: false } })).toEqual(hashOf({ kernel: { checkInvariants: true } }));
  });

  it("give equal traces in whatever pieces the machine runs", () => {
    const whole = exchange([]);
    const pieces = exchange([]);
    whole.machine.run();
    while (pieces.machine.run({ events: 1 }).reason === "limit");
    expect(pieces.machine.trace.hash).toBe(whole.machine.trace.hash);
    expect(pieces.machine.clock.cycles).toBe(whole.machine.clock.cycles);
  });

  it("with another cost model give another trace", () => {
    expect(hashOf({ machine: { cost: { kernelEntry: 300 } } })).not.toEqual(hashOf({}));
  });
});
