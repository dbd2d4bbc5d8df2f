/**
 * Records: what a file system in memory says about its files, so that it is understood after its death. Each is the state
 * of a node from now on; of several about one node the last one holds, so where a sequence of them is cut off it still
 * says what was the case at that moment.
 *
 *     directory, file   kind, id, parent, time (2), bytes of the name, name     it exists, and is called so
 *     data              kind, id, size, time (2), first, count, blocks          from block `first` on it has these
 *     gone              kind, id                                                 it exists no more
 *
 * in words of 32 bits, the lower half of a time first; a name is filled up to a word. A file has as many blocks as its
 * size asks for: a record of its data cuts off those behind.
 */

/** A directory or a file exists. The root is directory 0, its own parent. */
export interface NodeRecord {
  readonly what: "directory" | "file";
  readonly id: number;
  readonly parent: number;
  readonly name: string;
  readonly modifiedUs: number;
}

/** A file has this size and these blocks. */
export interface DataRecord {
  readonly what: "data";
  readonly id: number;
  readonly size: number;
  readonly modifiedUs: number;
  /** The place in the file of the first of `blocks`; those in front of it are as they were. */
  readonly first: number;
  readonly blocks: readonly number[];
}

/** A node was removed. */
export interface GoneRecord {
  readonly what: "gone";
  readonly id: number;
}

/** What is said about a node. */
export type TreeRecord = NodeRecord | DataRecord | GoneRecord;

const Kind = { directory: 1, file: 2, data: 3, gone: 4 } as const;
const WORD_BYTES = 4;
const NODE_WORDS = 6;
const DATA_WORDS = 7;
const GONE_WORDS = 2;

/** Bytes of the record of a node of this name. */
export function nodeRecordBytes(name: string): number {
  return WORD_BYTES * (NODE_WORDS + Math.ceil(new TextEncoder().encode(name).length / WORD_BYTES));
}

/** Bytes of the record of the data of a file with so many blocks. */
export function dataRecordBytes(blocks: number): number {
  return WORD_BYTES * (DATA_WORDS + blocks);
}

/** Records as bytes, one behind the other. */
export function writeRecords(records: readonly TreeRecord[]): Uint8Array {
  const bytes = new Uint8Array(records.reduce((sum, record) => sum + recordBytes(record), 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put = (...words: readonly number[]) => {
    for (const word of words) {
      view.setUint32(at, word, true);
      at += WORD_BYTES;
    }
  };
  for (const record of records) {
    if (record.what === "gone") put(Kind.gone, record.id);
    else if (record.what === "data") {
      const { id, size, modifiedUs, first, blocks } = record;
      put(Kind.data, id, size, modifiedUs % 2 ** 32, Math.floor(modifiedUs / 2 ** 32), first, blocks.length, ...blocks);
    } else {
      const { what, id, parent, modifiedUs } = record;
      const name = new TextEncoder().encode(record.name);
      put(Kind[what], id, parent, modifiedUs % 2 ** 32, Math.floor(modifiedUs / 2 ** 32), name.length);
      bytes.set(name, at);
      at += WORD_BYTES * Math.ceil(name.length / WORD_BYTES);
    }
  }
  return bytes;
}

/** The records in `bytes`. @throws Error when they are none: they were not written by `writeRecords` */
export function readRecords(bytes: Uint8Array): TreeRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: TreeRecord[] = [];
  let at = 0;
  const word = () => {
    const value = view.getUint32(at, true);
    at += WORD_BYTES;
    return value;
  };
  const time = () => word() + word() * 2 ** 32;
  while (at < bytes.length) {
    const kind = word();
    const id = word();
    if (kind === Kind.gone) records.push({ what: "gone", id });
    else if (kind === Kind.data) {
      const [size, modifiedUs, first, count] = [word(), time(), word(), word()];
      records.push({ what: "data", id, size, modifiedUs, first, blocks: Array.from({ length: count }, word) });
    } else if (kind === Kind.directory || kind === Kind.file) {
      const [parent, modifiedUs, length] = [word(), time(), word()];
      const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(at, at + length));
      at += WORD_BYTES * Math.ceil(length / WORD_BYTES);
      records.push({ what: kind === Kind.file ? "file" : "directory", id, parent, name, modifiedUs });
    } else throw new Error(`there is no record of kind ${kind}`);
  }
  return records;
}

function recordBytes(record: TreeRecord): number {
  if (record.what === "gone") return WORD_BYTES * GONE_WORDS;
  return record.what === "data" ? dataRecordBytes(record.blocks.length) : nodeRecordBytes(record.name);
}
