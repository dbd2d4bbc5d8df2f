/**
 * Reading an executable: ELF of 64 bits, little-endian, for RISC-V. The names are those of the course's `libelf`.
 *
 * The file is bytes in the reader's own hands, out of the image's data, say. Nothing in it is believed: `elf_newFile`
 * checks the headers and every bound, so that whoever goes through the segments later needs not check again. A text
 * segment holds real instructions; for a program of the machine's image those are its page of words, whose first names
 * the program (elf-write.ts writes them).
 *
 * Source of names: the course's `libelf`; of the format: the ELF-64 object file format, version 1.5.
 */

/** Type of a segment that is loaded. */
export const PT_LOAD = 1;

/** What a segment may be used for. */
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** A file of the wrong format, or cut off. */
export const ELF_ERROR = -1;

/** A segment, as the program header says. Addresses and sizes in bytes. */
export interface elf_program_header_t {
  readonly type: number;
  readonly flags: number;
  /** Where its first bytes lie in the file, and how many. */
  readonly offset: number;
  readonly file_size: number;
  /** Where it goes in memory, and how many bytes it has there; those beyond the file's are 0. */
  readonly vaddr: number;
  readonly memory_size: number;
}

/** A part of the file that has a name and is not loaded by it. */
export interface elf_section_t {
  readonly name: string;
  readonly offset: number;
  readonly size: number;
}

/** An open file. */
export interface elf_t {
  readonly bytes: Uint8Array;
  readonly entry: number;
  readonly program_headers: readonly elf_program_header_t[];
  readonly sections: readonly elf_section_t[];
}

/** What `elf_newFile` returns: C's result and its out-parameter. `reason` says in words what is wrong with the file. */
export type elf_opened =
  | { readonly error: 0; readonly elf: elf_t }
  | { readonly error: typeof ELF_ERROR; readonly elf: null; readonly reason: string };

/** Byte offsets in the file's header, a program header and a section header (ELF-64 object file format, 1998). */
export const ElfOffset = {
  class: 4,
  data: 5,
  version: 6,
  type: 16,
  machine: 18,
  entry: 24,
  phoff: 32,
  shoff: 40,
  ehsize: 52,
  phentsize: 54,
  phnum: 56,
  shentsize: 58,
  shnum: 60,
  shstrndx: 62,
  end: 64,
} as const;
export const ProgramHeaderOffset = {
  type: 0,
  flags: 4,
  offset: 8,
  vaddr: 16,
  paddr: 24,
  filesz: 32,
  memsz: 40,
  align: 48,
  end: 56,
} as const;
export const SectionHeaderOffset = { name: 0, type: 4, offset: 24, size: 32, end: 64 } as const;

export const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const ET_EXEC = 2;
export const EM_RISCV = 243;
/** A section without bytes in the file. */
const SHT_NOBITS = 8;

const TWO_32 = 2 ** 32;

/**
 * Open an executable. Plain.
 * @param file its bytes; they are not copied
 * @param size how many of them belong to it
 * @returns error ELF_ERROR, and why, when it is cut off or of another format
 */
export function elf_newFile(file: Uint8Array, size: number = file.length): elf_opened {
  const bytes = file.subarray(0, size);
  try {
    return { error: 0, elf: read(bytes) };
  } catch (thrown) {
    if (thrown instanceof BadFile) return { error: ELF_ERROR, elf: null, reason: thrown.message };
    throw thrown;
  }
}

/** Where execution begins. Plain. */
export function elf_getEntryPoint(elf: elf_t): number {
  return elf.entry;
}

/** How many segments there are. Plain. */
export function elf_getNumProgramHeaders(elf: elf_t): number {
  return elf.program_headers.length;
}

/** PT_LOAD, or another type. This and those below are plain, and throw RangeError when there is no segment `ph`. */
export function elf_getProgramHeaderType(elf: elf_t, ph: number): number {
  return header(elf, ph).type;
}

/** Where a segment's bytes lie in the file. */
export function elf_getProgramHeaderOffset(elf: elf_t, ph: number): number {
  return header(elf, ph).offset;
}

/** How many bytes of a segment are in the file. */
export function elf_getProgramHeaderFileSize(elf: elf_t, ph: number): number {
  return header(elf, ph).file_size;
}

/** How many bytes a segment has in memory. */
export function elf_getProgramHeaderMemorySize(elf: elf_t, ph: number): number {
  return header(elf, ph).memory_size;
}

/** Where a segment goes in memory. */
export function elf_getProgramHeaderVaddr(elf: elf_t, ph: number): number {
  return header(elf, ph).vaddr;
}

