/**
 * What is done about each request, once it is its turn. Many are under way at a time, so after each question to the
 * volume things may have changed: what a fid stands for is looked at before, and a number is given out at the end.
 *
 * Semantics are those of Linux's client: errors are Linux's numbers, a walk that does not come to its end tells how far it
 * came, and what a server of files cannot have here (devices, extended attributes) is EOPNOTSUPP or EPERM.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Attributes, attributesReply, changeOf, KIND_BITS, qidOf, REGULAR_FILE } from "./attributes.js";
import { HEADER_BYTES } from "./codec.js";
import { entriesBytes } from "./entries.js";
import { Errno, errnoOf } from "./errno.js";
import type { Export } from "./export.js";
import { type Fid, Fids, type Place } from "./fids.js";
import { LockKind } from "./locks.js";
import type { ANSWERS, MessageOf, Reply, Request, RequestOf } from "./messages.js";
import { NO_FID } from "./messages.js";

/** An answer without its type and tag, or an error's number. */
type Body<T extends Request["type"]> = Omit<MessageOf<typeof ANSWERS, AnswerTo<T>>, "type" | "tag"> | number;
type AnswerTo<T extends string> = T extends `T${infer Name}` ? Extract<Reply["type"], `R${Name}`> : never;

/** Requests that the connection answers itself. */
type Own = "Tversion" | "Tflush";
/** What is done about each of the others. */
type Handlers = {
  readonly [T in Exclude<Request["type"], Own>]: (request: RequestOf<T>) => Thread<Body<T>> | Body<T>;
};

const NAME_BYTES = 255;
const TARGET_BYTES = 4095;
/** Who is nobody in particular, and the user who has said no number. */
const NOBODY = 65_534;
const NO_UID = 0xffff_ffff;
/** Flags of opening. */
const Open = { mode: 3, writeOnly: 1, readWrite: 2, truncate: 0o1000, directory: 0o200000 } as const;
const REMOVE_DIRECTORY = 0x200;
const FILE_SYSTEM = 0x0102_1997;
/** Bytes of an answer beside the data that it carries, and what is said of it to clients. */
const DATA_OVERHEAD = HEADER_BYTES + 4;
const IO_HEADER_BYTES = 24;
const LockStatus = { success: 0, blocked: 1, error: 2 } as const;
const EMPTY = {};

/** What requests are carried out with. */
export interface RequestParts {
  readonly connection: number;
  readonly exports: ReadonlyMap<string, Export>;
  /** Microseconds since 1970. */
  readonly now: () => Thread<number>;
}

/** The requests of one connection. */
export class Requests {
  readonly fids = new Fids();
  /** Bytes of a message, as was agreed. */
  msize = 0;
  readonly #parts: RequestParts;
  readonly #handlers: Handlers;

  constructor(parts: RequestParts) {
    this.#parts = parts;
    this.#handlers = this.#all();
  }

  /** Carry a request out. */
  *answer(request: Exclude<Request, { readonly type: Own }>): Thread<Reply> {
    const { type, tag } = request;
    const handler = this.#handlers[type] as (request: Request) => Thread<object | number> | object | number;
    const begun = handler(request);
    const body = typeof begun === "object" && "next" in begun ? yield* begun : begun;
    if (typeof body === "number") return { type: "Rlerror", tag, errno: body };
    return { type: `R${type.slice(1)}`, tag, ...body } as Reply;
  }

