/**
 * Blocks that several inodes have. Whoever claimed one first keeps it; the others get copies of their own, as long as there
 * is room, and holes then. Nothing says who was right: what is in such a file has to be looked at by people.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { SharedUse } from "./claims.js";
import type { CheckedVolume } from "./volume.js";
import { type Walker, walk } from "./walk.js";

/** So many numbers are told of each. */
const MOST_TOLD = 8;

/** Take apart what is shared. To be asked when all claims are known. */
export function* separate(volume: CheckedVolume, shared: ReadonlyMap<number, readonly SharedUse[]>): Thread<void> {
  for (const [number, uses] of shared) {
    const told = uses.slice(0, MOST_TOLD).map(({ block }) => block);
    const rest = uses.length > MOST_TOLD ? ` and ${uses.length - MOST_TOLD} more` : "";
    const message = `Inode ${number} has blocks that something else has, too: ${told.join(", ")}${rest}.`;
    if (volume.findings.tell("block-shared", message)) yield* giveCopies(volume, number, uses);
  }
}

function* giveCopies(volume: CheckedVolume, number: number, uses: readonly SharedUse[]): Thread<void> {
  const places = new Set(uses.map(({ depth, logical }) => `${depth}:${logical}`));
  const copies: { readonly from: number; readonly to: number }[] = [];
  const walker: Walker = {
    visit({ block, depth, logical }) {
      if (!places.has(`${depth}:${logical}`)) return "follow";
      const to = volume.take();
      if (to !== 0) copies.push({ from: block, to });
      return to;
    },
  };
  const numbered = yield* volume.inode(number);
  if (yield* walk(volume, numbered, walker)) yield* volume.save(numbered);
  for (const { from, to } of copies) yield* volume.write(to, (yield* volume.block(from)).slice());
}
