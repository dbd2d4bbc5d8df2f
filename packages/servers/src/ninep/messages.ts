/**
 * The messages of 9P2000.L, as data: number, and fields in their order on the wire. codec.ts reads and writes them by
 * these tables, and the types of messages follow from them.
 *
 * A request (T…) has an odd sister with the next number, its answer (R…), or is answered by Rlerror with one of Linux's
 * error numbers. Names are bytes, as on a disk: what is no UTF-8 is a name all the same.
 *
 * Sources: Plan 9 manual, section 5 (intro, version, attach, walk, read, clunk, flush, remove); protocol.md of diod for
 * what 9P2000.u and 9P2000.L add.
 */

/** What identifies a file to a client: kind, a version that changes with its contents, and a number nothing else has. */
export interface Qid {
  readonly kind: number;
  readonly version: number;
  /** Below 2^53. */
  readonly path: number;
}

/** Kinds of fields and what they are to a program. `u64` beyond 2^53 is Infinity, which is written as 2^64 - 1. */
interface Values {
  u8: number;
  u16: number;
  u32: number;
  u64: number;
  /** Length in 16 bits, and so many bytes. */
  name: Uint8Array;
  /** How many in 16 bits, and so many names: at most 16. */
  names: readonly Uint8Array[];
  /** Length in 32 bits, and so many bytes, to the end of the message. */
  data: Uint8Array;
  qid: Qid;
  /** How many in 16 bits, and so many. */
  qids: readonly Qid[];
}

/** How a field lies on the wire. */
export type WireKind = keyof Values;

/** The fields of a message, in order. */
export type Layout = Readonly<Record<string, WireKind>>;

/** Names of one walk, at most (Plan 9 manual, walk(5)). */
export const WALK_NAMES = 16;

const nothing = {} as const;
const qid = { qid: "qid" } as const;
const opened = { qid: "qid", iounit: "u32" } as const;
const lock = { kind: "u8", start: "u64", length: "u64", process: "u32", client: "name" } as const;
const times = { atime: "u64", atimeNs: "u64", mtime: "u64", mtimeNs: "u64" } as const;

/** What a client asks. */
export const REQUESTS = {
  Tstatfs: { number: 8, layout: { fid: "u32" } },
  Tlopen: { number: 12, layout: { fid: "u32", flags: "u32" } },
  Tlcreate: { number: 14, layout: { fid: "u32", name: "name", flags: "u32", mode: "u32", gid: "u32" } },
  Tsymlink: { number: 16, layout: { directory: "u32", name: "name", target: "name", gid: "u32" } },
  Tmknod: {
    number: 18,
    layout: { directory: "u32", name: "name", mode: "u32", major: "u32", minor: "u32", gid: "u32" },
  },
  Trename: { number: 20, layout: { fid: "u32", directory: "u32", name: "name" } },
  Treadlink: { number: 22, layout: { fid: "u32" } },
  Tgetattr: { number: 24, layout: { fid: "u32", mask: "u64" } },
  Tsetattr: {
    number: 26,
    layout: { fid: "u32", valid: "u32", mode: "u32", uid: "u32", gid: "u32", size: "u64", ...times },
  },
  Txattrwalk: { number: 30, layout: { fid: "u32", newfid: "u32", name: "name" } },
  Txattrcreate: { number: 32, layout: { fid: "u32", name: "name", size: "u64", flags: "u32" } },
  Treaddir: { number: 40, layout: { fid: "u32", offset: "u64", count: "u32" } },
  Tfsync: { number: 50, layout: { fid: "u32", dataOnly: "u32" } },
  Tlock: {
    number: 52,
    layout: { fid: "u32", kind: "u8", flags: "u32", start: "u64", length: "u64", process: "u32", client: "name" },
  },
  Tgetlock: { number: 54, layout: { fid: "u32", ...lock } },
  Tlink: { number: 70, layout: { directory: "u32", fid: "u32", name: "name" } },
  Tmkdir: { number: 72, layout: { directory: "u32", name: "name", mode: "u32", gid: "u32" } },
  Trenameat: { number: 74, layout: { directory: "u32", name: "name", toDirectory: "u32", toName: "name" } },
  Tunlinkat: { number: 76, layout: { directory: "u32", name: "name", flags: "u32" } },
  Tversion: { number: 100, layout: { msize: "u32", version: "name" } },
  Tauth: { number: 102, layout: { afid: "u32", uname: "name", aname: "name", uid: "u32" } },
  Tattach: { number: 104, layout: { fid: "u32", afid: "u32", uname: "name", aname: "name", uid: "u32" } },
  Tflush: { number: 108, layout: { oldtag: "u16" } },
  Twalk: { number: 110, layout: { fid: "u32", newfid: "u32", names: "names" } },
  Tread: { number: 116, layout: { fid: "u32", offset: "u64", count: "u32" } },
  Twrite: { number: 118, layout: { fid: "u32", offset: "u64", data: "data" } },
  Tclunk: { number: 120, layout: { fid: "u32" } },
  Tremove: { number: 122, layout: { fid: "u32" } },
} as const satisfies Readonly<Record<string, { readonly number: number; readonly layout: Layout }>>;

