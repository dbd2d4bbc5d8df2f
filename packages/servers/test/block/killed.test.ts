/**
 * A block server, and the timer that it needs, killed in turn at moments that a seed draws. What clients were answered for
 * is not lost, and barriers hold across deaths.
 *
 * `DISK_KILLS=300 npx vitest run packages/servers/test/block/killed.test.ts` kills so many times.
 */
import { Prng } from "@tessera/hal-sim";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Ledger } from "../../src/block/ledger.js";
import {
  blockServer,
  type Component,
  calls,
  component,
  Disk,
  Timer,
  timerServer,
  type Window,
} from "../../src/index.js";
import { type Outcome, pause, runKilled, Stage, witnessed } from "../root/kills/stage.js";
import { Actor, MarkedDisk } from "./marked.js";
import { DiskUser } from "./system.js";

const KILLS = Number(process.env["DISK_KILLS"] ?? 60);
/** In one run. */
const KILLS_A_RUN = 30;
const SOON = { firstUs: 1000, mostUs: 4000 };
const VICTIMS = ["block", "timer"];
const WITNESSES = ["here", "there"];

function witness(name: string, stage: Stage, actor: Actor): Component {
  return component(name, {
    needs: { disk: calls(Disk, { window: 1 }), timer: calls(Timer) },
    *main({ disk, timer, self }) {
      const user = new DiskUser(disk, disk.window as Window, self);
      try {
        while (!stage.isOver) {
          yield* actor.step(user);
          stage.heard(name, { error: null });
          yield* pause(stage, timer, 100);
        }
        yield* actor.flush(user);
      } catch (error) {
        stage.problem(name, `${error}`);
      }
      stage.finished.add(name);
    },
  });
}

function run(seed: number, kills: number): { readonly outcome: Outcome; readonly disk: MarkedDisk } {
  const stage = new Stage(seed);
  const disk = new MarkedDisk(300);
  const actors = WITNESSES.map((_, i) => new Actor(disk, i, WITNESSES.length, new Prng(seed * 100 + i), true));
  const outcome = runKilled(
    stage,
    [
      { component: timerServer, priority: 200, restart: SOON },
      { component: blockServer({ cachePages: 64 }), priority: 190, restart: SOON },
      ...WITNESSES.map((name, i) => witnessed(witness(name, stage, actors[i] as Actor), 100 - i)),
    ],
    { victims: VICTIMS, kills, early: seed % 3 === 0, disks: [disk] },
  );
  return { outcome, disk };
}

describe("A block server that is killed at any moment", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const seeds = Array.from({ length: Math.ceil(KILLS / KILLS_A_RUN) }, (_, i) => i + 1);

  it.each(seeds)("loses nothing that it has answered for, and keeps the order of barriers (seed %i)", (seed) => {
    const { outcome, disk } = run(seed, KILLS_A_RUN);
    expect(outcome.problems).toEqual([]);
    expect(disk.complaints).toEqual([]);
    expect(outcome.world.thrown.length).toBe(KILLS_A_RUN);
    for (const name of WITNESSES) expect(outcome.stage.timesHeard(name, null), name).toBeGreaterThan(100);
  });

  it("is found out when it writes nothing down", () => {
    vi.spyOn(Ledger.prototype, "note").mockImplementation(function* () {});
    const { outcome } = run(1, KILLS_A_RUN);
    expect(outcome.problems.join()).toMatch(/sector \d+/);
  });

  it("is found out when it writes what was left in any order", () => {
    const left = Ledger.prototype.left;
    vi.spyOn(Ledger.prototype, "left").mockImplementation(function* (this: Ledger, pages: number) {
      return (yield* left.call(this, pages)).map((one) => ({ ...one, serial: 0 })).reverse();
    });
    const complaints = seeds.flatMap((seed) => run(seed, KILLS_A_RUN).disk.complaints);
    expect(complaints.join()).toMatch(/is written, and of/);
  });
});
