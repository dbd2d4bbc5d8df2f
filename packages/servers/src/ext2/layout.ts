/**
 * Where everything of a volume lies that does not move as long as it lives: superblock, descriptors, bitmaps, tables of
 * inodes. It is read and checked when the volume is opened, and believed from then on, whatever the disk says later.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Geometry } from "./format/geometry.js";
import {
  GROUP_DESCRIPTOR_BYTES,
  type GroupDescriptor,
  type InodePlace,
  inodePlace,
  isMetadata,
  parseGroups,
} from "./format/group.js";
import { ROOT_INODE } from "./format/inode.js";
import type { BlockStore } from "./format/store.js";
import { SUPERBLOCK_AT } from "./format/superblock.js";
import { Corrupt } from "./trouble.js";

/** Where something stands that is smaller than a block. */
export type Place = InodePlace;

/** The map of a volume. */
export class Layout {
  readonly geometry: Geometry;
  /** As they were: where something lies is right, what is free is not. */
  readonly groups: readonly GroupDescriptor[];
  readonly superblock: Place;

  /** @throws Corrupt for a number of groups that are not those of the geometry */
  constructor(geometry: Geometry, groups: readonly GroupDescriptor[]) {
    this.geometry = geometry;
    this.groups = groups;
    this.superblock = {
      block: Math.floor(SUPERBLOCK_AT / geometry.blockBytes),
      at: SUPERBLOCK_AT % geometry.blockBytes,
    };
  }

  /**
   * Read it.
   * @returns a sentence, when the descriptors make no sense
   * @throws DiskFault
   */
  static *read(store: BlockStore, geometry: Geometry): Thread<Layout | string> {
    const table = new Uint8Array(geometry.groupBlocks * geometry.blockBytes);
    yield* store.read(geometry.firstDataBlock + 1, table);
    const groups = parseGroups(table, geometry);
    return typeof groups === "string" ? groups : new Layout(geometry, groups);
  }

  /** Where the descriptor of a group stands. */
  descriptor(group: number): Place {
    const byte = group * GROUP_DESCRIPTOR_BYTES;
    const { blockBytes, firstDataBlock } = this.geometry;
    return { block: firstDataBlock + 1 + Math.floor(byte / blockBytes), at: byte % blockBytes };
  }

  /** Where an inode stands. @throws Corrupt when it is none that a name can be for */
  inode(ino: number): Place {
    const isNamed = ino === ROOT_INODE || ino >= this.geometry.firstInode;
    if (!isNamed || ino > this.geometry.inodes) throw new Corrupt(`inode ${ino} is none of a file or directory`);
    return inodePlace(ino, this.geometry, this.groups);
  }

  /**
   * A number of a block that was read from the disk, as one of a file's or directory's.
   * @throws Corrupt when it is not on the volume, or what is there is of the volume itself
   */
  checked(block: number): number {
    if (!this.geometry.hasBlock(block) || isMetadata(block, this.geometry, this.groups)) {
      throw new Corrupt(`block ${block} cannot be one of a file or directory`);
    }
    return block;
  }
}
