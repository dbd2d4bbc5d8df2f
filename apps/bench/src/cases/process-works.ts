/** What is measured of processes and of their memory: systems that do one thing again and again. */
import { type Component, memoryServer, processServer, type RawProgram, ramfs, timerServer } from "@tessera/servers";
import { foldAll, type Tally } from "../measure/work.js";
import type { Link } from "../peers/peer.js";
import { faultDigest, faulter, faultHandler, faultRoot } from "../programs/faults.js";
import {
  answers,
  fileSpawner,
  idles,
  installs,
  loader,
  RESIDENT,
  reads,
  spawnDigest,
  spawner,
  TOUCHED,
  writes,
  writesDigest,
} from "../programs/paging.js";
import { type MachineWork, machineWork } from "./machine-work.js";
import { type Entry, personalityOf } from "./server-works.js";

/** Kernel entries of a fault that is mended by hand: the fault, Unmap, Map, ReplyRecv. */
const BARE_ENTRIES = 4;
/** Interrupts, when the time of a server is over. */
const INTERRUPTS = 0.01;
const PROCESS_PRIORITY = 50;

const newTally = (): Tally => ({ done: 0, sum: 0 });

/** A fault, and the handler that maps a page. */
export function openBareFault(): Link {
  const tally = newTally();
  const work = machineWork({
    tally,
    programs: { root: faultRoot(), faulter: faulter(tally), handler: faultHandler() },
    entriesEach: BARE_ENTRIES,
    faultsAreMended: true,
    expected: (done) => foldAll(done, faultDigest),
  });
  return { work };
}

/** A fault that the memory server mends: a page that nobody has written goes, and another one comes. */
export function openServedFault(): Link {
  return openPaging(reads, () => 1);
}

/** A fault for which a page goes to swap, and another one comes from there. */
export function openSwap(): Link {
  return openPaging(writes, writesDigest);
}

function openPaging(touching: (tally: Tally) => RawProgram, digest: (k: number) => number): Link {
  const tally = newTally();
  const memory = memoryServer({ frames: 2 * RESIDENT, spaces: 2, swap: 2 * TOUCHED });
  const others: readonly Entry[] = [[memory, 200]];
  const work = withProcesses(tally, digest, others, loader(touching(tally)), { spaces: true, most: 2 });
  const { events } = work.kernel.machine;
  const before = tally.done;
  work.run(TOUCHED);
  if (work.kernel.machine.events - events < BARE_ENTRIES * (tally.done - before)) throw new Error("pages do not fault");
  return { work };
}

/** A process of the image from its creation to its end, while so many others wait. */
export function openSpawn(among: number): Link {
  const tally = newTally();
  return { work: withProcesses(tally, spawnDigest, [], spawner(tally, among), { spaces: false, most: among + 2 }) };
}

/** A process of a file, likewise. */
export function openFileSpawn(): Link {
  const tally = newTally();
  const others: readonly Entry[] = [
    [memoryServer({ frames: 2 * RESIDENT, spaces: 2, swap: TOUCHED }), 200],
    [installs.component, 120, installs.args],
  ];
  return { work: withProcesses(tally, spawnDigest, others, fileSpawner(tally), { spaces: true, most: 2 }) };
}

function withProcesses(
  tally: Tally,
  digest: (k: number) => number,
  others: readonly Entry[],
  client: Component,
  options: { readonly spaces: boolean; readonly most: number },
): MachineWork {
  const processes = processServer([answers, idles], { priority: PROCESS_PRIORITY, ...options });
  return machineWork({
    ...personalityOf([timerServer, 220], [ramfs, 210], ...others, [processes, 150], [client, 100]),
    tally,
    interrupts: INTERRUPTS,
    faultsAreMended: true,
    expected: (done) => foldAll(done, digest),
  });
}
