/**
 * How the blocks of a file are found: an inode has fifteen numbers of blocks.
 *
 *     0 .. 11    blocks of the file
 *     12         a block of numbers of blocks of the file
 *     13         a block of numbers of such blocks
 *     14         a block of numbers of those
 *
 * A number of 0 is a hole: all of the blocks that it stands for are zeroes.
 */

/** Numbers in an inode, and how many of them are of the file's own blocks. */
export const POINTERS = 15;
export const DIRECT_POINTERS = 12;

/** The largest size: the units of 512 bytes that a file takes are counted in 32 bits, those of its numbers with them. */
const MOST_BYTES = 2 ** 41 - 2 ** 33;

/**
 * The way to block `logical` of a file: which of the inode's numbers, then which number in each of the blocks on the way.
 * Null when no file has so many blocks.
 * @param perBlock numbers that a block holds
 */
export function pathTo(logical: number, perBlock: number): number[] | null {
  if (logical < DIRECT_POINTERS) return [logical];
  let rest = logical - DIRECT_POINTERS;
  for (let depth = 1, span = perBlock; depth <= POINTERS - DIRECT_POINTERS; depth++, span *= perBlock) {
    if (rest < span) return [DIRECT_POINTERS + depth - 1, ...digits(rest, perBlock, depth)];
    rest -= span;
  }
  return null;
}

/** The largest size of a file, in bytes. */
export function mostFileBytes(blockBytes: number): number {
  const perBlock = blockBytes / 4;
  const blocks = DIRECT_POINTERS + perBlock + perBlock ** 2 + perBlock ** 3;
  return Math.min(blocks * blockBytes, MOST_BYTES);
}

/** How many blocks of the file the number at `depth` stands for: 1 at depth 0. */
export function blocksBelow(depth: number, perBlock: number): number {
  return perBlock ** depth;
}

function digits(number: number, base: number, count: number): number[] {
  const found: number[] = [];
  for (let place = count - 1; place >= 0; place--) found.push(Math.floor(number / base ** place) % base);
  return found;
}
