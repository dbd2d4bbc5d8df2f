/**
 * BootInfo: the page in which the kernel tells the root task what it has been given (seL4 manual, "BootInfo").
 *
 * A slot region is two words, first slot and one behind the last. `untypedList[i]` describes the untyped capability in
 * slot `untyped.start + i`. Extra boot information (the device tree) follows 4096 bytes behind the start of this page,
 * as chunks that begin with an id and a length which counts these two words.
 */
import { CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS } from "./config.js";
import { seL4_BootInfoFrameSize } from "./vm.js";

/** The image is linked here, in the root task's memory: program 0, a page a program, and the data behind them. */
export const ROOT_IMAGE_BASE = 0x1_0000;

/** Kinds of chunks of extra boot information; on RISC-V there is the device tree at most. */
export const SEL4_BOOTINFO_HEADER_PADDING = 0;
export const SEL4_BOOTINFO_HEADER_X86_VBE = 1;
export const SEL4_BOOTINFO_HEADER_X86_MBMMAP = 2;
export const SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP = 3;
export const SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER = 4;
export const SEL4_BOOTINFO_HEADER_X86_TSC_FREQ = 5;
export const SEL4_BOOTINFO_HEADER_FDT = 6;
export const SEL4_BOOTINFO_HEADER_NUM = 7;

/** Byte offsets in the page. */
export const BootInfoOffset = {
  extraLen: 0,
  nodeID: 8,
  numNodes: 16,
  numIOPTLevels: 24,
  ipcBuffer: 32,
  empty: 40,
  sharedFrames: 56,
  userImageFrames: 72,
  userImagePaging: 88,
  ioSpaceCaps: 104,
  extraBIPages: 120,
  initThreadCNodeSizeBits: 136,
  initThreadDomain: 144,
  schedcontrol: 152,
  untyped: 168,
  untypedList: 184,
  end: 3864,
} as const;

/** Byte offsets in one element of untypedList. */
export const UntypedDescOffset = { paddr: 0, sizeBits: 8, isDevice: 9, end: 16 } as const;

/** Byte offsets in the head of a chunk of extra boot information. */
export const BootInfoHeaderOffset = { id: 0, len: 8, end: 16 } as const;

/** Slots `start` to `end - 1` of the root CNode. */
export interface seL4_SlotRegion {
  readonly start: number;
  readonly end: number;
}

/** One untyped capability that the root task was given. */
export interface seL4_UntypedDesc {
  /** Physical address of its memory. */
  readonly paddr: number;
  /** log2 of its bytes. */
  readonly sizeBits: number;
  /** It lies outside of RAM: for frames of devices only. */
  readonly isDevice: boolean;
}

/** What the kernel tells the root task. */
export interface seL4_BootInfo {
  /** Bytes of extra boot information, heads included. */
  readonly extraLen: number;
  readonly nodeID: number;
  readonly numNodes: number;
  readonly numIOPTLevels: number;
  /** Virtual address of the root task's IPC buffer. */
  readonly ipcBuffer: number;
  /** Slots that are free. */
  readonly empty: seL4_SlotRegion;
  readonly sharedFrames: seL4_SlotRegion;
  /** The frames of the image, one a page, in order of their addresses. */
  readonly userImageFrames: seL4_SlotRegion;
  /** The page tables that map it. */
  readonly userImagePaging: seL4_SlotRegion;
  readonly ioSpaceCaps: seL4_SlotRegion;
  readonly extraBIPages: seL4_SlotRegion;
  /** log2 of the slots of the root CNode. */
  readonly initThreadCNodeSizeBits: number;
  readonly initThreadDomain: number;
  /** One SchedControl capability a core. */
  readonly schedcontrol: seL4_SlotRegion;
  readonly untyped: seL4_SlotRegion;
  readonly untypedList: readonly seL4_UntypedDesc[];
}

/** A chunk of extra boot information. */
export interface ExtraBootInfo {
  /** One of SEL4_BOOTINFO_HEADER_... */
  readonly id: number;
  readonly content: Uint8Array;
}

const TWO_32 = 2 ** 32;

/**
 * Read a BootInfo page.
 * @param page its 4096 bytes
 * @throws RangeError when it is shorter, or lists more untypeds than it has room for
 */
