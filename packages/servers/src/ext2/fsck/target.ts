/** Targets of links: a row of bytes without a zero, as long as the size says, in the inode or in the one block that it has. */
import type { Thread } from "@tessera/hal-sim/isa";
import { INLINE_TARGET_BYTES, InodeFlag } from "../format/inode.js";
import { POINTERS } from "../format/pointers.js";
import type { CheckedVolume, Numbered } from "./volume.js";

/** Whether the target of a link makes sense; of what is no link it does. */
export function* checkTarget(volume: CheckedVolume, { inode }: Numbered): Thread<boolean> {
  if (inode.kind !== "link") return true;
  const { size } = inode;
  if (size === 0 || inode.sizeHigh !== 0 || (inode.flags & InodeFlag.Index) !== 0) return false;
  if (inode.hasInlineTarget) return endOf(inode.bytes.subarray(40, 40 + INLINE_TARGET_BYTES)) === size;
  const { geometry } = volume;
  if (size >= geometry.blockBytes || !geometry.hasBlock(inode.pointer(0))) return false;
  for (let index = 1; index < POINTERS; index++) if (inode.pointer(index) !== 0) return false;
  return endOf(yield* volume.block(inode.pointer(0))) === size;
}

function endOf(bytes: Uint8Array): number {
  const end = bytes.indexOf(0);
  return end < 0 ? Number.POSITIVE_INFINITY : end;
}