/** PF_R, PF_W and PF_X, or none of them. */
export function elf_getProgramHeaderFlags(elf: elf_t, ph: number): number {
  return header(elf, ph).flags;
}

/**
 * The bytes of the section called `name`, and its index. Plain.
 * @returns null when there is none
 */
export function elf_getSectionNamed(
  elf: elf_t,
  name: string,
): { readonly bytes: Uint8Array; readonly index: number } | null {
  const index = elf.sections.findIndex((section) => section.name === name);
  const section = elf.sections[index];
  if (section === undefined) return null;
  return { bytes: elf.bytes.subarray(section.offset, section.offset + section.size), index };
}

function header(elf: elf_t, ph: number): elf_program_header_t {
  const found = elf.program_headers[ph];
  if (found === undefined) throw new RangeError(`the file has ${elf.program_headers.length} segments, no number ${ph}`);
  return found;
}

/** Thrown inside of this file alone. */
class BadFile extends Error {}

function need(holds: boolean, reason: string): void {
  if (!holds) throw new BadFile(reason);
}

function read(bytes: Uint8Array): elf_t {
  need(bytes.length >= ElfOffset.end, "it is shorter than the header of an ELF file");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  need(
    ELF_MAGIC.every((byte, i) => bytes[i] === byte),
    "it does not begin with the ELF magic number",
  );
  need(
    bytes[ElfOffset.class] === ELFCLASS64 && bytes[ElfOffset.data] === ELFDATA2LSB,
    "it is not 64-bit little-endian",
  );
  need(view.getUint16(ElfOffset.type, true) === ET_EXEC, "it is not an executable at fixed addresses");
  need(view.getUint16(ElfOffset.machine, true) === EM_RISCV, "it is not for RISC-V");
  return {
    bytes,
    entry: word(view, ElfOffset.entry),
    program_headers: table(view, ElfOffset.phoff, ElfOffset.phentsize, ElfOffset.phnum, ProgramHeaderOffset.end).map(
      (at) => readProgramHeader(view, at),
    ),
    sections: readSections(view, bytes),
  };
}

/** Offsets of the entries of a table whose place, entry size and length stand at these offsets of the header. */
function table(view: DataView, placeAt: number, sizeAt: number, countAt: number, least: number): number[] {
  const count = view.getUint16(countAt, true);
  if (count === 0) return [];
  const place = word(view, placeAt);
  const size = view.getUint16(sizeAt, true);
  need(size >= least && place + count * size <= view.byteLength, "a table of headers does not lie in the file");
  return Array.from({ length: count }, (_, i) => place + i * size);
}

function readProgramHeader(view: DataView, at: number): elf_program_header_t {
  const field = (offset: number) => word(view, at + offset);
  const ph = {
    type: view.getUint32(at + ProgramHeaderOffset.type, true),
    flags: view.getUint32(at + ProgramHeaderOffset.flags, true),
    offset: field(ProgramHeaderOffset.offset),
    file_size: field(ProgramHeaderOffset.filesz),
    vaddr: field(ProgramHeaderOffset.vaddr),
    memory_size: field(ProgramHeaderOffset.memsz),
  };
  need(ph.offset + ph.file_size <= view.byteLength, "a segment does not lie in the file");
  need(ph.file_size <= ph.memory_size, "a segment has more bytes in the file than in memory");
  return ph;
}

function readSections(view: DataView, bytes: Uint8Array): elf_section_t[] {
  const entries = table(view, ElfOffset.shoff, ElfOffset.shentsize, ElfOffset.shnum, SectionHeaderOffset.end);
  const names = entries[view.getUint16(ElfOffset.shstrndx, true)];
  if (names === undefined) return [];
  const strings = word(view, names + SectionHeaderOffset.offset);
  return entries.map((at) => {
    const inFile = view.getUint32(at + SectionHeaderOffset.type, true) !== SHT_NOBITS;
    const offset = word(view, at + SectionHeaderOffset.offset);
    const size = inFile ? word(view, at + SectionHeaderOffset.size) : 0;
    need(offset + size <= view.byteLength, "a section does not lie in the file");
    return { name: text(bytes, strings + view.getUint32(at + SectionHeaderOffset.name, true)), offset, size };
  });
}

/** The characters from `at` to the next 0. */
function text(bytes: Uint8Array, at: number): string {
  const end = bytes.indexOf(0, at);
  need(at < bytes.length && end >= 0, "the name of a section does not lie in the file");
  return String.fromCharCode(...bytes.subarray(at, end));
}

/** A 64-bit field. One that a number cannot hold exactly is beyond every bound that is checked. */
function word(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}