/** What it is answered. */
export const ANSWERS = {
  Rlerror: { number: 7, layout: { errno: "u32" } },
  Rstatfs: {
    number: 9,
    layout: {
      kind: "u32",
      blockBytes: "u32",
      blocks: "u64",
      free: "u64",
      available: "u64",
      files: "u64",
      freeFiles: "u64",
      fsid: "u64",
      nameBytes: "u32",
    },
  },
  Rlopen: { number: 13, layout: opened },
  Rlcreate: { number: 15, layout: opened },
  Rsymlink: { number: 17, layout: qid },
  Rmknod: { number: 19, layout: qid },
  Rrename: { number: 21, layout: nothing },
  Rreadlink: { number: 23, layout: { target: "name" } },
  Rgetattr: {
    number: 25,
    layout: {
      valid: "u64",
      qid: "qid",
      mode: "u32",
      uid: "u32",
      gid: "u32",
      links: "u64",
      device: "u64",
      size: "u64",
      blockBytes: "u64",
      blocks: "u64",
      ...times,
      ctime: "u64",
      ctimeNs: "u64",
      btime: "u64",
      btimeNs: "u64",
      generation: "u64",
      dataVersion: "u64",
    },
  },
  Rsetattr: { number: 27, layout: nothing },
  Rxattrwalk: { number: 31, layout: { size: "u64" } },
  Rxattrcreate: { number: 33, layout: nothing },
  Rreaddir: { number: 41, layout: { data: "data" } },
  Rfsync: { number: 51, layout: nothing },
  Rlock: { number: 53, layout: { status: "u8" } },
  Rgetlock: { number: 55, layout: lock },
  Rlink: { number: 71, layout: nothing },
  Rmkdir: { number: 73, layout: qid },
  Rrenameat: { number: 75, layout: nothing },
  Runlinkat: { number: 77, layout: nothing },
  Rversion: { number: 101, layout: { msize: "u32", version: "name" } },
  Rauth: { number: 103, layout: qid },
  Rattach: { number: 105, layout: qid },
  Rflush: { number: 109, layout: nothing },
  Rwalk: { number: 111, layout: { qids: "qids" } },
  Rread: { number: 117, layout: { data: "data" } },
  Rwrite: { number: 119, layout: { count: "u32" } },
  Rclunk: { number: 121, layout: nothing },
  Rremove: { number: 123, layout: nothing },
} as const satisfies Readonly<Record<string, { readonly number: number; readonly layout: Layout }>>;

/** Messages by name, with their numbers and layouts. */
export type Table = Readonly<Record<string, { readonly number: number; readonly layout: Layout }>>;

/** The message `K` of a table, as a program has it. */
export type MessageOf<T extends Table, K extends keyof T> = { readonly type: K; readonly tag: number } & {
  readonly [F in keyof T[K]["layout"]]: Values[T[K]["layout"][F]];
};

/** Any message of a table. */
export type AnyMessageOf<T extends Table> = { [K in keyof T]: MessageOf<T, K> }[keyof T];

/** Any request. */
export type Request = AnyMessageOf<typeof REQUESTS>;
/** Any answer. */
export type Reply = AnyMessageOf<typeof ANSWERS>;
/** A request of one kind, such as `RequestOf<"Twalk">`. */
export type RequestOf<K extends keyof typeof REQUESTS> = MessageOf<typeof REQUESTS, K>;

/** The fid that is none. */
export const NO_FID = 0xffff_ffff;
