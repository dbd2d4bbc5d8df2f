/**
 * A driver of the block device, outside any program: requests of a header, data and a status, several under way at a
 * time, each in a place of its own.
 */
import {
  BLOCK_HEADER_BYTES,
  BlockFeature,
  BlockRequestType,
  DescriptorFlag,
  type DiskBackEnd,
  type MachineOptions,
} from "../../src/index.js";
import { Rig } from "./rig.js";
import { BUFFERS, type Descriptor, INDIRECT, QueueDriver } from "./virtio-driver.js";

/** What every driver here negotiates, as far as the device offers it. */
const WANTED = [BlockFeature.Flush, BlockFeature.Discard, BlockFeature.WriteZeroes];

const { In, Out, Flush, Discard, WriteZeroes } = BlockRequestType;

/** Every place has a page of header and status, and room for data behind it. */
const PLACE_BYTES = 0x9000;
/** A status that no device writes. */
export const PENDING = 0xff;

/** A request as a driver means it. */
export interface DiskRequest {
  readonly type: number;
  readonly sector?: number;
  /** What the device is to read behind the header. */
  readonly data?: Uint8Array;
  /** Bytes that it has room for in front of the status. */
  readonly room?: number;
}

export class DiskDriver extends QueueDriver {
  /** @param features that it accepts; default: all that it knows and are offered */
  constructor(disk: DiskBackEnd, options: Omit<MachineOptions, "image" | "disks"> = {}, features?: number) {
    const { machine } = new Rig({ *root() {} }, { onReport: () => {}, ...options, disks: [disk] });
    super(machine, machine.virtio[0]!, 32);
    const offered = machine.virtio[0]!.load(0x10, 4);
    this.start(features ?? (WANTED.reduce((sum, feature) => sum | (1 << feature), INDIRECT) & offered) >>> 0);
  }

  /** Ask for something in place `n`, of 0 to 9. */
  ask(n: number, { type, sector = 0, data = new Uint8Array(0), room = 0 }: DiskRequest): void {
    const header = BUFFERS + n * PLACE_BYTES;
    const fields = new DataView(new ArrayBuffer(BLOCK_HEADER_BYTES));
    fields.setUint32(0, type, true);
    fields.setUint32(8, sector % 2 ** 32, true);
    fields.setUint32(12, Math.floor(sector / 2 ** 32), true);
    const { memory } = this.machine;
    memory.writeBytes(header, new Uint8Array(fields.buffer));
    memory.writeBytes(header + 0x800, Uint8Array.of(PENDING));
    memory.writeBytes(this.dataOf(n), data);
    const descriptors: Descriptor[] = [{ paddr: header, bytes: BLOCK_HEADER_BYTES }];
    if (data.length > 0) descriptors.push({ paddr: this.dataOf(n), bytes: data.length });
    if (room > 0) descriptors.push({ paddr: this.dataOf(n), bytes: room, flags: DescriptorFlag.Write });
    descriptors.push({ paddr: header + 0x800, bytes: 1, flags: DescriptorFlag.Write });
    descriptors.forEach((descriptor, i) => {
      const more = i + 1 < descriptors.length ? DescriptorFlag.Next : 0;
      this.describe(3 * n + i, { ...descriptor, flags: (descriptor.flags ?? 0) | more, next: 3 * n + i + 1 });
    });
    this.send(3 * n);
  }

  /** Where the data of place `n` are. */
  dataOf(n: number): number {
    return BUFFERS + n * PLACE_BYTES + 0x1000;
  }

  statusOf(n: number): number {
    return this.bytes(BUFFERS + n * PLACE_BYTES + 0x800, 1)[0]!;
  }

  /** Let modelled time pass, by cycles. */
  wait(cycles: number): void {
    const { clock } = this.machine;
    const end = clock.cycles + cycles;
    while (clock.alarmAt <= end) {
      clock.skipTo(clock.alarmAt);
      clock.ringDue();
    }
    clock.skipTo(end);
  }

  /** Ask in place 0 and wait until it is done; returns the status. */
  done(request: DiskRequest): number {
    this.ask(0, request);
    this.wait(100_000_000);
    this.used();
    return this.statusOf(0);
  }

  read(sector: number, bytes: number): number[] {
    const status = this.done({ type: In, sector, room: bytes });
    if (status !== 0) throw new Error(`reading sector ${sector} ended with status ${status}`);
    return this.bytes(this.dataOf(0), bytes);
  }

  write(sector: number, data: Uint8Array): number {
    return this.done({ type: Out, sector, data });
  }

  flush(): number {
    return this.done({ type: Flush });
  }

  /** A request about a range. */
  range(type: typeof Discard | typeof WriteZeroes, sector: number, count: number, flags = 0): number {
    return this.done({ type, data: rangeOf(sector, count, flags) });
  }
}

/** The data of a discard, or of a write of zeroes. */
export function rangeOf(sector: number, count: number, flags = 0): Uint8Array {
  const fields = new DataView(new ArrayBuffer(16));
  fields.setUint32(0, sector % 2 ** 32, true);
  fields.setUint32(4, Math.floor(sector / 2 ** 32), true);
  fields.setUint32(8, count, true);
  fields.setUint32(12, flags, true);
  return new Uint8Array(fields.buffer);
}
