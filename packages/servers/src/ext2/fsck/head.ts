/**
 * The beginning of a check: a superblock and descriptors that can be followed. Where those at the beginning of the volume
 * cannot, copies are tried, and what is taken from them is a finding. Where a descriptor is lost altogether, the parts of
 * its group are looked for where they are put when a volume is made.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Compatible, Incompatible, unknownFeatures } from "../format/features.js";
import type { Geometry } from "../format/geometry.js";
import { checkGroup, GROUP_DESCRIPTOR_BYTES, type GroupDescriptor, groupsIn } from "../format/group.js";
import { inBlocks, type Sectors } from "../format/store.js";
import { SUPERBLOCK_AT, SUPERBLOCK_BYTES, type Superblock } from "../format/superblock.js";
import { parseVolume, type VolumeHead } from "../format/volume.js";
import type { Findings } from "./report.js";
import type { Opened } from "./volume.js";

/** The longest descriptors that there are. */
const MOST_DESCRIPTOR_BYTES = 1024;

/** Open a volume for a check. A sentence when there is none that can be checked. */
export function* openForCheck(disk: Sectors, findings: Findings): Thread<Opened | string> {
  const head = yield* readHead(disk, findings);
  if (typeof head === "string") return head;
  const { superblock, geometry } = head;
  const unknown = [
    ...unknownFeatures("compatible", superblock.compatible),
    ...unknownFeatures("readOnlyCompatible", superblock.readOnlyCompatible),
  ];
  if (unknown.length > 0) return `it has features whose books cannot be checked: ${unknown.join(", ")}`;
  if ((superblock.incompatible & Incompatible.Recover) !== 0) {
    findings.tell("journal", "What is in its journal has to be put in place first.", false);
    findings.onlyLook();
  }
  checkFields(superblock, geometry, findings);
  const table = new Uint8Array(geometry.groupBlocks * geometry.blockBytes);
  yield* inBlocks(disk, geometry.blockBytes).read(geometry.firstDataBlock + 1, table);
  yield* mendDescriptors(disk, geometry, table, findings);
  const groups = groupsIn(table, geometry);
  const lost = groups.findIndex((group, number) => checkGroup(group, number, geometry) !== null);
  return lost < 0 ? { superblock, geometry, table, groups } : `where group ${lost} has its books is not known any more`;
}

function* readHead(disk: Sectors, findings: Findings): Thread<VolumeHead | string> {
  const first = yield* headAt(disk, SUPERBLOCK_AT);
  if (typeof first !== "string") return first;
  for (const blockBytes of [1024, 2048, 4096]) {
    const group = 8 * blockBytes;
    const copy = yield* headAt(disk, (group + (blockBytes === 1024 ? 1 : 0)) * blockBytes);
    if (typeof copy === "string" || copy.geometry.blockBytes !== blockBytes || copy.superblock.group !== 1) continue;
    findings.tell("superblock", `Its superblock makes no sense: ${first}. There is a copy of it in group 1.`);
    copy.superblock.group = 0;
    return copy;
  }
  return first;
}

function* headAt(disk: Sectors, at: number): Thread<VolumeHead | string> {
  const sector = at / 512;
  if (sector + SUPERBLOCK_BYTES / 512 > disk.sectors) return "the disk is too small for a file system";
  const bytes = new Uint8Array(SUPERBLOCK_BYTES);
  yield* disk.read(sector, bytes);
  return parseVolume(bytes, disk.sectors);
}

/** What a volume can be read with, and is not right. */
function checkFields(superblock: Superblock, geometry: Geometry, findings: Findings): void {
  const { blocks } = geometry;
  checkDescriptorBytes(superblock, findings);
  checkJournal(superblock, findings);
  if (superblock.reservedBlocks > blocks / 2) {
    const message = `${superblock.reservedBlocks} of ${blocks} blocks are kept for the administrator: more than half.`;
    if (findings.tell("superblock-field", message)) superblock.reservedBlocks = Math.floor(blocks / 20);
  }
}

/** A journal is an inode, and on no other device; a volume without one names none. */
function checkJournal(superblock: Superblock, findings: Findings): void {
  const hasJournal = (superblock.compatible & Compatible.HasJournal) !== 0;
  const { journalInode, journalDevice, journalUuid } = superblock;
  if (hasJournal && journalInode === 0) {
    findings.tell("journal", "Its journal is on another device.", false);
    findings.onlyLook();
    return;
  }
  const isElsewhere = journalDevice !== 0 || journalUuid.some((byte) => byte !== 0);
  if (!isElsewhere && (hasJournal || journalInode === 0)) return;
  if (!findings.tell("journal", "A journal is named that it is said not to have.")) return;
  if (!hasJournal) superblock.journalInode = 0;
  superblock.journalDevice = 0;
  journalUuid.fill(0);
}

/** Volumes of descriptors of another length say so; on these it is 0, or some power of two that nobody looks at. */
function checkDescriptorBytes(superblock: Superblock, findings: Findings): void {
  const { descriptorBytes } = superblock;
  const isPowerOfTwo = (descriptorBytes & (descriptorBytes - 1)) === 0;
  if (isPowerOfTwo && descriptorBytes <= MOST_DESCRIPTOR_BYTES) return;
  const message = `Its descriptors are said to have ${descriptorBytes} bytes, and have ${GROUP_DESCRIPTOR_BYTES}.`;
  if (findings.tell("superblock-field", message)) superblock.descriptorBytes = 0;
}

/** Have all descriptors be such that they can be followed, as far as their copies or their usual places tell. */
function* mendDescriptors(disk: Sectors, geometry: Geometry, table: Uint8Array, findings: Findings): Thread<void> {
  const groups = groupsIn(table, geometry);
  for (const [number, group] of groups.entries()) {
    const message = `Descriptor ${number} says that parts of the group were never made, which cannot be here.`;
    if (group.isUnfinished && findings.tell("descriptor", message)) group.clearRest();
  }
  const problems = groups.map((group, number) => checkGroup(group, number, geometry));
  if (problems.every((problem) => problem === null)) return;
  const copy = yield* readCopy(disk, geometry);
  for (const [number, problem] of problems.entries()) {
    if (problem === null) continue;
    const at = number * GROUP_DESCRIPTOR_BYTES;
    const isInCopy = copy !== null && checkGroup(groupsIn(copy, geometry)[number]!, number, geometry) === null;
    const source = isInCopy ? "its copy in group 1" : "the places where these usually are";
    findings.tell("descriptor", `Descriptor ${number}: ${problem}. It is made anew from ${source}.`);
    if (isInCopy) table.set(copy.subarray(at, at + GROUP_DESCRIPTOR_BYTES), at);
    else putInUsualPlace(groups[number]!, number, geometry);
  }
}

function putInUsualPlace(group: GroupDescriptor, number: number, geometry: Geometry): void {
  group.blockBitmap = geometry.firstBlockOf(number) + geometry.leadingBlocksOf(number);
  group.inodeBitmap = group.blockBitmap + 1;
  group.inodeTable = group.inodeBitmap + 1;
}

/** The copy of the table in group 1, if there is one. */
function* readCopy(disk: Sectors, geometry: Geometry): Thread<Uint8Array | null> {
  if (geometry.groups < 2) return null;
  const first = geometry.firstBlockOf(1);
  if (geometry.blocksOf(1) < geometry.leadingBlocksOf(1)) return null;
  const copy = new Uint8Array(geometry.groupBlocks * geometry.blockBytes);
  yield* inBlocks(disk, geometry.blockBytes).read(first + 1, copy);
  return copy;
}