  /** The client is gone, or begins anew: so are its fids and locks. Parks. */
  *end(): Thread<void> {
    for (const of of this.#parts.exports.values()) {
      of.locks.release(({ connection }) => connection === this.#parts.connection);
    }
    yield* this.fids.clear();
  }

  #all(): Handlers {
    return {
      Tauth: () => Errno.ENOENT, // nobody has to prove who he is: the name of what is exported is all that counts
      Tattach: (request) => this.#attach(request),
      Twalk: (request) => this.#walk(request),
      Tclunk: (request) => this.#clunk(request.fid),
      Tgetattr: (request) => this.#with(request.fid, (fid) => this.#getattr(fid)),
      Tsetattr: (request) => this.#with(request.fid, (fid) => this.#setattr(fid, request)),
      Tstatfs: (request) => this.#with(request.fid, (fid) => this.#statfs(fid)),
      Treadlink: (request) => this.#with(request.fid, (fid) => this.#readlink(fid)),
      Tlopen: (request) => this.#with(request.fid, (fid) => this.#open(fid, request.flags)),
      Tlcreate: (request) => this.#with(request.fid, (fid) => this.#create(fid, request)),
      Tread: (request) => this.#with(request.fid, (fid) => this.#read(fid, request)),
      Twrite: (request) => this.#with(request.fid, (fid) => this.#write(fid, request)),
      Treaddir: (request) => this.#with(request.fid, (fid) => this.#readdir(fid, request)),
      Tfsync: (request) => this.#with(request.fid, (fid) => this.#fsync(fid)),
      Tmkdir: (request) => this.#with(request.directory, (at) => this.#make(at, request, "directory")),
      Tmknod: (request) => this.#with(request.directory, (at) => this.#mknod(at, request)),
      Tsymlink: (request) => this.#with(request.directory, (at) => this.#symlink(at, request)),
      Tlink: (request) => this.#with(request.directory, (at) => this.#link(at, request)),
      Trename: (request) => this.#with(request.fid, (fid) => this.#rename(fid, request)),
      Trenameat: (request) => this.#with(request.directory, (at) => this.#renameat(at, request)),
      Tunlinkat: (request) => this.#with(request.directory, (at) => this.#unlinkat(at, request)),
      Tremove: (request) => this.#remove(request.fid),
      Tlock: (request) => this.#with(request.fid, (fid) => this.#lock(fid, request)),
      Tgetlock: (request) => this.#with(request.fid, (fid) => this.#getlock(fid, request)),
      Txattrwalk: () => Errno.EOPNOTSUPP,
      Txattrcreate: () => Errno.EOPNOTSUPP,
    };
  }

