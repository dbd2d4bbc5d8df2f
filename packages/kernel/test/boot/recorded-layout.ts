/**
 * What the real kernel told its first task on QEMU's `virt` board with 3 GiB of RAM: an image of 21 pages, a device tree
 * of 4421 bytes, a root CNode of 2^13 slots. Untypeds as [physical address, log2 bytes], in the order of their slots.
 */
import type { LayoutInput } from "../../src/boot/layout.js";

const PAGE = 0x1000;
const DEVICE_TREE = 0x80228000;
const USER_IMAGE = 0x8022a000;

export const recordedInput: LayoutInput = {
  ram: { start: 0x80000000, end: 0x140000000 },
  firmware: { start: 0x80000000, end: 0x80200000 },
  kernelDevices: [
    { start: 0x2000000, end: 0x2200000 },
    { start: 0xc000000, end: 0xc600000 },
  ],
  kernelImage: { start: 0x80200000, end: DEVICE_TREE },
  bootCode: { start: 0x80200000, end: 0x80203000 },
  deviceTree: { start: DEVICE_TREE, end: DEVICE_TREE + 4421 },
  userImage: { start: USER_IMAGE, end: USER_IMAGE + 21 * PAGE },
  physicalEnd: 2 ** 39,
  // CNode, VSpace, ASID pool, IPC buffer, BootInfo, two page tables, TCB, scheduling context.
  objectBytes: [2 ** 18, PAGE, PAGE, PAGE, PAGE, PAGE, PAGE, 2 ** 11, 2 ** 7],
  extraBootInfoBytes: 2 * PAGE,
};

/** Slots 42 to 64. */
export const recordedDevices: readonly (readonly [paddr: number, sizeBits: number])[] = [
  [0x0, 25],
  [0x2200000, 21],
  [0x2400000, 22],
  [0x2800000, 23],
  [0x3000000, 24],
  [0x4000000, 26],
  [0x8000000, 26],
  [0xc600000, 21],
  [0xc800000, 23],
  [0xd000000, 24],
  [0xe000000, 25],
  [0x10000000, 28],
  [0x20000000, 29],
  [0x40000000, 30],
  [0x80000000, 21],
  [0x140000000, 30],
  [0x180000000, 31],
  [0x200000000, 33],
  [0x400000000, 34],
  [0x800000000, 35],
  [0x1000000000, 36],
  [0x2000000000, 37],
  [0x4000000000, 38],
];

/** Slots 65 to 105. */
export const recordedMemory: readonly (readonly [paddr: number, sizeBits: number])[] = [
  [0x80200000, 13],
  [0x80202000, 12],
  [0x80229150, 4],
  [0x80229160, 5],
  [0x80229180, 7],
  [0x80229200, 9],
  [0x80229400, 10],
  [0x80229800, 11],
  [0x8023f000, 12],
  [0x80240000, 18],
  [0x80280000, 19],
  [0x80300000, 20],
  [0x80400000, 22],
  [0x80800000, 23],
  [0x81000000, 24],
  [0x82000000, 25],
  [0x84000000, 26],
  [0x88000000, 27],
  [0x90000000, 28],
  [0xa0000000, 29],
  [0xc0000000, 30],
  [0x100000000, 29],
  [0x120000000, 28],
  [0x130000000, 27],
  [0x138000000, 26],
  [0x13c000000, 25],
  [0x13e000000, 24],
  [0x13f000000, 23],
  [0x13f800000, 22],
  [0x13fc00000, 21],
  [0x13fe00000, 20],
  [0x13ff00000, 19],
  [0x13ffc8880, 7],
  [0x13ffc8900, 8],
  [0x13ffc8a00, 9],
  [0x13ffc8c00, 10],
  [0x13ffc9000, 12],
  [0x13ffca000, 13],
  [0x13ffcc000, 14],
  [0x13ffd0000, 16],
  [0x13ffe0000, 17],
];

/** The block of boot objects, from its start: CNode, extra BootInfo, then the others in order. */
export const recordedBlock = 0x13ff80000;
