/**
 * Walking over all blocks of an inode, those of numbers of blocks among them, whatever is in them. Who walks says of each
 * what to do with it; a number that is changed is put on the disk at the end of the block that it stands in.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { blocksBelow, DIRECT_POINTERS, POINTERS } from "../format/pointers.js";
import type { CheckedVolume, Numbered } from "./volume.js";

/** A number of a block, in an inode or in a block of numbers. */
export interface BlockUse {
  readonly block: number;
  /** 0 for a block of the file itself, 1 to 3 for blocks of numbers. */
  readonly depth: number;
  /** The first block of the file that it is or stands for. */
  readonly logical: number;
  /** The blocks of numbers on the way to it. */
  readonly above: readonly number[];
}

/** What to do: go on, and into a block of numbers; leave what it stands for alone; or put another number there. */
export type Decision = "follow" | "skip" | number;

/** Walks with these. */
export interface Walker {
  visit(use: BlockUse): Decision;
  /** Whether a block of numbers makes sense; where not, it is given up, with what it stands for. */
  accepts?(numbers: Uint32Array, use: BlockUse): boolean;
}

/** Walk over all blocks of an inode that has blocks. The inode itself is not saved: say `true` means it was changed. */
export function* walk(volume: CheckedVolume, { inode }: Numbered, walker: Walker): Thread<boolean> {
  let isChanged = false;
  for (let index = 0; index < POINTERS; index++) {
    const block = inode.pointer(index);
    if (block === 0) continue;
    const depth = Math.max(0, index - DIRECT_POINTERS + 1);
    const use = { block, depth, logical: firstLogical(index, volume.geometry.pointersPerBlock), above: [] };
    const kept = yield* decided(volume, use, walker);
    if (kept === block) continue;
    inode.setPointer(index, kept);
    isChanged = true;
  }
  return isChanged;
}

/** Walk on from one number. @returns the number to stand there from now on */
function* decided(volume: CheckedVolume, use: BlockUse, walker: Walker): Thread<number> {
  const decision = walker.visit(use);
  if (typeof decision === "number") return decision;
  if (decision === "skip" || use.depth === 0) return use.block;
  const bytes = (yield* volume.block(use.block)).slice();
  const numbers = numbersIn(bytes);
  if (walker.accepts?.(numbers, use) === false) return 0;
  const span = blocksBelow(use.depth - 1, numbers.length);
  const above = [...use.above, use.block];
  let isChanged = false;
  for (const [index, block] of numbers.entries()) {
    if (block === 0) continue;
    const below = { block, depth: use.depth - 1, logical: use.logical + index * span, above };
    const kept = yield* decided(volume, below, walker);
    if (kept === block) continue;
    new DataView(bytes.buffer).setUint32(4 * index, kept, true);
    isChanged = true;
  }
  if (isChanged) yield* volume.write(use.block, bytes);
  return use.block;
}

/** The numbers in a block of them. */
export function numbersIn(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(4 * index, true));
}

function firstLogical(index: number, perBlock: number): number {
  let logical = Math.min(index, DIRECT_POINTERS);
  for (let depth = 1; depth <= index - DIRECT_POINTERS; depth++) logical += blocksBelow(depth, perBlock);
  return logical;
}
