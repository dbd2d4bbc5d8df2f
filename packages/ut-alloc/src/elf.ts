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

/** What the header of a file says of it. */
export interface elf_header_t {
  readonly entry: number;
  /** Where its program headers lie in the file, the bytes of each, and how many there are. */
  readonly place: number;
  readonly entry_size: number;
  readonly count: number;
}

/** A file that is cut off, or of another format: C's result, and why. */
export interface elf_bad_file {
  readonly error: typeof ELF_ERROR;
  readonly reason: string;
}

/** What `elf_readHeader` returns. */
export type elf_header_read = { readonly error: 0; readonly header: elf_header_t } | elf_bad_file;

/** What `elf_readProgramHeaders` returns. */
export type elf_segments_read =
  | { readonly error: 0; readonly program_headers: readonly elf_program_header_t[] }
  | elf_bad_file;

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
  const opened = tried(() => ({ error: 0, elf: read(file.subarray(0, size)) }) as const);
  return opened.error === 0 ? opened : { ...opened, elf: null };
}

/**
 * The header alone, for who has not the whole file in his hands. Plain.
 * @param head the first bytes of the file, ElfOffset.end (64) at least
 * @param size bytes of the file
 * @returns error ELF_ERROR, and why, as `elf_newFile`
 */
export function elf_readHeader(head: Uint8Array, size: number): elf_header_read {
  return tried(() => ({ error: 0, header: readHeader(head, size) }));
}

/**
 * The segments alone, likewise. Plain.
 * @param table the bytes of the file from `header.place` on: `header.count` times `header.entry_size`
 * @param size bytes of the file
 * @returns error ELF_ERROR, and why, as `elf_newFile`
 */
export function elf_readProgramHeaders(table: Uint8Array, header: elf_header_t, size: number): elf_segments_read {
  const { entry_size, count } = header;
  return tried(() => {
    need(table.length >= entry_size * count, "its table of program headers is cut off");
    return { error: 0, program_headers: readProgramHeaders(table, entry_size, count, size) };
  });
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

/** What `read` returns, or what is wrong with the file. */
function tried<T>(read: () => T): T | elf_bad_file {
  try {
    return read();
  } catch (thrown) {
    if (thrown instanceof BadFile) return { error: ELF_ERROR, reason: thrown.message };
    throw thrown;
  }
}

function need(holds: boolean, reason: string): void {
  if (!holds) throw new BadFile(reason);
}

function read(bytes: Uint8Array): elf_t {
  const { entry, place, entry_size, count } = readHeader(bytes, bytes.length);
  return {
    bytes,
    entry,
    program_headers: readProgramHeaders(bytes.subarray(place), entry_size, count, bytes.length),
    sections: readSections(viewOf(bytes), bytes),
  };
}

function readHeader(head: Uint8Array, size: number): elf_header_t {
  need(head.length >= ElfOffset.end, "it is shorter than the header of an ELF file");
  const view = viewOf(head);
  need(
    ELF_MAGIC.every((byte, i) => head[i] === byte),
    "it does not begin with the ELF magic number",
  );
  need(head[ElfOffset.class] === ELFCLASS64 && head[ElfOffset.data] === ELFDATA2LSB, "it is not 64-bit little-endian");
  need(view.getUint16(ElfOffset.type, true) === ET_EXEC, "it is not an executable at fixed addresses");
  need(view.getUint16(ElfOffset.machine, true) === EM_RISCV, "it is not for RISC-V");
  const count = view.getUint16(ElfOffset.phnum, true);
  const entry_size = view.getUint16(ElfOffset.phentsize, true);
  const place = word(view, ElfOffset.phoff);
  if (count > 0) checkTable(place, entry_size, count, ProgramHeaderOffset.end, size);
  return { entry: word(view, ElfOffset.entry), place: count > 0 ? place : 0, entry_size, count };
}

/** A table of headers lies in a file of `size` bytes. */
function checkTable(place: number, entrySize: number, count: number, least: number, size: number): void {
  need(entrySize >= least && place + count * entrySize <= size, "a table of headers does not lie in the file");
}

function readProgramHeaders(table: Uint8Array, entrySize: number, count: number, size: number): elf_program_header_t[] {
  const view = viewOf(table);
  return Array.from({ length: count }, (_, i) => readProgramHeader(view, i * entrySize, size));
}

function readProgramHeader(view: DataView, at: number, size: number): elf_program_header_t {
  const field = (offset: number) => word(view, at + offset);
  const ph = {
    type: view.getUint32(at + ProgramHeaderOffset.type, true),
    flags: view.getUint32(at + ProgramHeaderOffset.flags, true),
    offset: field(ProgramHeaderOffset.offset),
    file_size: field(ProgramHeaderOffset.filesz),
    vaddr: field(ProgramHeaderOffset.vaddr),
    memory_size: field(ProgramHeaderOffset.memsz),
  };
  need(ph.offset + ph.file_size <= size, "a segment does not lie in the file");
  need(ph.file_size <= ph.memory_size, "a segment has more bytes in the file than in memory");
  return ph;
}

/** Offsets of the entries of the table of sections. */
function sectionTable(view: DataView): number[] {
  const count = view.getUint16(ElfOffset.shnum, true);
  if (count === 0) return [];
  const place = word(view, ElfOffset.shoff);
  const size = view.getUint16(ElfOffset.shentsize, true);
  checkTable(place, size, count, SectionHeaderOffset.end, view.byteLength);
  return Array.from({ length: count }, (_, i) => place + i * size);
}

function readSections(view: DataView, bytes: Uint8Array): elf_section_t[] {
  const entries = sectionTable(view);
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

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** A 64-bit field. One that a number cannot hold exactly is beyond every bound that is checked. */
function word(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true);
}