  /** Do it with what a number stands for. */
  *#with<T>(number: number, work: (fid: Fid) => Thread<T | number> | T | number): Thread<T | number> {
    const fid = this.fids.find(number);
    if (typeof fid === "number") return fid;
    const begun = work(fid);
    return isThread<T>(begun) ? yield* begun : begun;
  }

  *#attach({ fid, afid, aname, uid }: RequestOf<"Tattach">): Thread<Body<"Tattach">> {
    if (afid !== NO_FID || this.fids.has(fid) || fid === NO_FID) return Errno.EBADF;
    const of = this.#parts.exports.get(textOf(aname));
    if (of === undefined) return Errno.ENOENT;
    const root = yield* of.root();
    if (typeof root === "number") return root;
    const { node, kind } = root;
    const who = uid === NO_UID ? NOBODY : uid;
    const error = yield* this.fids.add(fid, { of, life: of.life, uid: who, node, kind, place: null, open: null });
    return error === 0 ? { qid: qidOf(root) } : error;
  }

  *#walk({ fid: number, newfid, names }: RequestOf<"Twalk">): Thread<Body<"Twalk">> {
    const fid = this.fids.find(number);
    if (typeof fid === "number") return fid;
    if (newfid === NO_FID || (newfid !== number && this.fids.has(newfid))) return Errno.EBADF;
    const qids = [];
    let at: Fid = { ...fid, open: null };
    for (const name of names) {
      const found = yield* this.#step(at, name);
      if (typeof found === "number") return qids.length === 0 ? found : { qids };
      qids.push(qidOf(found));
      at = {
        ...at,
        node: found.node,
        kind: found.kind,
        place: isDots(name) ? null : { directory: at.node, name: name.slice() },
      };
    }
    if (newfid === number) {
      if (names.length === 0) return { qids };
      yield* this.fids.remove(number);
    }
    const error = yield* this.fids.add(newfid, at);
    return error === 0 ? { qids } : error;
  }

  /** One name of a walk. */
  *#step(at: Fid, name: Uint8Array): Thread<Attributes | number> {
    if (at.kind !== "directory") return Errno.ENOTDIR;
    const bad = whyBad(name);
    if (bad !== 0) return bad;
    const found = yield* at.of.ask((volume) => volume.lookup({ directory: at.node, name }));
    return found.error === null ? found : errnoOf(found.error);
  }

  *#clunk(number: number): Thread<Body<"Tclunk">> {
    const fid = yield* this.fids.remove(number);
    if (fid === null) return Errno.EBADF;
    this.#unlock(fid);
    return EMPTY;
  }

  /** As POSIX has it: who closes a file gives back its locks on it, when no other fid of the connection has it open. */
  #unlock({ of, node, open }: Fid): void {
    if (open === null) return;
    for (const other of this.fids.all()) if (other.of === of && other.node === node && other.open !== null) return;
    of.locks.release(({ connection }) => connection === this.#parts.connection, node);
  }

  *#getattr({ of, node }: Fid): Thread<Body<"Tgetattr">> {
    const attributes = yield* of.ask((volume) => volume.stat({ node }));
    return attributes.error === null ? attributesReply(attributes) : errnoOf(attributes.error);
  }

  *#setattr({ of, node }: Fid, request: RequestOf<"Tsetattr">): Thread<Body<"Tsetattr">> {
    const change = changeOf(request, yield* this.#parts.now());
    if (typeof change === "number") return change;
    const { error } = yield* of.ask((volume) => volume.change({ node, ...change }));
    return error === null ? EMPTY : errnoOf(error);
  }

  *#statfs({ of }: Fid): Thread<Body<"Tstatfs">> {
    const space = yield* of.ask((volume) => volume.space());
    if (space.error !== null) return errnoOf(space.error);
    const { blockBytes, blocks, free, available, nodes, freeNodes } = space;
    const kind = FILE_SYSTEM;
    return {
      kind,
      blockBytes,
      blocks,
      free,
      available,
      files: nodes,
      freeFiles: freeNodes,
      fsid: 0,
      nameBytes: NAME_BYTES,
    };
  }

  *#readlink({ of, node, kind }: Fid): Thread<Body<"Treadlink">> {
    if (kind !== "link") return Errno.EINVAL;
    return yield* piecewise(of, function* (at) {
      const target = yield* of.ask((volume) => volume.readLink({ node, at }));
      if (target.error !== null) return errnoOf(target.error);
      return { target: yield* of.window.read(at, target.length) };
    });
  }

  *#open(fid: Fid, flags: number): Thread<Body<"Tlopen">> {
    const { of, node, kind } = fid;
    if (fid.open !== null) return Errno.EBADF;
    const writes = (flags & Open.mode) !== 0;
    if (kind === "link") return Errno.ELOOP;
    if (kind !== "file" && kind !== "directory") return Errno.EOPNOTSUPP;
    if (kind === "directory" && (writes || (flags & Open.truncate) !== 0)) return Errno.EISDIR;
    if (kind === "file" && (flags & Open.directory) !== 0) return Errno.ENOTDIR;
    if (writes) {
      const space = yield* of.ask((volume) => volume.space());
      if (space.error === null && space.isReadOnly) return Errno.EROFS;
    }
    const truncates = writes && (flags & Open.truncate) !== 0;
    const attributes = yield* of.ask((volume) =>
      truncates ? volume.change({ node, ...TRUNCATION }) : volume.stat({ node }),
    );
    if (attributes.error !== null) return errnoOf(attributes.error);
    fid.open = { reads: (flags & Open.mode) !== Open.writeOnly, writes };
    return { qid: qidOf(attributes), iounit: this.msize - IO_HEADER_BYTES };
  }

  *#create(fid: Fid, { name, flags, mode, gid }: RequestOf<"Tlcreate">): Thread<Body<"Tlcreate">> {
    if (fid.open !== null) return Errno.EBADF;
    const made = yield* makeIn(fid, { name, mode, gid }, "file");
    if (typeof made === "number") return made;
    const error = yield* this.fids.move(fid, made, { directory: fid.node, name: name.slice() });
    if (error !== 0) return error;
    fid.open = { reads: (flags & Open.mode) !== Open.writeOnly, writes: (flags & Open.mode) !== 0 };
    return { qid: qidOf(made), iounit: this.msize - IO_HEADER_BYTES };
  }

  *#read({ of, node, kind, open }: Fid, { offset, count }: RequestOf<"Tread">): Thread<Body<"Tread">> {
    if (kind === "directory") return Errno.EISDIR;
    if (open?.reads !== true) return Errno.EBADF;
    const length = Math.min(count, this.msize - DATA_OVERHEAD);
    if (offset > Number.MAX_SAFE_INTEGER || length === 0) return { data: new Uint8Array(0) }; // no file is so long
    return yield* piecewise(of, function* (at) {
      const read = yield* of.ask((volume) => volume.read({ node, offset, length, at }));
      if (read.error !== null) return errnoOf(read.error);
      return { data: yield* of.window.read(at, read.count) };
    });
  }

  *#write({ of, node, open }: Fid, { offset, data }: RequestOf<"Twrite">): Thread<Body<"Twrite">> {
    if (open?.writes !== true) return Errno.EBADF;
    if (offset + data.length > Number.MAX_SAFE_INTEGER) return Errno.EFBIG;
    if (data.length === 0) return { count: 0 };
    return yield* piecewise(of, function* (at) {
      yield* of.window.write(at, data);
      const written = yield* of.ask((volume) => volume.write({ node, offset, length: data.length, at }));
      return written.error === null ? { count: written.written } : errnoOf(written.error);
    });
  }

  *#readdir({ of, node, kind, open }: Fid, { offset, count }: RequestOf<"Treaddir">): Thread<Body<"Treaddir">> {
    if (kind !== "directory") return Errno.ENOTDIR;
    if (open === null) return Errno.EBADF;
    if (offset > Number.MAX_SAFE_INTEGER) return Errno.EINVAL;
    const length = Math.min(count, this.msize - DATA_OVERHEAD);
    return yield* piecewise(of, function* (at) {
      const list = yield* of.ask((volume) => volume.list({ directory: node, cursor: offset, at, length }));
      if (list.error !== null) return errnoOf(list.error);
      const data = entriesBytes(yield* of.window.read(at, list.bytes), length);
      return data.length === 0 && list.bytes > 0 ? Errno.EINVAL : { data };
    });
  }

  *#fsync({ of, node }: Fid): Thread<Body<"Tfsync">> {
    const { error } = yield* of.ask((volume) => volume.sync({ node }));
    return error === null ? EMPTY : errnoOf(error);
  }

  *#make(at: Fid, request: RequestOf<"Tmkdir">, kind: "directory"): Thread<Body<"Tmkdir">> {
    const made = yield* makeIn(at, request, kind);
    return typeof made === "number" ? made : { qid: qidOf(made) };
  }

  *#mknod(at: Fid, request: RequestOf<"Tmknod">): Thread<Body<"Tmknod">> {
    const kind = request.mode & KIND_BITS;
    if (kind !== 0 && kind !== REGULAR_FILE) return Errno.EPERM;
    const made = yield* makeIn(at, request, "file");
    return typeof made === "number" ? made : { qid: qidOf(made) };
  }

  *#symlink(into: Fid, { name, target, gid }: RequestOf<"Tsymlink">): Thread<Body<"Tsymlink">> {
    const bad = whyBad(name);
    if (bad !== 0) return bad;
    if (target.length === 0) return Errno.ENOENT;
    if (target.length > TARGET_BYTES) return Errno.ENAMETOOLONG;
    const { of, node: directory, uid } = into;
    return yield* piecewise(of, function* (at) {
      yield* of.window.write(at, target);
      const owner = { uid, gid };
      const made = yield* of.ask((volume) => volume.symlink({ directory, name, ...owner, at, length: target.length }));
      if (made.error === "TooLarge") return Errno.ENAMETOOLONG;
      return made.error === null ? { qid: qidOf(made) } : errnoOf(made.error);
    });
  }

  *#link(at: Fid, { fid: number, name }: RequestOf<"Tlink">): Thread<Body<"Tlink">> {
    const bad = whyBad(name);
    const fid = this.fids.find(number);
    if (typeof fid === "number" || bad !== 0) return typeof fid === "number" ? fid : bad;
    if (fid.of !== at.of) return Errno.EXDEV;
    const { error } = yield* at.of.ask((volume) => volume.link({ node: fid.node, directory: at.node, name }));
    if (error === "IsDirectory") return Errno.EPERM;
    return error === null ? EMPTY : errnoOf(error);
  }

  *#rename(fid: Fid, { directory, name }: RequestOf<"Trename">): Thread<Body<"Trename">> {
    const to = this.fids.find(directory);
    if (typeof to === "number") return to;
    const place = yield* placeOf(fid);
    return typeof place === "number" ? place : yield* this.#move(fid.of, place, to, name);
  }

  *#renameat(at: Fid, { name, toDirectory, toName }: RequestOf<"Trenameat">): Thread<Body<"Trenameat">> {
    const to = this.fids.find(toDirectory);
    if (typeof to === "number") return to;
    return yield* this.#move(at.of, { directory: at.node, name }, to, toName);
  }

  *#move(of: Export, from: Place, to: Fid, toName: Uint8Array): Thread<typeof EMPTY | number> {
    const bad = whyBad(from.name) || whyBad(toName);
    if (bad !== 0) return bad;
    if (of !== to.of) return Errno.EXDEV;
    const toDirectory = to.node;
    const { error } = yield* of.ask((volume) => volume.rename({ ...from, toDirectory, toName }));
    if (error !== null) return errnoOf(error);
    // Fids that were found by the name that is gone are found by the other one now.
    const place = { directory: toDirectory, name: toName.slice() };
    for (const fid of [...this.fids.all()]) {
      if (fid.of !== of || fid.place === null || !isSamePlace(fid.place, from)) continue;
      const before = fid.place.directory;
      if ((yield* of.hold(toDirectory)) !== 0) continue;
      fid.place = place;
      yield* of.release(before, fid.life);
    }
    return EMPTY;
  }

  *#unlinkat(at: Fid, { name, flags }: RequestOf<"Tunlinkat">): Thread<Body<"Tunlinkat">> {
    const bad = whyBad(name);
    if (bad !== 0) return bad;
    const isDirectory = (flags & REMOVE_DIRECTORY) !== 0;
    const { error } = yield* at.of.ask((volume) => volume.remove({ directory: at.node, name, isDirectory }));
    return error === null ? EMPTY : errnoOf(error);
  }

  /** The fid is gone, whether or not what it stood for could be removed. */
  *#remove(number: number): Thread<Body<"Tremove">> {
    const fid = this.fids.find(number);
    if (typeof fid === "number") return fid;
    const { of, kind } = fid;
    const place = yield* placeOf(fid);
    const isDirectory = kind === "directory";
    const removed =
      typeof place === "number" ? null : yield* of.ask((volume) => volume.remove({ ...place, isDirectory }));
    yield* this.#clunk(number);
    if (removed === null) return place as number;
    return removed.error === null ? EMPTY : errnoOf(removed.error);
  }

  #lock({ of, node, kind: what, open }: Fid, request: RequestOf<"Tlock">): Body<"Tlock"> {
    if (open === null || what !== "file") return Errno.EBADF;
    if (request.kind > LockKind.None) return Errno.EINVAL;
    const done = of.locks.set(node, this.#wanted(request));
    return { status: { done: LockStatus.success, blocked: LockStatus.blocked, full: LockStatus.error }[done] };
  }

  #getlock({ of, node, open }: Fid, request: RequestOf<"Tgetlock">): Body<"Tgetlock"> {
    if (open === null) return Errno.EBADF;
    const { type: _type, tag: _tag, fid: _fid, ...asked } = request;
    const other = of.locks.conflict(node, this.#wanted(request));
    if (other === null) return { ...asked, kind: LockKind.None };
    const { kind, start, end, owner } = other;
    const length = end === Infinity ? 0 : end - start;
    return { kind, start, length, process: owner.process, client: new TextEncoder().encode(owner.client) };
  }

  #wanted({ kind, start, length, process, client }: RequestOf<"Tlock" | "Tgetlock">) {
    const owner = { connection: this.#parts.connection, process, client: textOf(client) };
    return { owner, kind, start, end: length === 0 ? Infinity : start + length };
  }
}

