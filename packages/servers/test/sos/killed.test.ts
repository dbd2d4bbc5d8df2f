/**
 * Processes that are deleted in the middle of everything that they can do, at seeded moments, with all that they have
 * started. What exists in the kernel when the first program begins anew is what existed when it began before.
 *
 * `SOS_CYCLES=1000` makes as many processes as it says.
 */
import { Prng } from "@tessera/hal-sim";
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  Heap,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  readProcesses,
  SOS_PROCESS_BYTES,
  type SosApi,
  type SosProgram,
} from "../../src/sos/index.js";
import type { Snapshot } from "../root/existing.js";
import { counts } from "./counts.js";
import { bootSos, type MachineOptions, sosProgram } from "./rig.js";
import { slowDisk } from "./slow.js";

const CYCLES = Number(process.env["SOS_CYCLES"] ?? 28);
const PAGE = 4096;
const SHARED = 0x2000_0000;
/** Processes of a life of the first program. */
const A_LIFE = 14;

/** What processes do until they are deleted. */
const WAYS: Readonly<Record<string, (sos: SosApi, buf: number) => Thread<void>>> = {
  *computes() {
    yield* compute(50_000);
  },
  *sleeps(sos) {
    yield* sos.sos_usleep(2 ** 40);
  },
  *reads(sos, buf) {
    yield* sos.sos_read(yield* sos.sos_open("console", O_RDONLY), buf, 10);
  },
  *writes(sos, buf) {
    yield* sos.sos_write(1, buf, 1);
  },
  *opens(sos, buf) {
    const file = yield* sos.sos_open("file", O_RDWR);
    yield* sos.sos_write(file, buf, 3000);
    yield* sos.sos_stat("file", buf);
    if (file > 8) yield* sos.sos_close(file);
  },
  *copies(sos, buf) {
    const [from, to] = [yield* sos.sos_open("file", O_RDONLY), yield* sos.sos_open("copy", O_WRONLY)];
    while ((yield* sos.sos_write(to, buf, yield* sos.sos_read(from, buf, 4096))) > 0);
    yield* sos.sos_close(from);
    yield* sos.sos_close(to);
  },
  *lists(sos, buf) {
    for (let pos = 0; (yield* sos.sos_getdirent(pos, buf, 64)) > 0; pos++);
    yield* sos.sos_process_status(buf, 16);
  },
  *creates(sos) {
    yield* sos.sos_process_create("sleeps");
  },
  *waits(sos) {
    yield* sos.sos_process_wait(yield* sos.sos_process_create("sleeps"));
  },
  *maps(sos, buf) {
    const there = yield* sos.mmap(2 * PAGE);
    if (there > 0) yield* store(there, 1);
    yield* sos.sos_write(1, buf, 0);
  },
  *pages(sos, buf) {
    for (let i = 0; i < 16; i++) yield* store(buf + i * PAGE, i);
    yield* sos.sos_write(-1, buf, 0);
  },
  *shares(sos) {
    yield* sos.sos_share_vm(SHARED, 2 * PAGE, 1);
    yield* store(SHARED, 1);
    yield* sos.munmap(SHARED, PAGE);
  },
  *exits(sos) {
    yield* compute(30_000);
    yield* sos.exit(1);
  },
  *faults() {
    yield* compute(20_000);
    yield* load(0);
  },
};

const programs = Object.entries(WAYS).map(([name, way]): SosProgram => {
  return sosProgram(name, function* (sos) {
    const buf = yield* new Heap(sos).malloc(16 * PAGE);
    for (;;) yield* way(sos, buf);
  });
});

/** Delete all processes but the first. */
function* deleteOthers(sos: SosApi, buf: number): Thread<void> {
  for (;;) {
    const others = (yield* readProcesses(buf, yield* sos.sos_process_status(buf, 16))).filter(({ pid, command }) => {
      return command !== "test" && pid > 0;
    });
    if (others.length === 0) return;
    for (const { pid } of others) yield* sos.sos_process_delete(pid);
  }
}

/** A machine whose first program, each time that a line is typed, makes and deletes processes, and then ends. */
function bootKiller(
  seed: number,
  disk: MachineOptions = {},
): { readonly world: BootedWorld<void>; readonly made: () => number } {
  const random = new Prng(seed);
  let made = 0;
  const first = sosProgram("test", function* (sos) {
    const buf = yield* new Heap(sos).malloc(16 * SOS_PROCESS_BYTES);
    const keys = yield* sos.sos_open("console", O_RDONLY);
    yield* sos.sos_read(keys, buf, 10);
    yield* sos.sos_close(keys);
    for (let i = 0; i < A_LIFE; i++) {
      // Each way in turn, so that every life has had all of them.
      const { name } = programs[i % programs.length] as SosProgram;
      let pid = yield* sos.sos_process_create(name);
      // Those that go on have all places.
      if (pid < 0) yield* deleteOthers(sos, buf);
      if (pid < 0) pid = yield* sos.sos_process_create(name);
      if (pid < 0) throw new Error(`${name} cannot be created`);
      made += 1;
      yield* sos.sos_usleep(random.below(3000));
      if (random.below(4) > 0) yield* sos.sos_process_delete(pid);
      if (random.below(3) > 0) yield* deleteOthers(sos, buf);
    }
    yield* deleteOthers(sos, buf);
  });
  const world = bootSos([first, ...programs], { ...disk, sos: { most: 8, atEnd: "again" } });
  return { world, made: () => made };
}

function settle(world: BootedWorld<void>): Snapshot {
  const { reason } = world.machine.run({ events: 2_000_000 });
  if (world.thrown.length > 0) throw world.thrown[0]?.error;
  expect(reason).toBe("idle");
  return world.kernel.snapshot();
}

describe("processes that are deleted in the middle of whatever they do", () => {
  const lives = Math.max(1, Math.round(CYCLES / A_LIFE / 2));
  const slow: MachineOptions = { others: [{ component: slowDisk(300), priority: 182 }], choose: { root: "disk" } };
  it.each<[string, number, MachineOptions]>([
    ["on a quick file system", 1, {}],
    ["on one whose calls take their time", 2, slow],
  ])("leave nothing behind, %s: seed %i", (_, seed, disk) => {
    const { world, made } = bootKiller(seed, disk);
    settle(world);
    world.input("\n");
    const before = settle(world);
    for (let life = 0; life < lives; life++) {
      world.input("\n");
      expect(counts(settle(world))).toEqual(counts(before));
    }
    expect(made()).toBe((lives + 1) * A_LIFE);
    expect(world.kernel.checkInvariants()).toEqual([]);
  });
});
