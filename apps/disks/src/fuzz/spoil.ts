/**
 * Spoiling images: what a failing disk, a bug or somebody who means ill leaves behind, by seed. Places are chosen among
 * those where a file system has its books, since random bytes of a volume are mostly data that nobody looks at.
 */
import type { Prng } from "@tessera/hal-sim";
import {
  type Geometry,
  GROUP_DESCRIPTOR_BYTES,
  type GroupDescriptor,
  Inode,
  inodePlace,
  parseGroups,
  parseVolume,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
} from "@tessera/servers/ext2";

/** Bytes of an image that are worth spoiling. */
interface Place {
  readonly what: string;
  readonly at: number;
  readonly bytes: number;
}

/** Places of an image, by what lies there. */
export interface Places {
  readonly geometry: Geometry;
  readonly groups: readonly (readonly Place[])[];
}

/** Bytes of the superblock that have a meaning on volumes like these. */
const SUPERBLOCK_USED = 360;
const SMALL_INODE = 128;

/** The places of an image in order. */
export function placesOf(image: Uint8Array): Places {
  const head = parseVolume(image.slice(SUPERBLOCK_AT, SUPERBLOCK_AT + SUPERBLOCK_BYTES), image.length / 512);
  if (typeof head === "string") throw new Error(head);
  const { geometry } = head;
  const tableAt = (geometry.firstDataBlock + 1) * geometry.blockBytes;
  const table = image.slice(tableAt, tableAt + geometry.groupBlocks * geometry.blockBytes);
  const groups = parseGroups(table, geometry);
  if (typeof groups === "string") throw new Error(groups);
  const used = usedInodes(image, geometry, groups);
  const inodes = used.map(({ at, number }) => ({ what: `inode ${number}`, at, bytes: geometry.inodeBytes }));
  const block = (what: string, number: number): Place => {
    return { what: `${what} ${number}`, at: number * geometry.blockBytes, bytes: geometry.blockBytes };
  };
  const directories = used.filter(({ inode }) => inode.kind === "directory").map(({ inode }) => inode.pointer(0));
  const indirect = used
    .filter(({ inode }) => inode.hasBlocks)
    .flatMap(({ inode }) => [12, 13, 14].map((index) => inode.pointer(index)).filter((number) => number !== 0));
  const all = [
    [{ what: "superblock", at: SUPERBLOCK_AT, bytes: SUPERBLOCK_USED }],
    [{ what: "descriptors", at: tableAt, bytes: geometry.groups * GROUP_DESCRIPTOR_BYTES }],
    groups.flatMap(({ blockBitmap, inodeBitmap }) => [block("bitmap", blockBitmap), block("bitmap", inodeBitmap)]),
    inodes,
    inodes.map((place) => ({ ...place, bytes: SMALL_INODE })),
    directories.map((number) => block("directory", number)),
    directories.map((number) => ({ ...block("directory", number), bytes: 64 })),
    indirect.map((number) => block("numbers", number)),
  ];
  return { geometry, groups: all.filter((places) => places.length > 0) };
}

function usedInodes(image: Uint8Array, geometry: Geometry, groups: readonly GroupDescriptor[]) {
  return Array.from({ length: geometry.inodes }, (_, index) => {
    const { block, at } = inodePlace(index + 1, geometry, groups);
    const place = block * geometry.blockBytes + at;
    return { number: index + 1, at: place, inode: new Inode(image, place, geometry.inodeBytes) };
  }).filter(({ inode }) => inode.links > 0);
}

/** Spoil an image in place. @returns what was done, a line a change */
export function spoil(image: Uint8Array, { groups, geometry }: Places, prng: Prng): string[] {
  const changes = 1 + prng.below(prng.below(4) === 0 ? 12 : 3);
  return Array.from({ length: changes }, () => {
    const places = groups[prng.below(groups.length)]!;
    const place = places[prng.below(places.length)]!;
    return `${place.what}: ${spoilPlace(image, place, geometry, prng)}`;
  });
}

function spoilPlace(image: Uint8Array, { at, bytes }: Place, geometry: Geometry, prng: Prng): string {
  const view = new DataView(image.buffer, image.byteOffset);
  const offset = prng.below(bytes);
  const word = offset - (offset % 4);
  switch (prng.below(7)) {
    case 0: {
      const bit = prng.below(8);
      image[at + offset]! ^= 1 << bit;
      return `bit ${bit} of byte ${offset}`;
    }
    case 1: {
      const value = prng.below(256);
      image[at + offset] = value;
      return `byte ${offset} = ${value}`;
    }
    case 2: {
      const value = [0, 1, 2, 0x7fff, 0x8000, 0xffff][prng.below(6)]!;
      const half = offset - (offset % 2);
      view.setUint16(at + half, value, true);
      return `half ${half} = ${value}`;
    }
    case 3: {
      const value = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, geometry.blocks, geometry.inodes][prng.below(7)]!;
      view.setUint32(at + word, value, true);
      return `word ${word} = ${value}`;
    }
    case 4: {
      const value = prng.below(geometry.blocks);
      view.setUint32(at + word, value, true);
      return `word ${word} = block ${value}`;
    }
    case 5: {
      const value = prng.below(geometry.inodes + 2);
      view.setUint32(at + word, value, true);
      return `word ${word} = inode ${value}`;
    }
    default: {
      const length = Math.min(1 + prng.below(32), bytes - offset);
      const isNoise = prng.below(2) === 0;
      for (let index = 0; index < length; index++) image[at + offset + index] = isNoise ? prng.below(256) : 0;
      return `${length} bytes from ${offset} up ${isNoise ? "at random" : "zero"}`;
    }
  }
}
