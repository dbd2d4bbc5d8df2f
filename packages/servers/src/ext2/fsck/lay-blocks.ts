/**
 * Giving a directory the blocks that it is to have, in their order and without holes. Blocks of numbers are made anew;
 * those that it had before are nobody's then, which the next check of the inodes sees.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { DIRECT_POINTERS, POINTERS, pathTo } from "../format/pointers.js";
import type { CheckedVolume } from "./volume.js";

/**
 * Have these be the blocks of a directory. What finds no room for the blocks of their numbers is left off.
 * @returns how many there are
 */
export function* layBlocks(volume: CheckedVolume, number: number, blocks: readonly number[]): Thread<number> {
  const { geometry } = volume;
  const tables = new Map<string, { readonly block: number; readonly bytes: Uint8Array }>();
  const pointers: number[] = new Array(POINTERS).fill(0);
  let laid = 0;
  for (const [logical, block] of blocks.entries()) {
    const path = pathTo(logical, geometry.pointersPerBlock)!;
    const above = tableOf(volume, tables, pointers, path);
    if (above === null) break;
    if (above === "inode") pointers[path[0]!] = block;
    else new DataView(above.buffer).setUint32(4 * path.at(-1)!, block, true);
    laid++;
  }
  for (const { block, bytes } of tables.values()) yield* volume.write(block, bytes);
  const numbered = yield* volume.inode(number);
  for (const [index, block] of pointers.entries()) numbered.inode.setPointer(index, block);
  numbered.inode.size = laid * geometry.blockBytes;
  numbered.inode.sectors = (laid + tables.size + (numbered.inode.attributes === 0 ? 0 : 1)) * geometry.sectorsPerBlock;
  yield* volume.save(numbered);
  volume.directories.set(number, blocks.slice(0, laid));
  return laid;
}

/** The bytes of the block of numbers that the last step of a path is in; null when there is no room for one. */
function tableOf(
  volume: CheckedVolume,
  tables: Map<string, { readonly block: number; readonly bytes: Uint8Array }>,
  pointers: number[],
  path: readonly number[],
): Uint8Array | "inode" | null {
  if (path[0]! < DIRECT_POINTERS) return "inode";
  let above: Uint8Array | null = null;
  for (let depth = 1; depth < path.length; depth++) {
    const key = path.slice(0, depth).join("/");
    let table = tables.get(key);
    if (table === undefined) {
      const block = volume.take();
      if (block === 0) return null;
      table = { block, bytes: new Uint8Array(volume.geometry.blockBytes) };
      tables.set(key, table);
      if (above === null) pointers[path[0]!] = block;
      else new DataView(above.buffer).setUint32(4 * path[depth - 1]!, block, true);
    }
    above = table.bytes;
  }
  return above;
}
