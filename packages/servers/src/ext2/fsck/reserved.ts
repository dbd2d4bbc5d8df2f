/**
 * Inodes with a purpose of their own: the list of bad blocks, the blocks that are kept for more descriptors, and the
 * journal. The others below the first for files are nothing.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Compatible } from "../format/features.js";
import { isMetadata } from "../format/group.js";
import { BAD_BLOCKS_INODE, JOURNAL_INODE, RESIZE_INODE } from "../format/inode.js";
import { POINTERS } from "../format/pointers.js";
import { Claims } from "./claims.js";
import { checkResizeInode } from "./resize.js";
import type { CheckedVolume, Numbered } from "./volume.js";
import { walk } from "./walk.js";

/** What all blocks of a journal begin with that are for its own use. */
const JOURNAL_MAGIC = 0xc03b3998;

/** Check one of them. */
export function* checkReserved(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { number } = numbered;
  if (number === RESIZE_INODE && volume.has("ResizeInode")) yield* checkResizeInode(volume, numbered);
  else if (number === BAD_BLOCKS_INODE) yield* checkBadBlocks(volume, numbered);
  else if (number === JOURNAL_INODE && volume.has("HasJournal") && volume.superblock.journalInode === number) {
    yield* checkJournal(volume, numbered);
  } else yield* checkUnused(volume, numbered);
}

function* checkUnused(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { number, inode } = numbered;
  const hasBlocks = Array.from({ length: POINTERS }, (_, index) => inode.pointer(index)).some((block) => block !== 0);
  if (inode.mode === 0 && !hasBlocks) return;
  const message = `Inode ${number} is for a purpose that this volume has no use for, and is not empty.`;
  if (!volume.findings.tell("inode-reserved", message)) return;
  inode.clear();
  yield* volume.save(numbered);
}

/** The list of bad blocks has blocks, and nothing else. */
function* checkBadBlocks(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { mode, uid, gid, links, flags, attributes } = numbered.inode;
  if ([mode, uid, gid, links, flags, attributes].every((field) => field === 0))
    return yield* claimAll(volume, numbered);
  const message = `Inode ${numbered.number} should be a list of bad blocks, and is none.`;
  if (!volume.findings.tell("inode-reserved", message)) return;
  numbered.inode.clear();
  yield* volume.save(numbered);
}

/** The journal is a file that has a name nowhere, without holes, and begins as a journal does. */
function* checkJournal(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const problem = yield* whyNoJournal(volume, numbered);
  if (problem === null) return yield* claimAll(volume, numbered);
  if (!volume.findings.tell("journal", `The journal cannot be used and is taken away: ${problem}.`)) return;
  numbered.inode.clear();
  yield* volume.save(numbered);
  const { superblock } = volume;
  superblock.compatible = (superblock.compatible & ~Compatible.HasJournal) >>> 0;
  superblock.journalInode = 0;
  superblock.journalUuid.fill(0);
  superblock.journalCopy.fill(0);
}

function* whyNoJournal(volume: CheckedVolume, numbered: Numbered): Thread<string | null> {
  const { geometry, groups } = volume;
  const { inode } = numbered;
  if (inode.kind !== "file" || inode.links === 0) return "its inode is no file";
  let blocks = 0;
  let first = 0;
  const isPossible = (block: number) => geometry.hasBlock(block) && !isMetadata(block, geometry, groups);
  yield* walk(volume, numbered, {
    visit({ block, depth, logical }) {
      if (!isPossible(block)) return "skip";
      if (depth === 0) blocks++;
      if (depth === 0 && logical === 0) first = block;
      return "follow";
    },
  });
  if (blocks * geometry.blockBytes !== inode.size) return `${blocks} blocks of its ${inode.size} bytes are there`;
  const bytes = yield* volume.block(first);
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return magic === JOURNAL_MAGIC ? null : "it does not begin as one";
}

function* claimAll(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { number, inode } = numbered;
  const claims = new Claims(volume, numbered);
  let isChanged = yield* walk(volume, numbered, claims);
  const sectors = claims.count * volume.geometry.sectorsPerBlock;
  const message = `Inode ${number} says that it takes ${inode.sectors} sectors, and takes ${sectors}.`;
  if (inode.sectors !== sectors && volume.findings.tell("inode-sectors", message)) {
    inode.sectors = sectors;
    isChanged = true;
  }
  if (claims.shared.length > 0) {
    const [use] = claims.shared;
    volume.findings.tell("block-shared", `Inode ${number} has block ${use!.block}, which something else has.`, false);
  }
  if (isChanged) yield* volume.save(numbered);
}
