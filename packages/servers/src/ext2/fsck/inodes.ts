/**
 * Inodes by themselves, one after the other: what each says of itself, and the blocks that it has. What comes out is which
 * inodes are in use and what they are, which blocks are claimed, the blocks of every directory, and who claims what
 * somebody else has claimed before.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { EntryType } from "../format/entries.js";
import { ReadOnlyCompatible } from "../format/features.js";
import { EXTRA_BYTES, InodeFlag, type InodeKind, ROOT_INODE, SMALL_INODE_BYTES } from "../format/inode.js";
import { mostFileBytes } from "../format/pointers.js";
import { Attributes } from "./attributes.js";
import { Claims, type SharedUse } from "./claims.js";
import { checkReserved } from "./reserved.js";
import { checkTarget } from "./target.js";
import type { CheckedVolume, Numbered } from "./volume.js";
import { walk } from "./walk.js";

/** Files of this size need a feature. */
const LARGE_FILE_BYTES = 2 ** 31;

/** Magic number of a tree of extents, which stands where the numbers of blocks stand otherwise. */
const EXTENTS_MAGIC = 0xf30a;

/** Flags that need features which such volumes do not have. */
const OF_OTHER_VOLUMES =
  InodeFlag.Extents | InodeFlag.InlineData | InodeFlag.Imagic | InodeFlag.Encrypted | InodeFlag.CaseFolding;

/** What is known when all inodes have been seen. */
export interface SeenInodes {
  readonly shared: ReadonlyMap<number, readonly SharedUse[]>;
  readonly attributes: Attributes;
}

/** Check them all. */
export function* checkInodes(volume: CheckedVolume): Thread<SeenInodes> {
  const shared = new Map<number, readonly SharedUse[]>();
  const attributes = new Attributes(volume);
  for (let number = 1; number <= volume.geometry.inodes; number++) {
    const numbered = yield* volume.inode(number);
    if (number < volume.geometry.firstInode && number !== ROOT_INODE) yield* checkReserved(volume, numbered);
    else if (numbered.inode.links > 0) {
      const claims = yield* checkTaken(volume, numbered, attributes);
      if (claims !== null && claims.shared.length > 0) shared.set(number, claims.shared);
    } else if (volume.orphans.has(number)) yield* claimOrphan(volume, numbered);
    else yield* checkFree(volume, numbered);
  }
  return { shared, attributes };
}

/** One that is not in use: it says when it was removed, if it ever was anything, and not which orphan is the next. */
function* checkFree(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  const { number, inode } = numbered;
  const { inodes } = volume.geometry;
  const isOrphan = inode.deletedS > 0 && inode.deletedS <= inodes && volume.superblock.writeTimeS > inodes;
  if (!isOrphan && (inode.mode === 0 || inode.deletedS !== 0)) return;
  const what = isOrphan ? "says that it is in a list of orphans" : "does not say when it was removed";
  if (!volume.findings.tell("inode-deleted", `Inode ${number} has no links, and ${what}.`)) return;
  inode.deletedS = nowS(volume);
  yield* volume.save(numbered);
}

/** One that is in use as long as nobody ends that: what is looked at, and not mended. */
function* claimOrphan(volume: CheckedVolume, numbered: Numbered): Thread<void> {
  if (numbered.inode.hasBlocks) yield* walk(volume, numbered, new Claims(volume, numbered));
  if (volume.geometry.hasBlock(numbered.inode.attributes)) volume.claim(numbered.inode.attributes);
}

/** One that is in use. Null when it is given up. */
function* checkTaken(volume: CheckedVolume, numbered: Numbered, attributes: Attributes): Thread<Claims | null> {
  const { number, inode } = numbered;
  const { kind } = inode;
  const problem = kind === null ? `its mode ${inode.mode.toString(8)} says nothing known` : whyLost(numbered);
  if (kind === null || problem !== null || !(yield* checkTarget(volume, numbered))) {
    const why = problem ?? "the target of a link is not what its size says";
    yield* giveUp(volume, numbered, kind === "link" && problem === null ? "link-target" : "inode-kind", why);
    return null;
  }
  let isChanged = checkFields(volume, numbered, kind);
  isChanged = (yield* attributes.check(numbered)) || isChanged;
  const claims = new Claims(volume, numbered);
  if (inode.hasBlocks) isChanged = (yield* walk(volume, numbered, claims)) || isChanged;
  if (kind === "directory" && claims.lastLogical < 0) {
    yield* giveUp(volume, numbered, "inode-size", "a directory has at least one block");
    return null;
  }
  isChanged = checkSize(volume, numbered, kind, claims) || isChanged;
  isChanged = checkSectors(volume, numbered, claims) || isChanged;
  checkFeature(volume, numbered);
  volume.kinds[number] = EntryType[kind];
  if (kind === "directory") volume.directories.set(number, claims.dataBlocks);
  if (isChanged) yield* volume.save(numbered);
  return claims;
}

/** Why nothing can be done for an inode that is in use. */
function whyLost({ inode }: Numbered): string | null {
  const isExtents = (inode.flags & InodeFlag.Extents) !== 0 && (inode.pointer(0) & 0xffff) === EXTENTS_MAGIC;
  return isExtents ? "its blocks are said by extents, which this volume does not have" : null;
}

function* giveUp(
  volume: CheckedVolume,
  numbered: Numbered,
  code: "inode-kind" | "link-target" | "inode-size",
  why: string,
): Thread<void> {
  if (!volume.findings.tell(code, `Inode ${numbered.number} is given up: ${why}.`)) return;
  numbered.inode.clear();
  yield* volume.save(numbered);
}