/** A file's contents are cut off. */
const TRUNCATION = { what: 8, mode: 0, uid: 0, gid: 0, size: 0, accessedUs: 0, modifiedUs: 0 } as const;

/** With a piece of the window, which is given back. */
function* piecewise<T>(of: Export, work: (at: number) => Thread<T>): Thread<T> {
  const at = yield* of.takePiece();
  try {
    return yield* work(at);
  } finally {
    of.givePiece(at);
  }
}

/** Make a file or a directory. */
function* makeIn(
  { of, node, uid, kind: what }: Fid,
  { name, mode, gid }: { readonly name: Uint8Array; readonly mode: number; readonly gid: number },
  kind: "file" | "directory",
): Thread<Attributes | number> {
  const bad = whyBad(name);
  if (bad !== 0) return bad;
  if (what !== "directory") return Errno.ENOTDIR;
  const made = yield* of.ask((volume) => volume.make({ directory: node, name, kind, mode: mode & 0o7777, uid, gid }));
  return made.error === null ? made : errnoOf(made.error);
}

/** By which name a fid is found, if it still is. */
function* placeOf({ of, node, place }: Fid): Thread<Place | number> {
  if (place === null) return Errno.EBUSY; // a root, or what was reached from below
  const found = yield* of.ask((volume) => volume.lookup(place));
  if (found.error !== null) return errnoOf(found.error);
  return found.node === node ? place : Errno.ENOENT;
}

/** Why a name cannot be that of an entry, as an error's number; 0: it can. */
function whyBad(name: Uint8Array): number {
  if (name.length === 0) return Errno.ENOENT;
  if (name.length > NAME_BYTES) return Errno.ENAMETOOLONG;
  return name.includes(0) || name.includes(0x2f) ? Errno.EINVAL : 0;
}

function isDots(name: Uint8Array): boolean {
  return name.length <= 2 && name.every((byte) => byte === 0x2e);
}

function isSamePlace(a: Place, b: Place): boolean {
  return (
    a.directory === b.directory && a.name.length === b.name.length && a.name.every((byte, i) => byte === b.name[i])
  );
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isThread<T>(begun: Thread<T | number> | T | number): begun is Thread<T | number> {
  return typeof begun === "object" && begun !== null && "next" in begun;
}
