/**
 * Hostile programs: thousands of calls with any label on any capability, in a cell that holds one of each, beside two
 * threads that talk through the same objects. Every invariant is checked at every kernel exit, and whoever made the cell
 * goes on undisturbed. A failing run is repeated with -t "seed N".
 */
import { compute, type Thread } from "@tessera/hal-sim/isa";
import { type Kernel, KernelEvent } from "@tessera/kernel";
import {
  seL4_Call,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_TCB_WriteRegisters,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { makeCell } from "../support/cell.js";
import { Dice } from "../support/dice.js";
import { type Cell, hostileCall, LABELS } from "../support/hostile-call.js";
import type { Child } from "../support/kit.js";
import { bootScene } from "../support/scene.js";

const SEEDS = 36;
const CALLS = 250;
const EMPTY = seL4_MessageInfo_new(0, 0, 0, 0);
const EVENTS = 2500;
const PATIENCE = 12;
/** Cycles between two calls of the client. */
const PAUSE = 50_000;

/** Labels that succeeded in one of the runs, over all of them. */
const succeeded = new Set<number>();

function run(seed: number, damage: (kernel: Kernel) => void = () => {}) {
  let calls = 0;
  let rounds = 0;
  /** How often it was pushed since its last call: one that lost its VSpace gets nowhere any more. */
  let pushes = 0;
  let cell: Cell | null = null;
  let hostile: Child | null = null;
  const at = { faults: 0, watchReply: 0 };
  const first = (kind: string): number => cell?.byKind[kind]?.[0] ?? 0;

  /** The hostile thread goes on behind the call in which it hangs or that has faulted. */
  function* push(ip: number): Thread {
    pushes++;
    if (hostile !== null) yield* seL4_TCB_WriteRegisters(hostile.tcb, true, 0, 1, { pc: ip + 4 });
  }

  const scene = bootScene<void>(
    function* (kit) {
      at.faults = yield* kit.endpoint();
      at.watchReply = yield* kit.reply();
      const builder = yield* makeCell(kit);
      const { cspace } = builder;
      const server = yield* kit.start("server", { priority: 120, cspace });
      const client = yield* kit.start("client", { priority: 110, cspace, budget: 500, period: 900, flags: seed % 2 });
      hostile = yield* kit.start("hostile", { priority: 115, mcp: 200, cspace, faultHandler: at.faults, scBits: 8 });
      for (const { tcb, sc, buffer } of [server, client, hostile]) {
        yield* builder.copy("tcb", tcb);
        yield* builder.copy("sc", sc);
        yield* builder.copy("frame", buffer);
      }
      cell = builder.cell();
      yield* kit.start("faults", { priority: 250 });
      yield* kit.start("watchdog", { priority: 251, budget: 100, period: 500 });
    },
    {
      *server() {
        yield* seL4_Recv(first("endpoint"), first("reply"));
        for (;;) yield* seL4_ReplyRecv(first("endpoint"), EMPTY, first("reply"));
      },
      *client() {
        for (;;) {
          yield* compute(PAUSE);
          yield* seL4_Call(first("endpoint"), EMPTY);
        }
      },
      *hostile() {
        const dice = new Dice(seed);
        for (;;) {
          calls++;
          pushes = 0;
          yield* hostileCall(dice, cell as Cell);
        }
      },
      *faults() {
        yield* seL4_Recv(at.faults, at.watchReply);
        for (;;) {
          yield* push(seL4_GetMR(0));
          yield* seL4_Recv(at.faults, at.watchReply);
        }
      },
      *watchdog() {
        for (let seen = -1; ; seen = calls) {
          if (calls === seen && hostile !== null) yield* push(hostile.entry + 8);
          rounds++;
          yield* seL4_Yield();
        }
      },
    },
    { kernel: { domains: seed % 3 === 0 ? 2 : 1 } },
  );
  damage(scene.kernel);
  const stop = scene.machine.run({ events: EVENTS, until: () => calls >= CALLS || pushes > PATIENCE });
  const { trace } = scene.machine;
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n);
    if (record?.kind === KernelEvent.Invoked && record.b === 0) succeeded.add(record.a);
  }
  return { scene, stop, calls, rounds };
}

describe("A hostile program in a cell", () => {
  it.each(Array.from({ length: SEEDS }, (_, i) => i + 1))("leaves the kernel whole (seed %i)", (seed) => {
    const { scene, stop, rounds } = run(seed);
    expect(stop.message).not.toMatch(/halted/);
    expect(scene.kernel.checkInvariants()).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
  });

  it("is told yes at least once by every method", () => {
    const missing = Array.from({ length: LABELS }, (_, label) => label).filter(
      (label) => label > 0 && !succeeded.has(label),
    );
    expect(missing).toEqual([]);
  });

  /** Bugs in a method of the kernel's state, of the kind that a hurried change brings. */
  const bugs: readonly [what: string, plant: (kernel: Kernel) => void][] = [
    [
      "threads stay in their ready queue when they stop",
      ({ state }) => {
        state.readyQueues.remove = () => {};
      },
    ],
    [
      "a thread in the release queue is not ordered by its time",
      ({ state }) => {
        const { releaseQueue } = state;
        const insert = releaseQueue.insert.bind(releaseQueue);
        releaseQueue.insert = (tcb) => {
          insert(tcb);
          tcb.sc?.refills.configure(2, 1000, 2000, state.now + 100_000);
        };
      },
    ],
  ];
  it.each(bugs)("finds a planted bug: %s", (_, plant) => {
    const reasons = Array.from({ length: 5 }, (_unused, seed) => run(seed + 1, plant).stop.reason);
    expect(reasons).toContain("halted");
  });
});
