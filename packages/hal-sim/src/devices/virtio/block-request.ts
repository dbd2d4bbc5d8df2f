/**
 * A request to the block device, as it stood in its chain when the device took it (virtio 1.2, 5.2.6): a header of 16
 * bytes, data, and a status byte at the very end.
 *
 * What a driver may not ask for is answered with a status and touches nothing; only a chain without a header or without
 * room for a status cannot be answered at all.
 */
import { type DiskBackEnd, SECTOR_BYTES } from "../../disks/back-end.js";
import {
  BLOCK_HEADER_BYTES,
  BLOCK_ID_BYTES,
  BLOCK_RANGE_BYTES,
  BLOCK_RANGE_UNMAP,
  BlockFeature,
  BlockRequestType,
  BlockStatus,
} from "./block-format.js";
import type { DescriptorChain } from "./chain.js";

/** The largest buffer, and the most of them in a request; a request has at most the product as its data. */
export const SIZE_MAX = 65_536;
/** A chain of a queue of 128, without header and status. */
export const SEG_MAX = 126;
/** The most sectors that are discarded, or zeroed, by one request. */
export const RANGE_SECTORS = 16_384;

/** One request, checked. */
export interface BlockRequest {
  readonly chain: DescriptorChain;
  /** One of `BlockRequestType`, or any number that is `refused`. */
  readonly type: number;
  /** The sectors that it is about; none for a flush or the name. */
  readonly sector: number;
  readonly count: number;
  /** Bytes of data that travel, in either direction. */
  readonly bytes: number;
  /** The status that it gets without the disk being asked; null: the disk is asked. */
  readonly refused: number | null;
}

/** Why nothing was given that could be answered: the end of a sentence. */
const NO_HEADER = "a request to a disk has a header of 16 bytes to read, and this one has not";
const NO_STATUS = "a request to a disk has a byte to write for its status, and this one has not";

/**
 * The request in a chain.
 * @param accepted the features that the driver negotiated
 * @returns the end of a sentence when it is none
 */
export function blockRequest(chain: DescriptorChain, accepted: number, disk: DiskBackEnd): BlockRequest | string {
  const header = new DataView(new ArrayBuffer(BLOCK_HEADER_BYTES));
  if (chain.read(0, new Uint8Array(header.buffer)) < BLOCK_HEADER_BYTES) return NO_HEADER;
  if (chain.writableBytes === 0) return NO_STATUS;
  const type = header.getUint32(0, true);
  const sector = sectorAt(header, 8);
  const request = { chain, type, sector, count: 0, bytes: 0 };
  const has = (feature: number): boolean => (accepted & (1 << feature)) !== 0;
  switch (type) {
    case BlockRequestType.In:
      return ofData(request, chain.writableBytes - 1, disk);
    case BlockRequestType.Out:
      return disk.readOnly === true
        ? refused(request, BlockStatus.IoError)
        : ofData(request, chain.readableBytes - BLOCK_HEADER_BYTES, disk);
    case BlockRequestType.Flush:
      return has(BlockFeature.Flush) ? { ...request, refused: null } : refused(request, BlockStatus.Unsupported);
    case BlockRequestType.GetId:
      if (chain.writableBytes <= BLOCK_ID_BYTES) return refused(request, BlockStatus.IoError);
      return { ...request, bytes: BLOCK_ID_BYTES, refused: null };
    case BlockRequestType.Discard:
      return has(BlockFeature.Discard) ? ofRange(request, 0, disk) : refused(request, BlockStatus.Unsupported);
    case BlockRequestType.WriteZeroes:
      return has(BlockFeature.WriteZeroes)
        ? ofRange(request, BLOCK_RANGE_UNMAP, disk)
        : refused(request, BlockStatus.Unsupported);
    default:
      return refused(request, BlockStatus.Unsupported);
  }
}

type Asked = Omit<BlockRequest, "refused">;

function refused(request: Asked, status: number): BlockRequest {
  return { ...request, count: 0, bytes: 0, refused: status };
}

/** A transfer of whole sectors that the disk has. */
function ofData(request: Asked, bytes: number, disk: DiskBackEnd): BlockRequest {
  const count = bytes / SECTOR_BYTES;
  const isWhole = bytes % SECTOR_BYTES === 0 && bytes <= SIZE_MAX * SEG_MAX;
  if (!isWhole || request.sector + count > disk.sectors) return refused(request, BlockStatus.IoError);
  return { ...request, count, bytes, refused: null };
}

/** A request about one range, which stands in its data. */
function ofRange(request: Asked, flags: number, disk: DiskBackEnd): BlockRequest {
  const range = new DataView(new ArrayBuffer(BLOCK_RANGE_BYTES));
  const { chain } = request;
  if (disk.readOnly === true || chain.readableBytes !== BLOCK_HEADER_BYTES + BLOCK_RANGE_BYTES) {
    return refused(request, BlockStatus.IoError);
  }
  chain.read(BLOCK_HEADER_BYTES, new Uint8Array(range.buffer));
  const sector = sectorAt(range, 0);
  const count = range.getUint32(8, true);
  if ((range.getUint32(12, true) & ~flags) !== 0) return refused(request, BlockStatus.Unsupported);
  if (count > RANGE_SECTORS || sector + count > disk.sectors) return refused(request, BlockStatus.IoError);
  return { ...request, sector, count, refused: null };
}

/** The number of a sector. Above 2^53 it loses low bits here, far beyond the end of any disk. */
function sectorAt(fields: DataView, at: number): number {
  return fields.getUint32(at + 4, true) * 2 ** 32 + fields.getUint32(at, true);
}
