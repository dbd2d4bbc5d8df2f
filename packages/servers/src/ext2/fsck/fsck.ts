/**
 * Checking a volume, and mending it.
 *
 *     head ─▸ orphans ─▸ inodes ─▸ shared blocks ─▸ directories ─▸ connections ─▸ links ─▸ bitmaps and counts
 *
 * Each step goes by what those before it have found to be right. So in a check that repairs, a step that has mended
 * something is followed by a new beginning, until a whole round finds nothing: then, and only then, it says "repaired". A
 * check that does not repair makes one round, and writes nothing.
 *
 * What is lost by mending is said in the findings. Everything that is mended goes straight to the disk, in an order in which
 * another check finds no more to do than this one did.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { countClear } from "../format/bitmap.js";
import type { Sectors } from "../format/store.js";
import { State } from "../format/superblock.js";
import { checkBooks } from "./books.js";
import { checkConnections, checkNames, checkRoot } from "./connect.js";
import { checkDirectories } from "./directories.js";
import { openForCheck } from "./head.js";
import { checkInodes } from "./inodes.js";
import { checkLinks } from "./links.js";
import { checkOrphans } from "./orphans.js";
import { Findings, type FsckReport, type Verdict } from "./report.js";
import { separate } from "./shared.js";
import { CheckedVolume } from "./volume.js";

/** What a check is to do. */
export interface FsckOptions {
  /** Mend what is found. */
  readonly repair: boolean;
  /** The time, in microseconds since 1970: of what is made or removed. */
  readonly nowUs: number;
}

/** A repair ends after so many rounds, whatever is left: none needs more, unless the disk does not keep what is written. */
const MOST_ROUNDS = 40;

/**
 * Check a volume that nobody uses meanwhile.
 * @throws DiskFault when the disk fails; what was mended until then is mended
 */
export function* fsck(disk: Sectors, { repair, nowUs }: FsckOptions): Thread<FsckReport> {
  const findings = new Findings(repair && disk.writable);
  for (let round = 1; ; round++) {
    findings.beginRound();
    const before = findings.repaired;
    const opened = yield* openForCheck(disk, findings);
    if (typeof opened === "string") return unreadable(opened, findings);
    const volume = new CheckedVolume(disk, opened, findings, nowUs);
    if (findings.repaired === before) yield* check(volume);
    const isMended = findings.repaired > before;
    if (isMended) yield* volume.writeBooks();
    if (isMended && findings.repairs && round < MOST_ROUNDS) continue;
    const isWhole = findings.left === 0 && !isMended;
    if (isWhole && findings.repairs) yield* leaveClean(volume);
    return reported(isWhole ? (findings.repaired > 0 ? "repaired" : "clean") : "damaged", volume);
  }
}

/** One round, up to the end of the first step that has mended something. */
function* check(volume: CheckedVolume): Thread<void> {
  const before = volume.findings.repaired;
  for (const step of STEPS) {
    yield* step(volume);
    if (volume.findings.repaired > before) return;
  }
}

const STEPS: readonly ((volume: CheckedVolume) => Thread<void>)[] = [
  checkOrphans,
  function* (volume) {
    const { shared, attributes } = yield* checkInodes(volume);
    yield* attributes.checkOwners();
    yield* separate(volume, shared);
  },
  checkRoot,
  checkDirectories,
  checkConnections,
  checkNames,
  checkLinks,
  checkBooks,
];

/** It says that it is in order, and its copies say so, too. */
function* leaveClean(volume: CheckedVolume): Thread<void> {
  const { superblock } = volume;
  if (volume.findings.repaired === 0 && superblock.state === State.Clean) return;
  superblock.state = State.Clean;
  superblock.mounts = 0;
  superblock.checkTimeS = Math.floor(volume.nowUs / 1e6) % 2 ** 32;
  yield* volume.writeBooks();
  yield* volume.writeCopies();
  yield* volume.flush();
}

function reported(verdict: Verdict, volume: CheckedVolume): FsckReport {
  const { findings, geometry, kinds, orphans, claimed } = volume;
  const all = findings.all;
  const files = kinds.subarray(geometry.firstInode).reduce((sum, kind) => sum + (kind === 0 ? 0 : 1), orphans.size);
  return {
    verdict,
    findings: all,
    more: findings.repaired + findings.left - all.length,
    inodes: { taken: geometry.firstInode - 1 + files, all: geometry.inodes },
    blocks: { taken: geometry.blocks - countClear(claimed, geometry.blocks), all: geometry.blocks },
  };
}

function unreadable(why: string, findings: Findings): FsckReport {
  findings.tell("superblock", `${why[0]!.toUpperCase()}${why.slice(1)}.`, false);
  const none = { taken: 0, all: 0 };
  return { verdict: "unreadable", findings: findings.all, more: 0, inodes: none, blocks: none };
}
