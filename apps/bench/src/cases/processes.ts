/**
 * Processes and their memory: a page fault by bare system calls and as the memory server mends it, pages that go to swap
 * and come back, processes that are spawned, and what many processes are that take turns. Beside that what the host does:
 * a page written to a file in memory and read again, a process of the host.
 */
import type { Figure } from "../measure/figure.js";
import { timeFigure } from "../measure/figure.js";
import { GC_FLAGS, liveBytes } from "../measure/heap.js";
import { measureTogether, type Settings } from "../measure/rounds.js";
import { foldAll, type Tally, type Work } from "../measure/work.js";
import type { Link } from "../peers/peer.js";
import { type Crowd, crowdRoot, PROCESS_RAM, taker } from "../programs/processes.js";
import { type Case, opened } from "./case.js";
import { bootBench, whatFailed } from "./machine-work.js";

const GROUP = "processes and memory";
const PEERS = "peers: processes and memory";

/** A page out, and a page in. */
const SWAPPED_BYTES = 2 * 4096;
const MIB = 2 ** 20;
const SECOND = 1e9;

const works = () => import("./process-works.js");
const peers = () => import("../peers/memory.js");

const one = (name: string, title: string, batch: number, open: () => Promise<Link>): Case =>
  opened(GROUP, name, title, { batch, open });

/** Time, and how much is moved in it. */
function moving(group: string, name: string, title: string, batch: number, open: () => Promise<Link>): Case {
  return {
    name,
    group,
    title,
    async run(settings) {
      const { work, close } = await open();
      const { floor, samples } = await measureTogether([{ name, work, batch }], settings);
      await close?.();
      const each = timeFigure(name, title, samples[0]!);
      const rate = (nanoseconds: number) => (SWAPPED_BYTES / MIB) * (SECOND / nanoseconds);
      const throughput: Figure = {
        id: `${name}-rate`,
        title: "the same: throughput",
        unit: "MiB/s",
        value: rate(each.value),
      };
      return { floor, figures: [each, throughput] };
    },
  };
}

/** Processes that take turns. */
const FEW = 10;
const MANY = 1000;
/** Processes that are there already when counting begins: the code that makes them is compiled by then. */
const FIRST_OF_MANY = 100;
/** As many more: of fewer, the host's own bytes would be a part. */
const MANY_TINY = 2 * FIRST_OF_MANY;
const CROWD_RAM = 64 * MIB;
const CROWD_CNODE_BITS = 16;
const LONGEST_RUN = 1_000_000;
const TURNS = 20_000;

function crowd(name: string, count: (settings: Settings) => number): Case {
  return {
    name,
    group: GROUP,
    title: "a turn of one of many processes",
    flags: GC_FLAGS,
    async run(settings) {
      const processes = count(settings);
      const { work, bytes } = bootCrowd(processes);
      const title = `a turn, each in a space of its own, of ${processes}`;
      const { floor, samples } = await measureTogether([{ name, work, batch: TURNS }], settings);
      const turn = timeFigure(name, title, samples[0]!);
      if (bytes === null) return { floor, figures: [turn] };
      const each: Figure = {
        id: `${name}-memory`,
        title: `a process beyond its RAM, of ${processes}`,
        unit: "bytes",
        value: bytes,
      };
      const ram: Figure = {
        id: `${name}-ram`,
        title: "its RAM: tables, IPC buffer, thread, CSpace",
        unit: "bytes",
        value: PROCESS_RAM,
      };
      return { floor, figures: [turn, each, ram] };
    },
  };
}

function bootCrowd(processes: number): { readonly work: Work; readonly bytes: number | null } {
  const tally: Tally = { done: 0, sum: 0 };
  const first = Math.min(FIRST_OF_MANY, Math.floor(processes / 2));
  const crowd: Crowd = { tally, processes, made: 0 };
  const programs = { root: crowdRoot(crowd), taker: taker(tally) };
  // The first calls of each program remember host stacks.
  const machine = { ramBytes: CROWD_RAM, callSites: false };
  const kernel = bootBench({ programs, kernel: { rootCNodeBits: CROWD_CNODE_BITS }, machine });
  const runUntil = (reached: () => boolean) => {
    kernel.machine.run({ events: LONGEST_RUN, until: reached });
    if (!reached()) throw new Error(`the processes were not made${whatFailed(kernel)}`);
  };
  runUntil(() => crowd.made >= first);
  const before = liveBytes();
  // Each has had its first turn, and so has a generator.
  runUntil(() => tally.done >= processes);
  const bytes = processes > FEW ? (liveBytes() - before) / (processes - first) : null;
  const work: Work = {
    tally,
    expected: (done) => foldAll(done, (i) => processes - 1 - (i % processes)),
    run: (times) => void kernel.machine.run({ events: times }),
    faults: () => (kernel.explanations().length > 0 ? [`calls failed:${whatFailed(kernel)}`] : []),
  };
  return { work, bytes };
}

/** Others that wait while one is spawned. */
const AMONG = 48;

export const PROCESSES: readonly Case[] = [
  one("fault-bare", "a page fault, and a handler that maps a page", 4_000, async () => (await works()).openBareFault()),
  one("fault-served", "a page fault that the memory server mends", 400, async () => (await works()).openServedFault()),
  moving(GROUP, "swap", "a page to swap, and one from there", 200, async () => (await works()).openSwap()),
  one("spawn", "a process of the image, to its end", 100, async () => (await works()).openSpawn(0)),
  one("spawn-among", `the same, among ${AMONG} others`, 100, async () => (await works()).openSpawn(AMONG)),
  one("spawn-file", "a process of a file, to its end", 50, async () => (await works()).openFileSpawn()),
  crowd("turns-few", () => FEW),
  crowd("turns-many", ({ scale }) => (scale < 0.1 ? MANY_TINY : MANY)),
  moving(PEERS, "peer-swap-file", "a page to a file in memory, and one from there", 2_000, async () =>
    (await peers()).openFile(),
  ),
  moving(PEERS, "peer-swap-copy", "a page copied there, and one back", 20_000, async () => (await peers()).openCopy()),
  opened(PEERS, "peer-spawn", "a process of the host, to its end", {
    batch: 5,
    clock: "wall",
    open: async () => (await peers()).openSpawn(),
  }),
];
