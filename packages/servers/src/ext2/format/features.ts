/**
 * Feature bits: what a volume has beside what every one has. Each bit stands in one of three words, and the word says what
 * someone who does not know the bit may still do.
 *
 *     compatible              everything
 *     readOnlyCompatible      read
 *     incompatible            nothing
 *
 * Source: Linux, Documentation/filesystems/ext4/super.rst, "Feature compatibility".
 */

/** Bits that do not matter to who does not know them. */
export const Compatible = {
  DirPrealloc: 0x1,
  HasJournal: 0x4,
  ExtAttr: 0x8,
  ResizeInode: 0x10,
  DirIndex: 0x20,
  SparseSuper2: 0x200,
} as const;

/** Bits that forbid everything to who does not know them. */
export const Incompatible = {
  /** Entries of directories say what kind of node they name. */
  FileType: 0x2,
  /** The journal holds what is not yet in its place: "needs_recovery". */
  Recover: 0x4,
} as const;

/** Bits that forbid writing to who does not know them. */
export const ReadOnlyCompatible = {
  /** Only some groups have a copy of the superblock and the descriptors. */
  SparseSuper: 0x1,
  /** There may be files of 2 GiB and more. */
  LargeFile: 0x2,
  /** Inodes of 256 bytes have room for exact times that was promised. */
  ExtraIsize: 0x40,
} as const;

/** What is told of bits that are not known here; names as tools of Linux print them. */
const NAMES: Readonly<Record<"compatible" | "incompatible" | "readOnlyCompatible", Readonly<Record<number, string>>>> =
  {
    compatible: {
      2: "imagic_inodes",
      64: "lazy_bg",
      256: "exclude_bitmap",
      512: "sparse_super2",
      1024: "fast_commit",
      2048: "stable_inodes",
      4096: "orphan_file",
    },
    incompatible: {
      1: "compression",
      8: "journal_dev",
      16: "meta_bg",
      64: "extents",
      128: "64bit",
      256: "mmp",
      512: "flex_bg",
      1024: "ea_inode",
      4096: "dirdata",
      8192: "metadata_csum_seed",
      16384: "large_dir",
      32768: "inline_data",
      65536: "encrypt",
      131072: "casefold",
    },
    readOnlyCompatible: {
      4: "btree_dir",
      8: "huge_file",
      16: "uninit_bg",
      32: "dir_nlink",
      128: "snapshot",
      256: "quota",
      512: "bigalloc",
      1024: "metadata_csum",
      2048: "replica",
      4096: "read-only",
      8192: "project",
      16384: "shared_blocks",
      32768: "verity",
      65536: "orphan_present",
    },
  };

const KNOWN = {
  compatible:
    Compatible.DirPrealloc | Compatible.HasJournal | Compatible.ExtAttr | Compatible.ResizeInode | Compatible.DirIndex,
  incompatible: Incompatible.FileType | Incompatible.Recover,
  readOnlyCompatible: ReadOnlyCompatible.SparseSuper | ReadOnlyCompatible.LargeFile | ReadOnlyCompatible.ExtraIsize,
} as const;

/** The bits of a word that are not known here, by name; empty when all are. */
export function unknownFeatures(word: "compatible" | "incompatible" | "readOnlyCompatible", bits: number): string[] {
  const unknown = (bits & ~KNOWN[word]) >>> 0;
  const names: string[] = [];
  for (let bit = 0; bit < 32; bit++) {
    const mask = 2 ** bit;
    if ((unknown & mask) !== 0) names.push(NAMES[word][mask] ?? `bit ${bit} of the ${word} ones`);
  }
  return names;
}