/** Fields with few right values. @returns whether anything was changed */
function checkFields(volume: CheckedVolume, numbered: Numbered, kind: InodeKind): boolean {
  const { number, inode } = numbered;
  const { findings } = volume;
  const changes = [
    inode.deletedS !== 0 &&
      findings.tell("inode-deleted", `Inode ${number} is in use, and says that it was removed.`) &&
      set(() => (inode.deletedS = 0)),
    clearFlags(volume, numbered, kind),
    checkHighWords(volume, numbered, kind),
    checkExtra(volume, numbered),
  ];
  return changes.includes(true);
}

function clearFlags(volume: CheckedVolume, { number, inode }: Numbered, kind: InodeKind): boolean {
  const isOrdinary = kind === "file" || kind === "directory";
  const special = isOrdinary ? 0 : InodeFlag.Immutable | InodeFlag.AppendOnly;
  const index = kind === "directory" && volume.has("DirIndex") ? 0 : InodeFlag.Index;
  const wrong = inode.flags & (OF_OTHER_VOLUMES | special | index);
  const message = `Inode ${number}, a ${kind}, has the flags ${wrong.toString(16)}, which it cannot have here.`;
  if (wrong === 0 || !volume.findings.tell("inode-flags", message)) return false;
  inode.flags = (inode.flags & ~wrong) >>> 0;
  return true;
}

/** Words that have no meaning on such volumes, and are zero. */
function checkHighWords(volume: CheckedVolume, { number, inode }: Numbered, kind: InodeKind): boolean {
  const view = new DataView(inode.bytes.buffer, inode.bytes.byteOffset);
  const words = [
    { what: "address of a fragment", at: 112, bytes: 4 },
    { what: "upper half of its count of sectors", at: 116, bytes: 2 },
    { what: "upper half of the block of its attributes", at: 118, bytes: 2 },
    ...(kind === "directory" ? [{ what: "upper half of its size", at: 108, bytes: 4 }] : []),
  ];
  let isChanged = false;
  for (const { what, at, bytes } of words) {
    const value = bytes === 4 ? view.getUint32(at, true) : view.getUint16(at, true);
    if (value === 0 || !volume.findings.tell("inode-field", `Inode ${number}: the ${what} is ${value} instead of 0.`))
      continue;
    inode.bytes.fill(0, at, at + bytes);
    isChanged = true;
  }
  return isChanged;
}

function checkExtra(volume: CheckedVolume, { number, inode }: Numbered): boolean {
  const room = inode.bytes.length - SMALL_INODE_BYTES;
  const { extraBytes } = inode;
  if (room === 0 || extraBytes === 0 || (extraBytes >= 4 && extraBytes <= room && extraBytes % 4 === 0)) return false;
  const message = `Inode ${number} says that it uses ${extraBytes} bytes of the ${room} behind its first 128.`;
  if (!volume.findings.tell("inode-field", message)) return false;
  inode.extraBytes = EXTRA_BYTES;
  return true;
}

/** Its size agrees with the blocks that it has. @returns whether it was changed */
function checkSize(volume: CheckedVolume, { number, inode }: Numbered, kind: InodeKind, claims: Claims): boolean {
  const { blockBytes } = volume.geometry;
  const { size } = inode;
  const covered = (claims.lastLogical + 1) * blockBytes;
  const right = kind === "directory" ? covered : kind === "file" ? rightFileSize(size, covered, blockBytes) : size;
  const wanted = inode.hasBlocks || kind === "link" ? right : 0;
  const message = `Inode ${number}, a ${kind}, has a size of ${size} bytes, and should have ${wanted}.`;
  if (size === wanted && (inode.hasBlocks || inode.sizeHigh === 0 || kind === "link")) return false;
  if (!volume.findings.tell("inode-size", message)) return false;
  inode.size = wanted;
  if (!inode.hasBlocks) inode.sizeHigh = 0;
  return true;
}

/** The volume says that it has large files. */
function checkFeature({ superblock, findings }: CheckedVolume, { number, inode }: Numbered): void {
  const isSaid = (superblock.readOnlyCompatible & ReadOnlyCompatible.LargeFile) !== 0;
  if (isSaid || inode.kind !== "file" || inode.size < LARGE_FILE_BYTES) return;
  const message = `Inode ${number} is a file of ${inode.size} bytes, and the superblock says that there are none so large.`;
  if (findings.tell("feature", message)) superblock.readOnlyCompatible |= ReadOnlyCompatible.LargeFile;
}

/** A file may be longer than its blocks, by holes; it may have one block behind its end, and no more. */
function rightFileSize(size: number, covered: number, blockBytes: number): number {
  if (size > mostFileBytes(blockBytes)) return covered;
  return size < covered - blockBytes ? covered : size;
}

function checkSectors(volume: CheckedVolume, { number, inode }: Numbered, claims: Claims): boolean {
  const blocks = claims.count + (inode.attributes === 0 ? 0 : 1);
  const sectors = blocks * volume.geometry.sectorsPerBlock;
  if (inode.sectors === sectors) return false;
  const message = `Inode ${number} says that it takes ${inode.sectors} sectors, and takes ${sectors}.`;
  if (!volume.findings.tell("inode-sectors", message)) return false;
  inode.sectors = sectors;
  return true;
}

/** The time of the check, as inodes that are removed say it. */
function nowS({ nowUs }: CheckedVolume): number {
  return Math.max(1, Math.floor(nowUs / 1e6)) % 2 ** 32;
}

function set(change: () => void): true {
  change();
  return true;
}
