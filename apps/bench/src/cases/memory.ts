/** What of the host's memory a million capabilities take, and an idle thread; and how long a full collection lasts. */

import { type Kernel, ThreadState } from "@tessera/kernel";
import type { Figure } from "../measure/figure.js";
import { GC_FLAGS, liveBytes, pauseOfCollection } from "../measure/heap.js";
import type { PhaseTally } from "../measure/phases.js";
import type { Settings } from "../measure/rounds.js";
import { summarise } from "../measure/statistics.js";
import { checksum, foldAll, verify } from "../measure/work.js";
import { filler, fillerRoot } from "../programs/capabilities.js";
import { OBJECT_KINDS, objectsRoot } from "../programs/objects.js";
import { idler, idlerRoot } from "../programs/threads.js";
import { manyBits, ramFor } from "./capabilities.js";
import type { Case } from "./case.js";
import { bootBench, whatFailed } from "./machine-work.js";

const PAUSES = 7;
const IDLER_RAM = 128 * 2 ** 20;

/** From a booted kernel without the CNode to one whose 2^20 slots are full. */
const MANY_CAPABILITIES: Case = {
  name: "caps-memory",
  group: "memory",
  title: "capabilities: memory, and full collections",
  flags: GC_FLAGS,
  async run(settings) {
    const bits = manyBits(settings);
    const slots = 2 ** bits;
    const tally: PhaseTally = { begun: 0, done: 0, sum: 0 };
    const programs = { root: fillerRoot(bits), filler: filler(tally, bits) };
    const kernel = bootBench({ programs, machine: { ramBytes: ramFor(bits) } });
    const before = liveBytes();
    kernel.machine.run({ events: slots });
    runUntil(kernel, () => tally.begun > slots);
    const each = (liveBytes() - before) / slots;
    const expected = (done: number) => foldAll(done, () => 1);
    verify("caps-memory", { tally, expected, run() {} });
    const pauses = summarise(Array.from({ length: PAUSES }, pauseOfCollection));
    const proof = checksum(tally);
    const pause: Figure = {
      id: "caps-memory-pause",
      title: `full collection, 2^${bits} capabilities`,
      unit: "ms",
      value: pauses.median,
      least: pauses.least,
      spread: pauses.spread,
    };
    return {
      floor: null,
      figures: [
        {
          id: "caps-memory-each",
          title: `a capability, of 2^${bits}`,
          unit: "bytes",
          value: each,
          checksum: proof,
        },
        pause,
      ],
    };
  },
};

/** Threads that are there already when counting begins: the code that makes them is compiled by then. */
const FIRST_THREADS = 2000;

function manyThreads({ scale }: Settings): number {
  return scale < 0.1 ? 100 : 3000;
}

/** From some threads that wait to many: each with TCB, scheduling context, two capabilities and a generator. */
const IDLE_THREADS: Case = {
  name: "idle-thread",
  group: "memory",
  title: "an idle thread, beyond its RAM",
  flags: GC_FLAGS,
  async run(settings) {
    const threads = manyThreads(settings);
    const tally = { done: 0, sum: 0 };
    const programs = { root: idlerRoot(FIRST_THREADS + threads), idle: idler(tally) };
    const kernel = bootBench({ programs, kernel: { rootCNodeBits: 14 }, machine: { ramBytes: IDLER_RAM } });
    runUntil(kernel, () => tally.done >= FIRST_THREADS);
    const before = liveBytes();
    runUntil(kernel, () => tally.done >= FIRST_THREADS + threads);
    const each = (liveBytes() - before) / threads;
    const waiting = [...kernel.state.threads].filter(({ state }) => state === ThreadState.BlockedOnNotification).length;
    verify("idle-thread", {
      tally,
      run() {},
      expected: (done) => foldAll(done, (i) => i),
      faults: () => (waiting === threads + FIRST_THREADS ? [] : [`${waiting} threads wait`]),
    });
    const figure: Figure = {
      id: "idle-thread",
      title: `${this.title}, of ${threads}`,
      unit: "bytes",
      value: each,
      checksum: checksum(tally),
    };
    return { floor: null, figures: [figure] };
  },
};

/** Objects of a kind that are there already when counting begins. */
const FIRST_OBJECTS = 512;
/** So many that what else changes on the heap is little for each: also in tests. */
const MANY_OBJECTS = 8192;
const OBJECTS_RAM = 1024 * 2 ** 20;
const OBJECTS_CNODE_BITS = 17;

/** From some objects of a kind to many, each with its only capability in a slot that was never used. */
const OBJECTS: Case = {
  name: "objects-memory",
  group: "memory of an object, with its capability",
  title: "objects of each kind",
  flags: GC_FLAGS,
  async run() {
    const count = MANY_OBJECTS;
    const tally = { done: 0, sum: 0 };
    const programs = { root: objectsRoot(tally, FIRST_OBJECTS, count) };
    const kernel = bootBench({
      programs,
      kernel: { rootCNodeBits: OBJECTS_CNODE_BITS },
      machine: { ramBytes: OBJECTS_RAM },
    });
    let made = OBJECT_KINDS.length * FIRST_OBJECTS;
    runUntil(kernel, () => tally.done >= made);
    const figures = OBJECT_KINDS.map(({ id, name }): Figure => {
      const before = liveBytes();
      made += count;
      runUntil(kernel, () => tally.done >= made);
      const value = (liveBytes() - before) / count;
      return { id: `memory-${id}`, title: name, unit: "bytes", value, checksum: checksum(tally) };
    });
    const rounds = [FIRST_OBJECTS, count].flatMap((each) => OBJECT_KINDS.map(() => each));
    const expected = () => foldAll(rounds.length, (i) => rounds[i]!);
    verify("objects-memory", { tally, expected, run() {} });
    return { floor: null, figures };
  },
};

const LONGEST_RUN = 1_000_000;

function runUntil(kernel: Kernel, reached: () => boolean): void {
  kernel.machine.run({ events: LONGEST_RUN, until: reached });
  if (!reached()) throw new Error(`the bench did not get that far${whatFailed(kernel)}`);
}

export const MEMORY: readonly Case[] = [MANY_CAPABILITIES, IDLE_THREADS, OBJECTS];
