/**
 * `@tessera/servers/ext2`: file systems as they lie on a disk, for programs on the machine and for tools on the host.
 * @packageDocumentation
 */
export { type Changes, change, readFile, readTarget, writeFile } from "./contents.js";
export { makeDirectory, makeFile, makeLink, type NewNode, type NotMade } from "./creation.js";
export { FileSystem, type Space } from "./file-system.js";
export {
  clearBit,
  countClear,
  findClear,
  isSet,
  setBit,
  setBits,
} from "./format/bitmap.js";
export {
  beginDirectory,
  checkEntries,
  checkEntry,
  clearEntries,
  type Entry,
  EntryType,
  entriesOf,
  entryAt,
  entryBytes,
  findEntry,
  hasRoomFor,
  insertEntry,
  kindOfEntry,
  MOST_NAME_BYTES,
  removeEntry,
  setEntry,
} from "./format/entries.js";
export { Compatible, Incompatible, ReadOnlyCompatible, unknownFeatures } from "./format/features.js";
export { Geometry, type Measures } from "./format/geometry.js";
export {
  checkGroup,
  GROUP_DESCRIPTOR_BYTES,
  GroupDescriptor,
  groupsIn,
  type InodePlace,
  inodePlace,
  isMetadata,
  parseGroups,
} from "./format/group.js";
export {
  BAD_BLOCKS_INODE,
  checkInode,
  EXTRA_BYTES,
  FIRST_INODE,
  INLINE_TARGET_BYTES,
  Inode,
  InodeFlag,
  type InodeKind,
  JOURNAL_INODE,
  MODE_KIND,
  MODE_PERMISSIONS,
  type NewInode,
  RESIZE_INODE,
  ROOT_INODE,
  SMALL_INODE_BYTES,
} from "./format/inode.js";
export { MemorySectors } from "./format/memory-disk.js";
export { blocksBelow, DIRECT_POINTERS, mostFileBytes, POINTERS, pathTo } from "./format/pointers.js";
export { type BlockStore, type DiskAction, DiskFault, finish, inBlocks, type Sectors } from "./format/store.js";
export {
  DYNAMIC_REVISION,
  MAGIC,
  OnError,
  State,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
  Superblock,
} from "./format/superblock.js";
export { parseVolume, type VolumeHead } from "./format/volume.js";
export { type FsckOptions, fsck } from "./fsck/fsck.js";
export type { Finding, FindingCode, FsckReport, Verdict } from "./fsck/report.js";
export { Layout } from "./layout.js";
export { link, type Name, type NotLinked, type NotRemoved, type NotRenamed, remove, rename } from "./linking.js";
export { type ListedEntry, type Listing, list, listedEntries } from "./listing.js";
export { mkfs, type NewVolume } from "./mkfs/mkfs.js";
export { planVolume, type VolumePlan } from "./mkfs/plan.js";

export { type Found, isName, lookUp, resolve, resolveDirectory, root } from "./names.js";
export { type Attributes, attributesOf, inodeOf, nodeOf, type UsedInode } from "./node.js";
export { type Ext2Options, ext2Server } from "./server.js";
export type { Transaction, View } from "./transaction.js";
