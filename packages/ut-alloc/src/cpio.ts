/**
 * An archive of files in the "newc" format of cpio: how several executables lie in one stretch of data.
 *
 * Each entry is a header of 110 characters (a magic number and thirteen numbers of eight hexadecimal digits), the name
 * with its 0, and the contents; name and contents are filled up to multiples of four bytes. The last entry has the name
 * TRAILER!!!.
 *
 * Source of names: the course's `libcpio`.
 */

const MAGIC = "070701";
const TRAILER = "TRAILER!!!";
const DIGITS = 8;
const FIELDS = 13;
const HEADER_BYTES = MAGIC.length + FIELDS * DIGITS;
/** Index of the numbers that matter here. */
const Field = { mode: 1, nlink: 4, filesize: 6, namesize: 11 } as const;
/** A regular file that anybody may read. */
const MODE = 0o100644;

/**
 * The contents of a file in an archive. Plain; the bytes are those of the archive, not copied.
 * @param archive the archive's bytes; what follows its end is not looked at
 * @param len how many of them belong to it
 * @returns null when there is no such file, or the archive is cut off or of another format before it
 */
export function cpio_get_file(archive: Uint8Array, len: number, name: string): Uint8Array | null {
  const bytes = archive.subarray(0, len);
  for (let at = 0; ; ) {
    const entry = entryAt(bytes, at);
    if (entry === null || entry.name === TRAILER) return null;
    if (entry.name === name) return entry.contents;
    at = entry.end;
  }
}

/** An archive of these files, in this order. For the host, to be the data of an image. */
export function cpio_write(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const entries = [...Object.entries(files), [TRAILER, new Uint8Array(0)] as const];
  const parts = entries.flatMap(([name, contents]) => [fill(headOf(name, contents.length)), fill(contents)]);
  const archive = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

interface Entry {
  readonly name: string;
  readonly contents: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

function entryAt(bytes: Uint8Array, at: number): Entry | null {
  const head = textOf(bytes, at, HEADER_BYTES);
  if (!head.startsWith(MAGIC) || head.length < HEADER_BYTES) return null;
  const namesize = numberOf(head, Field.namesize);
  const start = upToFour(at + HEADER_BYTES + namesize);
  const end = start + numberOf(head, Field.filesize);
  // Not-a-number is neither above nor below a bound: a bad digit ends up here too.
  if (!(namesize >= 1 && end <= bytes.length)) return null;
  const name = textOf(bytes, at + HEADER_BYTES, namesize - 1);
  return { name, contents: bytes.subarray(start, end), end: upToFour(end) };
}

/** Header and name. */
function headOf(name: string, filesize: number): Uint8Array {
  const fields: number[] = new Array(FIELDS).fill(0);
  fields[Field.mode] = MODE;
  fields[Field.nlink] = 1;
  fields[Field.filesize] = filesize;
  fields[Field.namesize] = name.length + 1;
  const text = `${MAGIC}${fields.map((field) => field.toString(16).padStart(DIGITS, "0")).join("")}${name}\0`;
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function numberOf(head: string, field: number): number {
  const start = MAGIC.length + field * DIGITS;
  return Number(`0x${head.slice(start, start + DIGITS)}`);
}

function textOf(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function upToFour(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** With zeros up to a multiple of four bytes. */
function fill(bytes: Uint8Array): Uint8Array {
  const filled = new Uint8Array(upToFour(bytes.length));
  filled.set(bytes);
  return filled;
}
