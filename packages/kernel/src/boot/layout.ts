/**
 * What lies where at boot: which memory the kernel, the root task's image and the boot objects take, and which untypeds
 * cover all the rest (manual, section "System bootstrapping"). Arithmetic on addresses alone, so that it can be checked
 * against what the real kernel told its first task.
 */

import { CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS } from "@tessera/libsel4/abi";
import { assert } from "../model/assert.js";

/** Bytes from `start` up to, not including, `end`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface BootUntyped {
  readonly paddr: number;
  readonly sizeBits: number;
  readonly isDevice: boolean;
}

/** What layout is computed from. All ranges are physical. */
export interface LayoutInput {
  readonly ram: Range;
  /** Firmware at the start of RAM: given out as a device range. */
  readonly firmware: Range;
  /** Devices the kernel keeps. */
  readonly kernelDevices: readonly Range[];
  /** The kernel's own memory; its boot code, at the start, is given out again. */
  readonly kernelImage: Range;
  readonly bootCode: Range;
  /** The device tree, empty when there is none. */
  readonly deviceTree: Range;
  readonly userImage: Range;
  readonly physicalEnd: number;
  /** Bytes of each boot object in order of need; the extra BootInfo is placed among them by size. */
  readonly objectBytes: readonly number[];
  readonly extraBootInfoBytes: number;
}

export interface Layout {
  /** Addresses of the boot objects, in the order of `objectBytes`. */
  readonly objects: readonly number[];
  readonly extraBootInfo: number;
  readonly untypeds: readonly BootUntyped[];
}

const MAX_UNTYPED_BITS = 38;
const MIN_UNTYPED_BITS = 4;

export function computeLayout(input: LayoutInput): Layout {
  const { ram, firmware, kernelImage, bootCode, deviceTree, userImage } = input;
  const reserved = sorted([...input.kernelDevices, { start: firmware.end, end: ram.end }, firmware]);
  const deviceRanges = [...gaps(reserved, 0, input.physicalEnd), firmware];
  const free = gaps(sorted([kernelImage, deviceTree, userImage]), firmware.end, ram.end);
  const last = free.at(-1);
  const order = placementOrder(input.objectBytes, input.extraBootInfoBytes);
  const total = order.reduce((sum, item) => sum + item.bytes, 0);
  const largest = Math.max(...order.map((item) => item.bytes));
  if (last === undefined || last.end - last.start < total + largest) {
    throw new RangeError(
      `the machine has too little RAM: the root task's objects need ${total} bytes in one piece; raise ramBytes or lower rootCNodeBits`,
    );
  }
  const block = Math.floor((last.end - total) / largest) * largest;
  const untypeds: BootUntyped[] = [];
  for (const range of sorted(deviceRanges)) cut(untypeds, range, true);
  for (const range of [bootCode, ...free.slice(0, -1)]) cut(untypeds, range, false);
  cut(untypeds, { start: last.start, end: block }, false);
  cut(untypeds, { start: block + total, end: last.end }, false);
  return {
    ...place(order, block, input.objectBytes.length),
    untypeds: untypeds.slice(0, CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS),
  };
}

interface Placed {
  /** Index in `objectBytes`; -1 for the extra BootInfo. */
  readonly index: number;
  readonly bytes: number;
}

/** The extra BootInfo goes in front of the first object that is not larger than it, which keeps all aligned. */
function placementOrder(objectBytes: readonly number[], extraBytes: number): Placed[] {
  const order: Placed[] = objectBytes.map((bytes, index) => ({ index, bytes }));
  if (extraBytes === 0) return order;
  const at = order.findIndex((item) => item.bytes <= extraBytes);
  order.splice(at < 0 ? order.length : at, 0, { index: -1, bytes: extraBytes });
  return order;
}

function place(order: readonly Placed[], start: number, count: number): Pick<Layout, "objects" | "extraBootInfo"> {
  const objects: number[] = new Array(count).fill(0);
  let extraBootInfo = 0;
  let next = start;
  for (const { index, bytes } of order) {
    if (index < 0) extraBootInfo = next;
    else objects[index] = next;
    assert(next % bytes === 0, "boot objects are aligned to their size: larger ones come first");
    next += bytes;
  }
  return { objects, extraBootInfo };
}

function sorted(ranges: readonly Range[]): Range[] {
  return ranges.filter((range) => range.end > range.start).sort((a, b) => a.start - b.start);
}

/** What of [start, end) is in none of the ranges, which are sorted and disjoint. */
function gaps(ranges: readonly Range[], start: number, end: number): Range[] {
  const result: Range[] = [];
  let at = start;
  for (const range of ranges) {
    if (range.start > at) result.push({ start: at, end: range.start });
    at = Math.max(at, range.end);
  }
  if (at < end) result.push({ start: at, end });
  return result;
}

/** Cut a range, from its start up, into the largest aligned powers of two; pieces too small for an untyped are lost. */
function cut(untypeds: BootUntyped[], range: Range, isDevice: boolean): void {
  let { start } = range;
  while (start < range.end) {
    let bits = Math.min(Math.floor(Math.log2(range.end - start)), MAX_UNTYPED_BITS);
    while (start % 2 ** bits !== 0) bits -= 1;
    if (bits >= MIN_UNTYPED_BITS) untypeds.push({ paddr: start, sizeBits: bits, isDevice });
    start += 2 ** bits;
  }
}
