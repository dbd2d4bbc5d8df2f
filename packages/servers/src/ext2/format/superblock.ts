/**
 * The superblock: 1,024 bytes at byte 1,024 of a volume, which say how large it is, how it is divided, and in which state
 * it was left. Copies stand at the beginning of some groups (geometry.ts).
 *
 * A Superblock is a view: what is set is in the bytes at once, and bytes that have no name here stay as they are. Only
 * numbers are read here, and none of them is believed: `parseVolume` (volume.ts) checks them.
 *
 * Source: Linux, Documentation/filesystems/ext2.rst and ext4/super.rst.
 */

/** Where it stands, and how long it is. */
export const SUPERBLOCK_AT = 1024;
export const SUPERBLOCK_BYTES = 1024;

/** What all of them have at byte 56. */
export const MAGIC = 0xef53;
/** The revision from which on the size of inodes and the features are said. */
export const DYNAMIC_REVISION = 1;

/** Bits of `state`. */
export const State = {
  /** It was unmounted as it should be. */
  Clean: 1,
  /** Something that made no sense was met on it. */
  Errors: 2,
  /** Orphans are being removed. */
  Orphans: 4,
} as const;

/** Values of `onError`: what whoever meets an error does. */
export const OnError = { Continue: 1, ReadOnly: 2, Panic: 3 } as const;

const At = {
  inodes: 0,
  blocks: 4,
  reservedBlocks: 8,
  freeBlocks: 12,
  freeInodes: 16,
  firstDataBlock: 20,
  logBlockSize: 24,
  logFragmentSize: 28,
  blocksPerGroup: 32,
  fragmentsPerGroup: 36,
  inodesPerGroup: 40,
  mountTime: 44,
  writeTime: 48,
  mounts: 52,
  mostMounts: 54,
  magic: 56,
  state: 58,
  onError: 60,
  checkTime: 64,
  checkInterval: 68,
  creator: 72,
  revision: 76,
  firstInode: 84,
  inodeBytes: 88,
  group: 90,
  compatible: 92,
  incompatible: 96,
  readOnlyCompatible: 100,
  uuid: 104,
  label: 120,
  lastMounted: 136,
  reservedGdtBlocks: 206,
  journalUuid: 208,
  journalInode: 224,
  journalDevice: 228,
  lastOrphan: 232,
  hashSeed: 236,
  hashVersion: 252,
  descriptorBytes: 254,
  defaultMountOptions: 256,
  madeTime: 264,
  journalCopy: 268,
  leastExtraBytes: 348,
  wantedExtraBytes: 350,
  flags: 352,
} as const;

const UUID_BYTES = 16;
const LABEL_BYTES = 16;
const JOURNAL_COPY_BYTES = 68;
const LAST_MOUNTED_BYTES = 64;

