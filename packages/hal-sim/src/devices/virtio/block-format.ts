/** The numbers of the virtio block device (virtio 1.2, 5.2), for drivers and for the device. */

/** Numbers of its feature bits. */
export const BlockFeature = {
  SizeMax: 1,
  SegMax: 2,
  ReadOnly: 5,
  BlockSize: 6,
  Flush: 9,
  Discard: 13,
  WriteZeroes: 14,
} as const;

/** Offsets in its configuration space: 64 bits at `Capacity`, 8 at `MayUnmap`, and 32 elsewhere. */
export const BlockConfig = {
  Capacity: 0,
  SizeMax: 8,
  SegMax: 12,
  BlockSize: 20,
  MaxDiscardSectors: 36,
  MaxDiscardSegments: 40,
  DiscardAlignment: 44,
  MaxZeroesSectors: 48,
  MaxZeroesSegments: 52,
  MayUnmap: 56,
} as const;

/** Bytes of the configuration space, up to the end of what there is for these features. */
export const BLOCK_CONFIG_BYTES = 60;

/** Kinds of requests. */
export const BlockRequestType = { In: 0, Out: 1, Flush: 4, GetId: 8, Discard: 11, WriteZeroes: 13 } as const;

/** Bytes in front of a request's data: the kind (32 bits), nothing (32), and the sector (64). */
export const BLOCK_HEADER_BYTES = 16;
/** What a discard or a write of zeroes has as its data: the sector (64 bits), how many (32), and flags (32). */
export const BLOCK_RANGE_BYTES = 16;
/** The one flag of a range: the sectors may be given back. For writes of zeroes alone. */
export const BLOCK_RANGE_UNMAP = 1;
/** What `GetId` fills. */
export const BLOCK_ID_BYTES = 20;

/** How a request went: the last byte of its writable part. */
export const BlockStatus = { Ok: 0, IoError: 1, Unsupported: 2 } as const;
