/**
 * The virtio block device (virtio 1.2, 5.2): a disk, of which many requests are under way at a time.
 *
 * A request is taken when the driver tells of it, and done when its time has come: data move between RAM and the back end
 * in the instant in which it is completed, so nothing of it happens after its queue was closed. Each is ready after the
 * time of its kind, and up to a quarter more by a stream of the seed that nobody else draws from; in the order in which
 * they are ready, one after the other, their data go over one link. So requests overtake each other, as on real disks: who
 * writes a sector twice at a time does not know what it holds.
 *
 * What was written is in a volatile cache until a flush that was asked for afterwards is completed. With a driver that did
 * not negotiate FLUSH there is no such cache: each write is flushed before it is completed (5.2.5.2).
 */
import type { Alarm, Clock } from "../../clock.js";
import { type DiskBackEnd, SECTOR_BYTES } from "../../disks/back-end.js";
import type { FaultPlan } from "../../disks/faults.js";
import type { Prng } from "../../prng.js";
import {
  BLOCK_CONFIG_BYTES,
  BLOCK_HEADER_BYTES,
  BlockConfig,
  BlockFeature,
  BlockRequestType,
  BlockStatus,
} from "./block-format.js";
import { type BlockRequest, blockRequest, RANGE_SECTORS, SEG_MAX, SIZE_MAX } from "./block-request.js";
import type { VirtioDevice } from "./device.js";
import type { Virtqueue } from "./queue.js";
import { VirtioDeviceId } from "./registers.js";

const QUEUE_SIZE = 128;

/** Cycles until the data of a request begin to travel. */
const START_CYCLES: Readonly<Record<number, number>> = {
  [BlockRequestType.In]: 60_000,
  [BlockRequestType.Out]: 20_000,
  [BlockRequestType.Flush]: 200_000,
  [BlockRequestType.Discard]: 50_000,
  [BlockRequestType.WriteZeroes]: 50_000,
};
/** Of a request that needs no sector: a refusal, or the disk's name. */
const ANSWER_CYCLES = 5000;
/** Of the link: a gigabyte a second. */
const CYCLES_PER_BYTE = 1;
/** The share of its time by which a request may be late. */
const JITTER = 1 / 4;
const CYCLES_PER_US = 1000;

/** What a disk needs of its machine. */
export interface BlockParts {
  readonly disk: DiskBackEnd;
  /** When requests are slow, or nobody is told of one. Null: never. */
  readonly faults: FaultPlan | null;
  /** What the driver is told when it asks who this is: at most 20 characters of ASCII. */
  readonly id: string;
  readonly clock: Clock;
  readonly prng: Prng;
  /** A sentence for people: what the back end could not do, and why. */
  readonly report: (text: string) => void;
}

/** A request that was taken. */
interface UnderWay {
  readonly queue: Virtqueue;
  readonly request: BlockRequest;
  /** The cycle from which on its data can travel. */
  readonly ready: number;
}

export class Block implements VirtioDevice {
  readonly name = "disk";
  readonly id = VirtioDeviceId.Block;
  readonly features: number;
  readonly config: Uint8Array;
  readonly queueSizes = [QUEUE_SIZE];
  readonly #parts: BlockParts;
  readonly #alarm: Alarm;
  /** In the order in which they are ready, and will be done. */
  #underWay: UnderWay[] = [];
  /** The cycle in which the last one was done: the link is free from then on. */
  #doneAt = 0;

  constructor(parts: BlockParts) {
    this.#parts = parts;
    this.features = featuresOf(parts.disk);
    this.config = configOf(parts.disk);
    this.#alarm = parts.clock.createAlarm(() => this.#complete());
  }

  notified(queue: Virtqueue): void {
    for (let chain = queue.take(); chain !== null; chain = queue.take()) {
      const request = blockRequest(chain, queue.accepted, this.#parts.disk);
      if (typeof request === "string") queue.refuse(request);
      else this.#start(queue, request);
    }
    this.#setAlarm();
  }

  closed(): void {
    this.#underWay = [];
    this.#doneAt = 0;
    this.#setAlarm();
  }

  #start(queue: Virtqueue, request: BlockRequest): void {
    const ready = this.#readyAt(request, queue.accepted);
    let place = this.#underWay.length;
    while (place > 0 && this.#underWay[place - 1]!.ready > ready) place--;
    this.#underWay.splice(place, 0, { queue, request, ready });
  }

  #readyAt(request: BlockRequest, accepted: number): number {
    const { clock, prng, faults } = this.#parts;
    if (request.refused !== null || request.type === BlockRequestType.GetId) return clock.cycles + ANSWER_CYCLES;
    let start = START_CYCLES[request.type]!;
    if (isWrite(request) && writesThrough(accepted)) start += START_CYCLES[BlockRequestType.Flush]!;
    const late = (faults?.delayUs() ?? 0) * CYCLES_PER_US;
    return clock.cycles + start + prng.below(start * JITTER) + late;
  }

