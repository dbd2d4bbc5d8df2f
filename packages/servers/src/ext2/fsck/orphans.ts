/**
 * The list of orphans: inodes that had no name any more when the volume was left, but were held; and files that were being
 * cut off. The superblock has the first, and each has the next where others say when they were removed.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { CheckedVolume, Numbered } from "./volume.js";
import { walk } from "./walk.js";

/** Follow the list, and end what it says. */
export function* checkOrphans(volume: CheckedVolume): Thread<void> {
  const { superblock, geometry, findings, orphans } = volume;
  let next = superblock.lastOrphan;
  if (next === 0) return;
  while (next !== 0) {
    const isPossible = next >= geometry.firstInode && geometry.hasInode(next) && !orphans.has(next);
    const numbered = isPossible ? yield* volume.inode(next) : null;
    if (numbered === null || numbered.inode.kind === null) {
      findings.tell("orphan-list", `The list of inodes without names goes on with ${next}, which cannot be in it.`);
      break;
    }
    orphans.add(next);
    next = numbered.inode.deletedS;
  }
  for (const number of orphans) yield* endOrphan(volume, yield* volume.inode(number));
  if (findings.tell("orphan-list", `There is a list of inodes without names: ${orphans.size}.`)) {
    superblock.lastOrphan = 0;
    orphans.clear();
  }
}

function* endOrphan(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { number, inode } = numbered;
  const isCut = inode.links > 0;
  const what = isCut ? "was being cut off" : "has no name any more";
  if (!volume.findings.tell("orphan", `Inode ${number} ${what}, and that did not come to its end.`)) return;
  if (isCut && inode.hasBlocks) yield* cutOff(volume, numbered);
  inode.deletedS = isCut ? 0 : Math.max(1, Math.floor(volume.nowUs / 1e6)) % 2 ** 32;
  yield* volume.save(numbered);
}

/** Take the blocks away that lie behind the end. What that leaves is counted later. */
function* cutOff(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const end = Math.ceil(numbered.inode.size / volume.geometry.blockBytes);
  yield* walk(volume, numbered, {
    visit: ({ block, logical }) => (logical >= end ? 0 : volume.geometry.hasBlock(block) ? "follow" : "skip"),
  });
}
