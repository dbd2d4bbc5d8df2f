/** That the bitmaps and the counts of what is free say what the inodes and directories have shown. */
import type { Thread } from "@tessera/hal-sim/isa";
import { countClear, isSet, setBit, setBits } from "../format/bitmap.js";
import { DIRECTORY } from "./claims.js";
import type { CheckedVolume } from "./volume.js";

/** Check the books of all groups, and of the volume. */
export function* checkBooks(volume: CheckedVolume): Thread<void> {
  let [freeBlocks, freeInodes] = [0, 0];
  for (let group = 0; group < volume.geometry.groups; group++) {
    freeBlocks += yield* checkBlocks(volume, group);
    freeInodes += yield* checkInodesOf(volume, group);
  }
  const { superblock } = volume;
  for (const [what, right] of [
    ["freeBlocks", freeBlocks],
    ["freeInodes", freeInodes],
  ] as const) {
    const message = `The superblock says that ${superblock[what]} ${WORDS[what]} are free, and ${right} are.`;
    if (superblock[what] !== right && volume.findings.tell("count", message)) superblock[what] = right;
  }
}

const WORDS = { freeBlocks: "blocks", freeInodes: "inodes", directories: "inodes that are directories" } as const;

/** @returns how many blocks of the group are free */
function* checkBlocks(volume: CheckedVolume, group: number): Thread<number> {
  const { geometry } = volume;
  const first = geometry.firstBlockOf(group);
  const count = geometry.blocksOf(group);
  const right = new Uint8Array(geometry.blockBytes);
  for (let index = 0; index < count; index++) if (volume.isClaimed(first + index)) setBit(right, index);
  setBits(right, count, 8 * right.length);
  yield* checkBitmap(volume, "blocks", group, volume.groups[group]!.blockBitmap, right, count);
  const free = countClear(right, count);
  checkCount(volume, group, "freeBlocks", free);
  return free;
}

/** @returns how many inodes of the group are free */
function* checkInodesOf(volume: CheckedVolume, group: number): Thread<number> {
  const { geometry, kinds } = volume;
  const count = geometry.inodesPerGroup;
  const right = new Uint8Array(geometry.blockBytes);
  let directories = 0;
  for (let index = 0; index < count; index++) {
    const number = group * count + index + 1;
    if (number < geometry.firstInode || kinds[number] !== 0 || volume.orphans.has(number)) setBit(right, index);
    if (kinds[number] === DIRECTORY) directories++;
  }
  setBits(right, count, 8 * right.length);
  yield* checkBitmap(volume, "inodes", group, volume.groups[group]!.inodeBitmap, right, count);
  const free = countClear(right, count);
  checkCount(volume, group, "freeInodes", free);
  checkCount(volume, group, "directories", directories);
  return free;
}

function* checkBitmap(
  volume: CheckedVolume,
  what: "blocks" | "inodes",
  group: number,
  place: number,
  right: Uint8Array,
  count: number,
): Thread<void> {
  const said = yield* volume.block(place);
  let [lost, doubtful, behind] = [0, 0, 0];
  for (let index = 0; index < 8 * right.length; index++) {
    if (isSet(said, index) === isSet(right, index)) continue;
    if (index >= count) behind++;
    else if (isSet(said, index)) lost++;
    else doubtful++;
  }
  if (lost + doubtful + behind === 0) return;
  const message =
    `The bitmap of ${what} of group ${group} has ${lost} as taken that are free, ${doubtful} as free that are taken, ` +
    `and ${behind} behind its end that are not set.`;
  if (volume.findings.tell(`bitmap-${what}`, message)) yield* volume.write(place, right);
}

function checkCount(volume: CheckedVolume, group: number, what: keyof typeof WORDS, right: number): void {
  const descriptor = volume.groups[group]!;
  const message = `Descriptor ${group} says that it has ${descriptor[what]} ${WORDS[what]}${what === "directories" ? "" : " free"}, and there are ${right}.`;
  if (descriptor[what] !== right && volume.findings.tell("count", message)) descriptor[what] = right;
}
