/**
 * C's structures as bytes, and out of the memory of a process: where each field lies is where a C compiler puts it.
 *
 *     sos_stat_t     0 int st_type   4 int st_fmode   8 unsigned st_size   16 long st_ctime   24 long st_atime    32 bytes
 *     sos_process_t  0 int pid       4 unsigned size  8 unsigned stime     12 char command[32]                   44 bytes
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import { N_NAME } from "./api.js";

/** Bytes of a `sos_stat_t`. */
export const SOS_STAT_BYTES = 32;
/** Bytes of a `sos_process_t`. */
export const SOS_PROCESS_BYTES = 44;

const COMMAND_OFFSET = 12;
const WORD = 2 ** 32;

/** What a file is. */
export interface sos_stat_t {
  /** `ST_FILE` or `ST_SPECIAL`. */
  readonly st_type: number;
  /** `FM_EXEC`, `FM_WRITE`, `FM_READ`, added. */
  readonly st_fmode: number;
  /** Bytes. */
  readonly st_size: number;
  /** When it was created, in milliseconds. */
  readonly st_ctime: number;
  /** When it was used, in milliseconds. */
  readonly st_atime: number;
}

/** A process. */
export interface sos_process_t {
  readonly pid: number;
  /** Pages of memory. */
  readonly size: number;
  /** When it was started, in milliseconds since the system was. */
  readonly stime: number;
  /** The name of its program. */
  readonly command: string;
}

/** A `sos_stat_t` as bytes; what no field holds is the most that it does. */
export function encodeStat({ st_type, st_fmode, st_size, st_ctime, st_atime }: sos_stat_t): Uint8Array {
  const bytes = new Uint8Array(SOS_STAT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, st_type, true);
  view.setInt32(4, st_fmode, true);
  view.setUint32(8, Math.min(st_size, WORD - 1), true);
  setLong(view, 16, st_ctime);
  setLong(view, 24, st_atime);
  return bytes;
}

/** The `sos_stat_t` that these bytes are. */
export function decodeStat(bytes: Uint8Array): sos_stat_t {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SOS_STAT_BYTES);
  return {
    ...{ st_type: view.getInt32(0, true), st_fmode: view.getInt32(4, true), st_size: view.getUint32(8, true) },
    ...{ st_ctime: getLong(view, 16), st_atime: getLong(view, 24) },
  };
}

/** A `sos_process_t` as bytes; of a name that is too long the beginning. */
export function encodeProcess({ pid, size, stime, command }: sos_process_t): Uint8Array {
  const bytes = new Uint8Array(SOS_PROCESS_BYTES);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, pid, true);
  view.setUint32(4, Math.min(size, WORD - 1), true);
  view.setUint32(8, stime % WORD, true);
  bytes.set(cutString(new TextEncoder().encode(command), N_NAME), COMMAND_OFFSET);
  return bytes;
}

/** The `sos_process_t` that these bytes are. */
export function decodeProcess(bytes: Uint8Array): sos_process_t {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SOS_PROCESS_BYTES);
  const command = bytes.subarray(COMMAND_OFFSET, SOS_PROCESS_BYTES);
  return {
    ...{ pid: view.getInt32(0, true), size: view.getUint32(4, true), stime: view.getUint32(8, true) },
    command: decodeString(command),
  };
}

/** The text in front of the first NUL; what is no UTF-8 in it is replaced. */
export function decodeString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/**
 * A string as C keeps it in `room` bytes, with its NUL: of one that is too long the beginning, up to the end of a
 * character.
 */
export function cutString(text: Uint8Array, room: number): Uint8Array {
  let end = Math.min(text.length, room - 1);
  while (end > 0 && end < text.length && ((text[end] as number) & 0xc0) === 0x80) end -= 1;
  const bytes = new Uint8Array(end + 1);
  bytes.set(text.subarray(0, end));
  return bytes;
}

/** The `sos_stat_t` at `address` of the process that runs this. A fault is the process's own. */
export function* readStat(address: number): Thread<sos_stat_t> {
  return decodeStat(yield* readBytes(address, SOS_STAT_BYTES));
}

/** The first `count` `sos_process_t`s at `address` of the process that runs this. A fault is the process's own. */
export function* readProcesses(address: number, count: number): Thread<sos_process_t[]> {
  const bytes = yield* readBytes(address, count * SOS_PROCESS_BYTES);
  return Array.from({ length: count }, (_, i) => decodeProcess(bytes.subarray(i * SOS_PROCESS_BYTES)));
}

/** `length` bytes at `address` of the process that runs this. A fault is the process's own. */
export function* readBytes(address: number, length: number): Thread<Uint8Array> {
  const bytes = new Uint8Array(length);
  yield* copyIn(address, bytes);
  return bytes;
}

/** Put a text at `address` of the process that runs this. @returns its bytes; no NUL is put behind them */
export function* putText(address: number, text: string): Thread<number> {
  const bytes = new TextEncoder().encode(text);
  yield* copyOut(address, bytes);
  return bytes.length;
}

function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % WORD, true);
  view.setUint32(at + 4, Math.floor(value / WORD), true);
}

function getLong(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * WORD;
}
