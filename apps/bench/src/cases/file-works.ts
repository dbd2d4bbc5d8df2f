/** Disks and what stands on them, as personalities that do the tasks of files. */
import { memoryDisk } from "@tessera/hal-sim";
import { blockServer, timerServer, vfsServer } from "@tessera/servers";
import { ext2Server } from "@tessera/servers/ext2";
import { FILE_BYTES, type FileTask } from "../measure/file-tasks.js";
import { foldAll, type Tally } from "../measure/work.js";
import type { Link } from "../peers/peer.js";
import { diskClient, fileClient, volumeClient } from "../programs/files.js";
import { machineWork } from "./machine-work.js";
import { type Entry, personalityOf } from "./server-works.js";

/** Pages of the block server's cache: half of the file. */
const CACHE_PAGES = 512;
/** Kernel entries until the first piece is done, behind the writing of the file. */
const SETUP_ENTRIES = 1_000_000;

/** A system with a disk, whose clients count what they do. */
function openSystem(tally: Tally, entries: readonly Entry[]): Link {
  const { machine, ...image } = personalityOf(...entries);
  return {
    work: machineWork({
      ...image,
      machine: { ...machine, disks: [memoryDisk(16 * FILE_BYTES)], callSites: false },
      setupEntries: SETUP_ENTRIES,
      tally,
      expected: (done) => foldAll(done, () => 1),
    }),
  };
}

/** A client of the block server alone. */
export function openDisk(task: FileTask): Link {
  const tally = { done: 0, sum: 0 };
  return openSystem(tally, [
    [timerServer, 200],
    [blockServer({ cachePages: CACHE_PAGES }), 180],
    [diskClient(tally, task), 100],
  ]);
}

/** A client of the file system below all names of files. */
export function openVolume(task: FileTask): Link {
  const tally = { done: 0, sum: 0 };
  return openSystem(tally, [
    [timerServer, 200],
    [blockServer({ cachePages: CACHE_PAGES }), 180],
    [ext2Server({ formatsBlank: true }), 170],
    [volumeClient(tally, task), 100],
  ]);
}

/** Clients of files, each with its own session. */
export function openFiles(task: FileTask, clients: number): Link {
  const tally = { done: 0, sum: 0 };
  const users = Array.from({ length: clients }, (_, n): Entry => [fileClient(tally, task, n, clients), 100]);
  return openSystem(tally, [
    [timerServer, 200],
    [blockServer({ cachePages: CACHE_PAGES }), 180],
    [ext2Server({ formatsBlank: true }), 170],
    [vfsServer(), 160],
    ...users,
  ]);
}
