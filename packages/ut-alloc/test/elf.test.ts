import { programWords } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import {
  cpio_get_file,
  cpio_write,
  ELF_ERROR,
  elf_getEntryPoint,
  elf_getNumProgramHeaders,
  elf_getProgramHeaderFileSize,
  elf_getProgramHeaderFlags,
  elf_getProgramHeaderMemorySize,
  elf_getProgramHeaderOffset,
  elf_getProgramHeaderType,
  elf_getProgramHeaderVaddr,
  elf_getSectionNamed,
  elf_newFile,
  elf_write,
  PF_R,
  PF_W,
  PF_X,
  PT_LOAD,
  program_segment,
} from "../src/index.js";

const text = (characters: string) => Uint8Array.from(characters, (character) => character.charCodeAt(0));

const DATA = { vaddr: 0x40_2010, bytes: text("hello"), memory_size: 100, flags: PF_R | PF_W };
const file = elf_write(
  0x40_0000,
  [program_segment(3, 0x40_0000), DATA],
  [{ name: "__vsyscall", bytes: text("12345678") }],
);

function open(bytes: Uint8Array) {
  const { error, elf } = elf_newFile(bytes);
  expect(error).toBe(0);
  return elf!;
}

describe("elf_newFile", () => {
  it("reads what was written", () => {
    const elf = open(file);
    expect(elf_getEntryPoint(elf)).toBe(0x40_0000);
    expect(elf_getNumProgramHeaders(elf)).toBe(2);
    expect(elf_getProgramHeaderType(elf, 1)).toBe(PT_LOAD);
    expect(elf_getProgramHeaderVaddr(elf, 1)).toBe(0x40_2010);
    expect(elf_getProgramHeaderFileSize(elf, 1)).toBe(5);
    expect(elf_getProgramHeaderMemorySize(elf, 1)).toBe(100);
    expect(elf_getProgramHeaderFlags(elf, 1)).toBe(PF_R | PF_W);
    const offset = elf_getProgramHeaderOffset(elf, 1);
    expect(file.subarray(offset, offset + 5)).toEqual(text("hello"));
    expect(() => elf_getProgramHeaderVaddr(elf, 2)).toThrow(/has 2 segments, no number 2/);
  });

  it("finds sections by name", () => {
    const elf = open(file);
    expect(elf_getSectionNamed(elf, "__vsyscall")).toEqual({ bytes: text("12345678"), index: 0 });
    expect(elf_getSectionNamed(elf, "vsyscall")).toBe(null);
    expect(elf_getSectionNamed(open(elf_write(0, [])), "any")).toBe(null);
  });

  it("a program of the image is its page of instructions, executable and not writable", () => {
    const { bytes, flags } = program_segment(3, 0x1000);
    expect(flags).toBe(PF_R | PF_X);
    expect(new Int32Array(bytes.buffer)).toEqual(programWords(3));
    expect(() => program_segment(3, 0x1004)).toThrow(/multiple of 4096/);
  });

  it("the header is that of an executable for RISC-V of 64 bits", () => {
    // e_ident, ET_EXEC, EM_RISCV, EV_CURRENT is left 0 but for e_ident: as the ELF specification numbers them.
    expect([...file.subarray(0, 7)]).toEqual([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    expect([...file.subarray(16, 20)]).toEqual([2, 0, 243, 0]);
  });

  it("refuses a file that is cut off, at whatever byte", () => {
    for (let size = 0; size < file.length; size++) {
      expect(elf_newFile(file, size).error, `${size} bytes`).toBe(ELF_ERROR);
    }
  });

  it("says what is wrong with a file of another format", () => {
    const broken = (at: number, byte: number) => {
      const bytes = file.slice();
      bytes[at] = byte;
      const opened = elf_newFile(bytes);
      return opened.error === 0 ? "" : opened.reason;
    };
    expect(broken(0, 0)).toMatch(/magic number/);
    expect(broken(4, 1)).toMatch(/64-bit/);
    expect(broken(16, 3)).toMatch(/fixed addresses/);
    expect(broken(18, 183)).toMatch(/not for RISC-V/);
    expect(broken(56, 200)).toMatch(/table of headers/);
    // Memory size of the second segment: less than the file's.
    expect(broken(64 + 56 + 40, 4)).toMatch(/more bytes in the file/);
  });

  it("no byte that is changed makes it fail otherwise than by saying so", () => {
    for (let at = 0; at < file.length; at++) {
      for (const byte of [0, 1, 0x7f, 0xff]) {
        const bytes = file.slice();
        bytes[at] = byte;
        expect([0, ELF_ERROR]).toContain(elf_newFile(bytes).error);
      }
    }
  });
});

describe("cpio_get_file", () => {
  const archive = cpio_write({ hello: file, empty: new Uint8Array(0), odd: text("abc") });

  it("finds files by name", () => {
    expect(cpio_get_file(archive, archive.length, "hello")).toEqual(file);
    expect(cpio_get_file(archive, archive.length, "empty")).toEqual(new Uint8Array(0));
    expect(cpio_get_file(archive, archive.length, "odd")).toEqual(text("abc"));
    expect(cpio_get_file(archive, archive.length, "hell")).toBe(null);
    expect(cpio_get_file(archive, archive.length, "TRAILER!!!")).toBe(null);
  });

  it("is null when the archive is cut off or of another format", () => {
    for (let len = 0; len < 110 + 6; len++) expect(cpio_get_file(archive, len, "hello")).toBe(null);
    for (let len = 0; len < archive.length; len += 7) cpio_get_file(archive, len, "none");
    expect(cpio_get_file(text("not an archive at all".repeat(20)), 400, "hello")).toBe(null);
    const broken = archive.slice();
    broken[54] = 0x78;
    expect(cpio_get_file(broken, broken.length, "hello")).toBe(null);
  });
});
