import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeBootInfo,
  decodeExtraBootInfo,
  encodeBootInfo,
  SEL4_BOOTINFO_HEADER_FDT,
  SEL4_BOOTINFO_HEADER_PADDING,
  type seL4_BootInfo,
} from "../src/abi/index.js";

function put(page: Uint8Array, offset: number, value: bigint): void {
  new DataView(page.buffer).setBigUint64(offset, value, true);
}

const word = fc.nat(2 ** 31 - 1).map((value) => value * 2 ** 20 + 5);
const region = fc.record({ start: word, end: word });

describe("BootInfo", () => {
  test("a page written byte by byte reads as its fields", () => {
    const page = new Uint8Array(4096);
    put(page, 0, 4437n);
    put(page, 16, 1n);
    put(page, 32, 0x25000n);
    put(page, 40, 106n);
    put(page, 48, 8192n);
    put(page, 72, 21n);
    put(page, 80, 42n);
    put(page, 136, 13n);
    put(page, 152, 20n);
    put(page, 160, 21n);
    put(page, 168, 42n);
    put(page, 176, 44n);
    put(page, 184, 0x13ffc8880n);
    page[192] = 7;
    put(page, 200, 0x2000000n);
    page[208] = 16;
    page[209] = 1;
    const bootinfo = decodeBootInfo(page);
    expect(bootinfo).toMatchObject({ extraLen: 4437, numNodes: 1, ipcBuffer: 0x25000, initThreadCNodeSizeBits: 13 });
    expect(bootinfo.empty).toEqual({ start: 106, end: 8192 });
    expect(bootinfo.userImageFrames).toEqual({ start: 21, end: 42 });
    expect(bootinfo.schedcontrol).toEqual({ start: 20, end: 21 });
    expect(bootinfo.untypedList).toEqual([
      { paddr: 0x13ffc8880, sizeBits: 7, isDevice: false },
      { paddr: 0x2000000, sizeBits: 16, isDevice: true },
    ]);
  });

  test("what is encoded decodes to the same", () => {
    const untypeds = fc.array(
      fc.record({ paddr: word, sizeBits: fc.integer({ min: 4, max: 38 }), isDevice: fc.boolean() }),
      { maxLength: 230 },
    );
    const regions = fc.record({
      empty: region,
      sharedFrames: region,
      userImageFrames: region,
      userImagePaging: region,
      ioSpaceCaps: region,
      extraBIPages: region,
      schedcontrol: region,
    });
    const words = fc.record({
      extraLen: word,
      nodeID: word,
      numNodes: word,
      numIOPTLevels: word,
      ipcBuffer: word,
      initThreadCNodeSizeBits: word,
      initThreadDomain: word,
    });
    fc.assert(
      fc.property(regions, words, untypeds, (someRegions, someWords, untypedList) => {
        const untyped = { start: 42, end: 42 + untypedList.length };
        const bootinfo: seL4_BootInfo = { ...someRegions, ...someWords, untyped, untypedList };
        expect(decodeBootInfo(encodeBootInfo(bootinfo))).toEqual(bootinfo);
      }),
    );
  });

  test("a page that is too short, or lists too many untypeds, is refused", () => {
    expect(() => decodeBootInfo(new Uint8Array(100))).toThrow(/4096 bytes/);
    const page = new Uint8Array(4096);
    put(page, 176, 231n);
    expect(() => decodeBootInfo(page)).toThrow(/230 untypeds, not 231/);
  });
});

describe("extra boot information", () => {
  test("chunks are found behind each other, padding is left out", () => {
    const bytes = new Uint8Array(16 + 4 + 16 + 3);
    put(bytes, 0, BigInt(SEL4_BOOTINFO_HEADER_PADDING));
    put(bytes, 8, 20n);
    put(bytes, 20, BigInt(SEL4_BOOTINFO_HEADER_FDT));
    put(bytes, 28, 19n);
    bytes.set([7, 8, 9], 36);
    expect(decodeExtraBootInfo(bytes)).toEqual([{ id: SEL4_BOOTINFO_HEADER_FDT, content: Uint8Array.of(7, 8, 9) }]);
  });

  test("a chunk that does not fit is refused", () => {
    const bytes = new Uint8Array(16);
    put(bytes, 8, 17n);
    expect(() => decodeExtraBootInfo(bytes)).toThrow(/17 bytes/);
    put(bytes, 8, 0n);
    expect(() => decodeExtraBootInfo(bytes)).toThrow(RangeError);
  });
});
