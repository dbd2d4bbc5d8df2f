/**
 * What is done to files, here and beside: the same pieces in the same order, whoever keeps them. Each 4 KiB of what is read
 * begins with a stamp of its place, so that a piece that comes from elsewhere is found.
 */

/** Bytes of the file, or of the stretch of a disk: more than there is room for in any cache of ours. */
export const FILE_BYTES = 4 * 2 ** 20;
/** Bytes of a piece, one behind the other; and of one that lies anywhere. */
export const LONG = 65_536;
const SHORT = 4096;

/** What is done: to a file that is there, or to the folder that it would be in. */
export type FileTask = "read" | "write" | "random" | "names";

/** The place of piece number `i`: in order; at random, by a generator that everybody has the same of. */
export function placeOf(task: FileTask, i: number): number {
  if (task !== "random") return (i * LONG) % FILE_BYTES;
  const mixed = Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 3), 0x85ebca6b) >>> 7;
  return (mixed % (FILE_BYTES / SHORT)) * SHORT;
}

/** Bytes of a piece. */
export function lengthOf(task: FileTask): number {
  return task === "random" ? SHORT : LONG;
}

/** Put the stamps into a piece for this place. */
export function stamp(piece: Uint8Array, place: number): void {
  const fields = new DataView(piece.buffer, piece.byteOffset, piece.length);
  for (let at = 0; at < piece.length; at += SHORT) fields.setUint32(at, place + at + 1, true);
}

/** 1: the stamp at the beginning of `bytes` is that of the place. */
export function isStamped(bytes: Uint8Array, place: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true) === place + 1 ? 1 : 0;
}