export function decodeBootInfo(page: Uint8Array): seL4_BootInfo {
  if (page.length < seL4_BootInfoFrameSize) throw new RangeError(`BootInfo has 4096 bytes, not ${page.length}`);
  const view = new DataView(page.buffer, page.byteOffset, page.byteLength);
  const word = (offset: number) => readWord(view, offset);
  const region = (offset: number) => ({ start: word(offset), end: word(offset + 8) });
  const untyped = region(BootInfoOffset.untyped);
  return {
    extraLen: word(BootInfoOffset.extraLen),
    nodeID: word(BootInfoOffset.nodeID),
    numNodes: word(BootInfoOffset.numNodes),
    numIOPTLevels: word(BootInfoOffset.numIOPTLevels),
    ipcBuffer: word(BootInfoOffset.ipcBuffer),
    empty: region(BootInfoOffset.empty),
    sharedFrames: region(BootInfoOffset.sharedFrames),
    userImageFrames: region(BootInfoOffset.userImageFrames),
    userImagePaging: region(BootInfoOffset.userImagePaging),
    ioSpaceCaps: region(BootInfoOffset.ioSpaceCaps),
    extraBIPages: region(BootInfoOffset.extraBIPages),
    initThreadCNodeSizeBits: word(BootInfoOffset.initThreadCNodeSizeBits),
    initThreadDomain: word(BootInfoOffset.initThreadDomain),
    schedcontrol: region(BootInfoOffset.schedcontrol),
    untyped,
    untypedList: decodeUntypedList(view, untyped.end - untyped.start),
  };
}

/**
 * Write a BootInfo page, as the kernel does at boot.
 * @throws RangeError when it lists more untypeds than the page has room for
 */
export function encodeBootInfo(bootinfo: seL4_BootInfo): Uint8Array {
  checkUntypedCount(bootinfo.untypedList.length);
  const page = new Uint8Array(seL4_BootInfoFrameSize);
  const view = new DataView(page.buffer);
  for (const [name, offset] of Object.entries(BootInfoOffset)) {
    if (name === "end" || name === "untypedList") continue;
    const value = bootinfo[name as keyof seL4_BootInfo] as number | seL4_SlotRegion;
    if (typeof value === "number") {
      writeWord(view, offset, value);
    } else {
      writeWord(view, offset, value.start);
      writeWord(view, offset + 8, value.end);
    }
  }
  bootinfo.untypedList.forEach((untyped, index) => {
    const offset = BootInfoOffset.untypedList + index * UntypedDescOffset.end;
    writeWord(view, offset + UntypedDescOffset.paddr, untyped.paddr);
    view.setUint8(offset + UntypedDescOffset.sizeBits, untyped.sizeBits);
    view.setUint8(offset + UntypedDescOffset.isDevice, untyped.isDevice ? 1 : 0);
  });
  return page;
}

/**
 * The chunks of extra boot information, padding left out.
 * @param bytes the `extraLen` bytes that begin one page behind BootInfo
 * @throws RangeError when a chunk's length does not fit
 */
export function decodeExtraBootInfo(bytes: Uint8Array): ExtraBootInfo[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: ExtraBootInfo[] = [];
  for (let at = 0; at + BootInfoHeaderOffset.end <= bytes.length; ) {
    const id = readWord(view, at + BootInfoHeaderOffset.id);
    const len = readWord(view, at + BootInfoHeaderOffset.len);
    if (len < BootInfoHeaderOffset.end || at + len > bytes.length) {
      throw new RangeError(`extra BootInfo: the chunk at byte ${at} says that it has ${len} bytes`);
    }
    const content = bytes.subarray(at + BootInfoHeaderOffset.end, at + len);
    if (id !== SEL4_BOOTINFO_HEADER_PADDING) chunks.push({ id, content });
    at += len;
  }
  return chunks;
}

function decodeUntypedList(view: DataView, count: number): seL4_UntypedDesc[] {
  checkUntypedCount(count);
  return Array.from({ length: count }, (_, index) => {
    const offset = BootInfoOffset.untypedList + index * UntypedDescOffset.end;
    return {
      paddr: readWord(view, offset + UntypedDescOffset.paddr),
      sizeBits: view.getUint8(offset + UntypedDescOffset.sizeBits),
      isDevice: view.getUint8(offset + UntypedDescOffset.isDevice) !== 0,
    };
  });
}

function checkUntypedCount(count: number): void {
  if (count < 0 || count > CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS) {
    throw new RangeError(`BootInfo has room for ${CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS} untypeds, not ${count}`);
  }
}

function readWord(view: DataView, offset: number): number {
  return view.getUint32(offset + 4, true) * TWO_32 + view.getUint32(offset, true);
}

function writeWord(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % TWO_32, true);
  view.setUint32(offset + 4, Math.floor(value / TWO_32), true);
}