/** A superblock, in bytes that the caller owns. Times are in seconds since 1970. */
export class Superblock {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** @param bytes SUPERBLOCK_BYTES of them; they are not copied */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, SUPERBLOCK_BYTES);
  }

  /** How many inodes there are, in all groups. */
  get inodes(): number {
    return this.#word(At.inodes);
  }
  set inodes(count: number) {
    this.#setWord(At.inodes, count);
  }
  /** How many blocks the volume has, from block 0 on. */
  get blocks(): number {
    return this.#word(At.blocks);
  }
  set blocks(count: number) {
    this.#setWord(At.blocks, count);
  }
  /** Blocks that only the administrator may take. */
  get reservedBlocks(): number {
    return this.#word(At.reservedBlocks);
  }
  set reservedBlocks(count: number) {
    this.#setWord(At.reservedBlocks, count);
  }
  /** Blocks that nobody has; what the groups say is the truth of which this is the sum. */
  get freeBlocks(): number {
    return this.#word(At.freeBlocks);
  }
  set freeBlocks(count: number) {
    this.#setWord(At.freeBlocks, count);
  }
  /** Likewise, inodes. */
  get freeInodes(): number {
    return this.#word(At.freeInodes);
  }
  set freeInodes(count: number) {
    this.#setWord(At.freeInodes, count);
  }
  /** The block that the superblock lies in. */
  get firstDataBlock(): number {
    return this.#word(At.firstDataBlock);
  }
  set firstDataBlock(block: number) {
    this.#setWord(At.firstDataBlock, block);
  }
  /** Blocks are of 1,024 bytes times two to the power of this. */
  get logBlockSize(): number {
    return this.#word(At.logBlockSize);
  }
  set logBlockSize(log: number) {
    this.#setWord(At.logBlockSize, log);
  }
  /** Fragments were never made: the same as that of blocks. */
  get logFragmentSize(): number {
    return this.#word(At.logFragmentSize);
  }
  set logFragmentSize(log: number) {
    this.#setWord(At.logFragmentSize, log);
  }
  /** Blocks of a group; the last one may have fewer. */
  get blocksPerGroup(): number {
    return this.#word(At.blocksPerGroup);
  }
  set blocksPerGroup(count: number) {
    this.#setWord(At.blocksPerGroup, count);
  }
  /** Always the same number. */
  get fragmentsPerGroup(): number {
    return this.#word(At.fragmentsPerGroup);
  }
  set fragmentsPerGroup(count: number) {
    this.#setWord(At.fragmentsPerGroup, count);
  }
  /** Inodes of a group. */
  get inodesPerGroup(): number {
    return this.#word(At.inodesPerGroup);
  }
  set inodesPerGroup(count: number) {
    this.#setWord(At.inodesPerGroup, count);
  }
  /** When it was last mounted, in seconds since 1970. */
  get mountTimeS(): number {
    return this.#word(At.mountTime);
  }
  set mountTimeS(seconds: number) {
    this.#setWord(At.mountTime, seconds);
  }
  /** When it was last written to, likewise. */
  get writeTimeS(): number {
    return this.#word(At.writeTime);
  }
  set writeTimeS(seconds: number) {
    this.#setWord(At.writeTime, seconds);
  }
  /** How often it was mounted since it was last checked. */
  get mounts(): number {
    return this.#half(At.mounts);
  }
  set mounts(count: number) {
    this.#setHalf(At.mounts, count);
  }
  /** After how many mounts it wants to be checked; 65535: never. */
  get mostMounts(): number {
    return this.#half(At.mostMounts);
  }
  set mostMounts(count: number) {
    this.#setHalf(At.mostMounts, count);
  }
  /** `MAGIC` in every superblock. */
  get magic(): number {
    return this.#half(At.magic);
  }
  set magic(word: number) {
    this.#setHalf(At.magic, word);
  }
  /** Bits of `State`. */
  get state(): number {
    return this.#half(At.state);
  }
  set state(bits: number) {
    this.#setHalf(At.state, bits);
  }
  /** One of `OnError`. */
  get onError(): number {
    return this.#half(At.onError);
  }
  set onError(what: number) {
    this.#setHalf(At.onError, what);
  }
  /** When it was last checked. */
  get checkTimeS(): number {
    return this.#word(At.checkTime);
  }
  set checkTimeS(seconds: number) {
    this.#setWord(At.checkTime, seconds);
  }
  /** After so many seconds it should be checked again; 0: never. */
  get checkIntervalS(): number {
    return this.#word(At.checkInterval);
  }
  set checkIntervalS(seconds: number) {
    this.#setWord(At.checkInterval, seconds);
  }
  /** The system that made it: 0 is Linux. */
  get creator(): number {
    return this.#word(At.creator);
  }
  /** `DYNAMIC_REVISION`, or 0 for the oldest. */
  get revision(): number {
    return this.#word(At.revision);
  }
  set revision(number: number) {
    this.#setWord(At.revision, number);
  }
  /** The first inode that is not for a purpose of its own. */
  get firstInode(): number {
    return this.#word(At.firstInode);
  }
  set firstInode(inode: number) {
    this.#setWord(At.firstInode, inode);
  }
  /** Bytes of an inode: 128, or a larger power of two. */
  get inodeBytes(): number {
    return this.#half(At.inodeBytes);
  }
  set inodeBytes(bytes: number) {
    this.#setHalf(At.inodeBytes, bytes);
  }
  /** The group that this copy stands in. */
  get group(): number {
    return this.#half(At.group);
  }
  set group(number: number) {
    this.#setHalf(At.group, number);
  }
  /** Feature bits (features.ts), likewise the next two. */
  get compatible(): number {
    return this.#word(At.compatible);
  }
  set compatible(bits: number) {
    this.#setWord(At.compatible, bits);
  }
  /** Features without which nobody can read it: a sum of `Incompatible`. */
  get incompatible(): number {
    return this.#word(At.incompatible);
  }
  set incompatible(bits: number) {
    this.#setWord(At.incompatible, bits);
  }
  /** Features without which nobody can write it: a sum of `ReadOnlyCompatible`. */
  get readOnlyCompatible(): number {
    return this.#word(At.readOnlyCompatible);
  }
  set readOnlyCompatible(bits: number) {
    this.#setWord(At.readOnlyCompatible, bits);
  }
  /** Its 16 bytes, to be written to as well. */
  get uuid(): Uint8Array {
    return this.bytes.subarray(At.uuid, At.uuid + UUID_BYTES);
  }
  /** What people call it: up to 16 bytes. */
  get label(): string {
    return this.#text(At.label, LABEL_BYTES);
  }
  set label(text: string) {
    this.#setText(At.label, LABEL_BYTES, text);
  }
  /** Where it was mounted last. */
  get lastMounted(): string {
    return this.#text(At.lastMounted, LAST_MOUNTED_BYTES);
  }
  set lastMounted(path: string) {
    this.#setText(At.lastMounted, LAST_MOUNTED_BYTES, path);
  }
  /** Blocks behind the descriptors that are kept for more of them. */
  get reservedGdtBlocks(): number {
    return this.#half(At.reservedGdtBlocks);
  }
  set reservedGdtBlocks(count: number) {
    this.#setHalf(At.reservedGdtBlocks, count);
  }
  /** The 16 bytes of the uuid of a journal on a device of its own; zeroes: none. */
  get journalUuid(): Uint8Array {
    return this.bytes.subarray(At.journalUuid, At.journalUuid + UUID_BYTES);
  }
  /** The inode whose data is the journal; 0: none. */
  get journalInode(): number {
    return this.#word(At.journalInode);
  }
  set journalInode(inode: number) {
    this.#setWord(At.journalInode, inode);
  }
  /** The device that the journal is on; 0: this one. */
  get journalDevice(): number {
    return this.#word(At.journalDevice);
  }
  set journalDevice(device: number) {
    this.#setWord(At.journalDevice, device);
  }
  /** The first of a list of inodes that have no name and are not free; `deletedS` of each is the next. */
  get lastOrphan(): number {
    return this.#word(At.lastOrphan);
  }
  set lastOrphan(inode: number) {
    this.#setWord(At.lastOrphan, inode);
  }
  /** 16 bytes, from which hashes of names begin. */
  get hashSeed(): Uint8Array {
    return this.bytes.subarray(At.hashSeed, At.hashSeed + UUID_BYTES);
  }
  /** How names are hashed in the indexes of directories. */
  get hashVersion(): number {
    return this.#view.getUint8(At.hashVersion);
  }
  set hashVersion(version: number) {
    this.#view.setUint8(At.hashVersion, version);
  }
  /** Bytes of a descriptor, where they are not 32 ("64bit"). */
  get descriptorBytes(): number {
    return this.#half(At.descriptorBytes);
  }
  set descriptorBytes(bytes: number) {
    this.#setHalf(At.descriptorBytes, bytes);
  }
  /** What holds where nothing else is said at a mount: a sum of bits. */
  get defaultMountOptions(): number {
    return this.#word(At.defaultMountOptions);
  }
  set defaultMountOptions(bits: number) {
    this.#setWord(At.defaultMountOptions, bits);
  }
  /** When it was made. */
  get madeTimeS(): number {
    return this.#word(At.madeTime);
  }
  set madeTimeS(seconds: number) {
    this.#setWord(At.madeTime, seconds);
  }
  /** A copy of the numbers of blocks and the size of the journal's inode. */
  get journalCopy(): Uint8Array {
    return this.bytes.subarray(At.journalCopy, At.journalCopy + JOURNAL_COPY_BYTES);
  }
  /** Bytes behind the first 128 of an inode that all of them have in use; and how many new ones should. */
  get leastExtraBytes(): number {
    return this.#half(At.leastExtraBytes);
  }
  set leastExtraBytes(bytes: number) {
    this.#setHalf(At.leastExtraBytes, bytes);
  }
  /** Bytes behind the first 128 that new inodes should have. */
  get wantedExtraBytes(): number {
    return this.#half(At.wantedExtraBytes);
  }
  set wantedExtraBytes(bytes: number) {
    this.#setHalf(At.wantedExtraBytes, bytes);
  }
  /** Which hash has signed bytes, and others: a sum of bits. */
  get flags(): number {
    return this.#word(At.flags);
  }
  set flags(bits: number) {
    this.#setWord(At.flags, bits);
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }
  #setWord(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }
  #half(at: number): number {
    return this.#view.getUint16(at, true);
  }
  #setHalf(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }
  #text(at: number, bytes: number): string {
    const field = this.bytes.subarray(at, at + bytes);
    const end = field.indexOf(0);
    return new TextDecoder().decode(field.subarray(0, end < 0 ? bytes : end));
  }
  #setText(at: number, bytes: number, text: string): void {
    const field = this.bytes.subarray(at, at + bytes).fill(0);
    new TextEncoder().encodeInto(text, field);
  }
}
