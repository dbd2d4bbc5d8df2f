/**
 * Writing an executable, on the host, for the data of an image: what a linker does.
 *
 * A program of the image becomes a text segment of its page of words, whose entry marker names it by number; so the
 * file says, in instructions, which program a process is to run, and `elf_load` copies it like any other.
 */
import { programWords } from "@tessera/hal-sim/isa";
import { seL4_PageBits } from "@tessera/libsel4";
import {
  ELF_MAGIC,
  ELFCLASS64,
  ELFDATA2LSB,
  ElfOffset,
  EM_RISCV,
  ET_EXEC,
  PF_R,
  PF_X,
  ProgramHeaderOffset,
  PT_LOAD,
  SectionHeaderOffset,
} from "./elf.js";

/** A segment to write. */
export interface elf_segment {
  readonly vaddr: number;
  readonly bytes: Uint8Array;
  /** Bytes in memory, `bytes.length` if left out; those beyond are 0. */
  readonly memory_size?: number;
  /** PF_R, PF_W, PF_X, or none. */
  readonly flags: number;
  /** PT_LOAD if left out. */
  readonly type?: number;
}

/** A section to write: bytes under a name, which are not loaded by it. */
export interface elf_named_bytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const TWO_32 = 2 ** 32;
const SHT_PROGBITS = 1;
const SHT_STRTAB = 3;
/** The section that holds the names of sections. */
const NAMES = ".shstrtab";

/**
 * The text segment of program `number` of the image, to be entered at its start.
 * @param vaddr a multiple of 4096
 * @throws RangeError when it is not: a program's page is one page
 */
export function program_segment(number: number, vaddr: number): elf_segment {
  if (!(Number.isSafeInteger(vaddr) && vaddr % 2 ** seL4_PageBits === 0)) {
    throw new RangeError(`program_segment: a program begins at a multiple of 4096, not at ${vaddr}`);
  }
  const words = programWords(number);
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  words.forEach((value, i) => {
    view.setInt32(i * 4, value, true);
  });
  return { vaddr, bytes, flags: PF_R | PF_X };
}

/**
 * An executable of these segments, in this order. Headers come first, then the bytes.
 * @param entry where execution begins
 * @param named sections
 */
export function elf_write(
  entry: number,
  segments: readonly elf_segment[],
  named: readonly elf_named_bytes[] = [],
): Uint8Array<ArrayBuffer> {
  const sections = named.length === 0 ? [] : [...named, { name: NAMES, bytes: namesOf(named) }];
  const phoff = ElfOffset.end;
  const shoff = phoff + segments.length * ProgramHeaderOffset.end;
  const body = shoff + sections.length * SectionHeaderOffset.end;
  const parts = [...segments, ...sections].map(({ bytes }) => bytes);
  const offsets = parts.map((_, i) => parts.slice(0, i).reduce((sum, part) => sum + part.length, body));
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, body));
  const view = new DataView(file.buffer);

  writeHeader(view, entry, phoff, segments.length, shoff, sections.length);
  segments.forEach((segment, i) => {
    writeProgramHeader(view, phoff + i * ProgramHeaderOffset.end, segment, offsets[i]!);
  });
  let name = 0;
  sections.forEach((section, i) => {
    const at = shoff + i * SectionHeaderOffset.end;
    view.setUint32(at + SectionHeaderOffset.name, name, true);
    view.setUint32(at + SectionHeaderOffset.type, section.name === NAMES ? SHT_STRTAB : SHT_PROGBITS, true);
    setWord(view, at + SectionHeaderOffset.offset, offsets[segments.length + i]!);
    setWord(view, at + SectionHeaderOffset.size, section.bytes.length);
    name += section.name.length + 1;
  });
  parts.forEach((part, i) => {
    file.set(part, offsets[i]!);
  });
  return file;
}

function writeHeader(view: DataView, entry: number, phoff: number, phnum: number, shoff: number, shnum: number): void {
  ELF_MAGIC.forEach((byte, i) => {
    view.setUint8(i, byte);
  });
  view.setUint8(ElfOffset.class, ELFCLASS64);
  view.setUint8(ElfOffset.data, ELFDATA2LSB);
  view.setUint8(ElfOffset.version, 1);
  view.setUint16(ElfOffset.type, ET_EXEC, true);
  view.setUint16(ElfOffset.machine, EM_RISCV, true);
  setWord(view, ElfOffset.entry, entry);
  setWord(view, ElfOffset.phoff, phoff);
  setWord(view, ElfOffset.shoff, shnum === 0 ? 0 : shoff);
  view.setUint16(ElfOffset.ehsize, ElfOffset.end, true);
  view.setUint16(ElfOffset.phentsize, ProgramHeaderOffset.end, true);
  view.setUint16(ElfOffset.phnum, phnum, true);
  view.setUint16(ElfOffset.shentsize, SectionHeaderOffset.end, true);
  view.setUint16(ElfOffset.shnum, shnum, true);
  view.setUint16(ElfOffset.shstrndx, Math.max(shnum - 1, 0), true);
}

function writeProgramHeader(view: DataView, at: number, segment: elf_segment, offset: number): void {
  view.setUint32(at + ProgramHeaderOffset.type, segment.type ?? PT_LOAD, true);
  view.setUint32(at + ProgramHeaderOffset.flags, segment.flags, true);
  setWord(view, at + ProgramHeaderOffset.offset, offset);
  setWord(view, at + ProgramHeaderOffset.vaddr, segment.vaddr);
  setWord(view, at + ProgramHeaderOffset.paddr, segment.vaddr);
  setWord(view, at + ProgramHeaderOffset.filesz, segment.bytes.length);
  setWord(view, at + ProgramHeaderOffset.memsz, segment.memory_size ?? segment.bytes.length);
  setWord(view, at + ProgramHeaderOffset.align, 1);
}

/** The names, each followed by a 0. */
function namesOf(named: readonly elf_named_bytes[]): Uint8Array {
  const text = [...named.map(({ name }) => name), NAMES].map((name) => `${name}\0`).join("");
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function setWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true);
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
}
