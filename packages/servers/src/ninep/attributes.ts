/** What a volume says of a node, as 9P2000.L says it, and the other way round. */
import type { Client } from "../common/client.js";
import { Change, type Volume } from "../vfs/volume.js";
import { Errno } from "./errno.js";
import type { Qid, RequestOf } from "./messages.js";

/** What a volume says of a node. */
export type Attributes = Extract<
  ReturnType<Client<typeof Volume>["stat"]> extends Generator<unknown, infer A, unknown> ? A : never,
  { readonly error: null }
>;
/** What a node can be. */
export type Kind = Attributes["kind"];

/** Of each kind: the bits of a mode, the type of an entry of a directory, and the kind of a qid. */
const KINDS: Readonly<Record<Kind, { readonly mode: number; readonly entry: number; readonly qid: number }>> = {
  file: { mode: 0o100000, entry: 8, qid: 0 },
  directory: { mode: 0o040000, entry: 4, qid: 0x80 },
  link: { mode: 0o120000, entry: 10, qid: 0x02 },
  characters: { mode: 0o020000, entry: 2, qid: 0 },
  blocks: { mode: 0o060000, entry: 6, qid: 0 },
  pipe: { mode: 0o010000, entry: 1, qid: 0 },
  socket: { mode: 0o140000, entry: 12, qid: 0 },
};
/** The kinds in the order in which a volume's entries number them. */
export const KIND_NAMES = ["file", "directory", "link", "characters", "blocks", "pipe", "socket"] as const;
/** Of the bits of a mode, those that say what it is of; and a regular file's. */
export const KIND_BITS = 0o170000;
export const REGULAR_FILE = 0o100000;

const US_PER_S = 1_000_000;
/** All attributes that stat(2) has. */
const BASIC = 0x7ff;
/** What is told as a good size for reading and writing. */
const BLOCK_BYTES = 4096;
/** Bits of `valid` of Tsetattr. */
const Valid = { mode: 1, uid: 2, gid: 4, size: 8, atime: 16, mtime: 32, atimeSet: 128, mtimeSet: 256 } as const;

/** What identifies a node; the version is another one when it was changed. */
export function qidOf({ kind, node, modifiedUs }: Pick<Attributes, "kind" | "node" | "modifiedUs">): Qid {
  return { kind: KINDS[kind].qid, version: modifiedUs % 2 ** 32, path: node };
}

/** The type of an entry of a directory, as readdir(3) has it. */
export function entryType(kind: Kind): number {
  return KINDS[kind].entry;
}

/** The answer to Tgetattr. */
export function attributesReply(attributes: Attributes) {
  const { accessedUs, modifiedUs, changedUs } = attributes;
  return {
    valid: BASIC,
    qid: qidOf(attributes),
    mode: KINDS[attributes.kind].mode + attributes.mode,
    uid: attributes.uid,
    gid: attributes.gid,
    links: attributes.links,
    device: 0,
    size: attributes.size,
    blockBytes: BLOCK_BYTES,
    blocks: attributes.blocks,
    ...{ atime: secondsOf(accessedUs), atimeNs: nanosecondsOf(accessedUs) },
    ...{ mtime: secondsOf(modifiedUs), mtimeNs: nanosecondsOf(modifiedUs) },
    ...{ ctime: secondsOf(changedUs), ctimeNs: nanosecondsOf(changedUs) },
    ...{ btime: 0, btimeNs: 0, generation: 0, dataVersion: 0 },
  };
}

/**
 * What Tsetattr asks of a volume.
 * @param nowUs the time now, for times that the server is to choose
 * @returns an error's number where a size or a time is beyond all that is kept
 */
export function changeOf(request: RequestOf<"Tsetattr">, nowUs: number): Wanted | number {
  const { valid, mode, uid, gid, size } = request;
  const has = (bit: number): boolean => (valid & bit) !== 0;
  const accessedUs = has(Valid.atimeSet) ? microseconds(request.atime, request.atimeNs) : nowUs;
  const modifiedUs = has(Valid.mtimeSet) ? microseconds(request.mtime, request.mtimeNs) : nowUs;
  if (has(Valid.size) && size > Number.MAX_SAFE_INTEGER) return Errno.EFBIG;
  if ((has(Valid.atime) && accessedUs === null) || (has(Valid.mtime) && modifiedUs === null)) return Errno.EINVAL;
  let what = 0;
  if (has(Valid.mode)) what |= Change.mode;
  if (has(Valid.uid)) what |= Change.uid;
  if (has(Valid.gid)) what |= Change.gid;
  if (has(Valid.size)) what |= Change.size;
  if (has(Valid.atime)) what |= Change.accessed;
  if (has(Valid.mtime)) what |= Change.modified;
  return {
    what,
    mode: mode & 0o7777,
    uid,
    gid,
    size: has(Valid.size) ? size : 0,
    accessedUs: accessedUs ?? 0,
    modifiedUs: modifiedUs ?? 0,
  };
}

/** The arguments of a volume's `change`, without the node. */
interface Wanted {
  readonly what: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly accessedUs: number;
  readonly modifiedUs: number;
}

/** Null: beyond what can be counted. */
function microseconds(seconds: number, nanoseconds: number): number | null {
  const us = seconds * US_PER_S + Math.floor(nanoseconds / 1000);
  return us > Number.MAX_SAFE_INTEGER ? null : us;
}

function secondsOf(us: number): number {
  return Math.floor(us / US_PER_S);
}

function nanosecondsOf(us: number): number {
  return (us % US_PER_S) * 1000;
}