  /** The cycle in which the next request is done; Infinity: there is none. Whoever is ready later comes behind it. */
  #nextDone(): number {
    const next = this.#underWay[0];
    if (next === undefined) return Infinity;
    return Math.max(next.ready, this.#doneAt) + next.request.bytes * CYCLES_PER_BYTE;
  }

  #setAlarm(): void {
    this.#parts.clock.set(this.#alarm, this.#nextDone());
  }

  /** The next request's time has come. One at an alarm, so that the work of each is bounded. */
  #complete(): void {
    this.#doneAt = this.#nextDone();
    const { queue, request } = this.#underWay.shift()!;
    this.#setAlarm();
    const { chain } = request;
    const status = request.refused ?? this.#carryOut(request, queue.accepted);
    chain.write(chain.writableBytes - 1, Uint8Array.of(status));
    // Bytes from the beginning that were written: without data for it to stand behind, the status is none of them.
    const isWhole = status === BlockStatus.Ok || chain.writableBytes === 1;
    const isTold = this.#parts.faults?.losesInterrupt() !== true;
    queue.complete(chain, isWhole ? chain.writableBytes : 0, isTold);
  }

  #carryOut(request: BlockRequest, accepted: number): number {
    const { disk, report } = this.#parts;
    try {
      this.#transfer(request);
      if (isWrite(request) && writesThrough(accepted)) disk.flush();
      return BlockStatus.Ok;
    } catch (error) {
      report(`${this.#parts.id} could not ${wordsOf(request)}: ${error instanceof Error ? error.message : error}`);
      return BlockStatus.IoError;
    }
  }

  #transfer({ chain, type, sector, count, bytes }: BlockRequest): void {
    const { disk } = this.#parts;
    const data = new Uint8Array(bytes);
    switch (type) {
      case BlockRequestType.In:
        disk.read(sector, data);
        chain.write(0, data);
        break;
      case BlockRequestType.Out:
        chain.read(BLOCK_HEADER_BYTES, data);
        disk.write(sector, data);
        break;
      case BlockRequestType.Flush:
        disk.flush();
        break;
      case BlockRequestType.GetId:
        for (let i = 0; i < this.#parts.id.length; i++) data[i] = this.#parts.id.charCodeAt(i);
        chain.write(0, data);
        break;
      case BlockRequestType.Discard:
        disk.discard!(sector, count);
        break;
      case BlockRequestType.WriteZeroes:
        disk.write(sector, new Uint8Array(count * SECTOR_BYTES));
        break;
    }
  }
}

/** Whether there is no cache in which a write could wait for a flush. */
function writesThrough(accepted: number): boolean {
  return (accepted & (1 << BlockFeature.Flush)) === 0;
}

function isWrite({ type }: BlockRequest): boolean {
  return type === BlockRequestType.Out || type === BlockRequestType.WriteZeroes;
}

function featuresOf({ readOnly = false, discard }: DiskBackEnd): number {
  const { SizeMax, SegMax, ReadOnly, BlockSize, Flush, Discard, WriteZeroes } = BlockFeature;
  const always = (1 << SizeMax) | (1 << SegMax) | (1 << BlockSize) | (1 << Flush);
  if (readOnly) return always | (1 << ReadOnly);
  return always | (1 << WriteZeroes) | (discard === undefined ? 0 : 1 << Discard);
}

function configOf({ sectors, readOnly = false, discard }: DiskBackEnd): Uint8Array {
  const config = new DataView(new ArrayBuffer(BLOCK_CONFIG_BYTES));
  const set = (at: number, value: number): void => config.setUint32(at, value, true);
  set(BlockConfig.Capacity, sectors % 2 ** 32);
  set(BlockConfig.Capacity + 4, Math.floor(sectors / 2 ** 32));
  set(BlockConfig.SizeMax, SIZE_MAX);
  set(BlockConfig.SegMax, SEG_MAX);
  set(BlockConfig.BlockSize, SECTOR_BYTES);
  if (!readOnly) {
    set(BlockConfig.MaxZeroesSectors, RANGE_SECTORS);
    set(BlockConfig.MaxZeroesSegments, 1);
    if (discard !== undefined) {
      set(BlockConfig.MaxDiscardSectors, RANGE_SECTORS);
      set(BlockConfig.MaxDiscardSegments, 1);
      set(BlockConfig.DiscardAlignment, 1);
    }
  }
  return new Uint8Array(config.buffer);
}

/** What a request was to do, for a report. */
function wordsOf({ type, sector, count }: BlockRequest): string {
  if (type === BlockRequestType.Flush) return "flush what was written";
  const verb = type === BlockRequestType.In ? "read" : type === BlockRequestType.Discard ? "discard" : "write";
  return `${verb} ${count === 1 ? `sector ${sector}` : `sectors ${sector} to ${sector + count - 1}`}`;
}
