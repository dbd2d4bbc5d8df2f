/**
 * The log of a run: what it was made of, what entered it, what happened, and how it ended. Enough to run it again in
 * another process, and to see where that goes another way.
 *
 * As text it is JSON lines: a header; the inputs, as in the input log; what disks brought in; the records of the trace, an array of eight numbers
 * each, as far as they are kept; checkpoints, the trace's hash after so many records, among them; and an end line with a
 * checksum over everything before it, without which a log is cut off. docs/manual/replay.md describes each field.
 */
import type { CostModel } from "../cost-model.js";
import type { DiskIdentity, DiskInput } from "../disks/disk-input.js";
import { type InputEntry, inputLine } from "../input-log.js";
import type { Stop } from "../stop.js";
import { RECORD_WORDS } from "../trace.js";
import { toBase64 } from "./base64.js";

/** The first field of a log's first line, and the version of the format that this is. */
export const LOG_KIND = "tessera-run";
export const LOG_VERSION = 2;
/** A version that is read as well: logs of machines without disks. */
export const DISKLESS_LOG_VERSION = 1;

/** What a run depends on beside its inputs, of the machine's part. The code of programs is not in it. */
export interface RunIdentity {
  readonly image: {
    readonly programs: readonly string[];
    readonly dataBytes: number;
    /** A checksum of the data. */
    readonly data: string;
  };
  readonly seed: number;
  readonly ramBytes: number;
  readonly epochMs: number;
  readonly cost: CostModel;
  /** It has a socket device; left out where it has none. */
  readonly sockets?: true;
  readonly disks: readonly DiskIdentity[];
}

/** What else it depends on, which the machine knows nothing of: options of the kernel, choices of an app. */
export type SystemFacts = Readonly<Record<string, string | number | boolean>>;

/** The trace's hash after so many records. */
export interface Checkpoint {
  readonly records: number;
  readonly hash: string;
}

/** How the run stood when the log was closed. */
export interface RunEnd extends Checkpoint {
  readonly reason: Stop["reason"];
  readonly code: number;
  /** Kernel entries. */
  readonly events: number;
  /** Cycles of the clock. */
  readonly cycle: number;
}

/** What a run was made of, what entered it, what happened, and how it ended. */
export interface RunLog {
  readonly identity: RunIdentity;
  readonly system: SystemFacts;
  readonly inputs: readonly InputEntry[];
  /** What disks brought in, in order. */
  readonly diskInputs: readonly DiskInput[];
  /** The first records of the trace, eight int32 each; all of them when there are not too many. */
  readonly records: Int32Array;
  readonly checkpoints: readonly Checkpoint[];
  readonly end: RunEnd;
}

/** A log as text. `parseRunLog` reads it. */
export function runLogText(log: RunLog): string {
  const { identity, system, inputs, diskInputs, end } = log;
  const body = [
    JSON.stringify({ log: LOG_KIND, version: LOG_VERSION, ...identity, system }),
    ...inputs.map(inputLine),
    ...diskInputs.map(diskLine),
    ...recordLines(log),
  ].map((line) => `${line}\n`);
  const { reason, ...rest } = end;
  const last = { end: reason, ...rest };
  return `${body.join("")}${JSON.stringify({ ...last, checksum: checksumOf(body.join("") + JSON.stringify(last)) })}\n`;
}

function diskLine(input: DiskInput): string {
  return JSON.stringify("bytes" in input ? { ...input, bytes: toBase64(input.bytes) } : input);
}

/** Records in their order, with each checkpoint behind the last record that it covers. */
function* recordLines({ records, checkpoints }: RunLog): Generator<string, void, undefined> {
  const count = records.length / RECORD_WORDS;
  let next = 0;
  for (const { records: upTo, hash } of checkpoints) {
    for (; next < upTo && next < count; next++) yield recordLine(records, next);
    yield JSON.stringify({ checkpoint: upTo, hash });
  }
  for (; next < count; next++) yield recordLine(records, next);
}

function recordLine(records: Int32Array, n: number): string {
  return JSON.stringify([...records.subarray(n * RECORD_WORDS, (n + 1) * RECORD_WORDS)]);
}

/** A checksum of a text, or of bytes, for finding damage: FNV-1a over its UTF-16 code units. */
export function checksumOf(text: string | Uint8Array): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    const unit = typeof text === "string" ? text.charCodeAt(i) : (text[i] as number);
    hash = Math.imul(hash ^ unit, 0x01000193);
  }
  return hexHash(hash);
}

/** A 32-bit hash as eight hexadecimal digits. */
export function hexHash(hash: number): string {
  return (hash >>> 0).toString(16).padStart(8, "0");
}
