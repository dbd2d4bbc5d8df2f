/**
 * Fids: what a client has named, by numbers of its own choosing. A fid stands for one node of an export and holds it, and
 * the directory by which it was reached, so that what has to be done by name can be done later: remove, rename.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Attributes, Kind } from "./attributes.js";
import { Errno } from "./errno.js";
import type { Export } from "./export.js";

/** Fids that a connection may have. */
const MOST_FIDS = 1024;

/** Where a node was found: null for what has no name, such as the root. */
export interface Place {
  readonly directory: number;
  readonly name: Uint8Array;
}

/** What a fid stands for. */
export interface Fid {
  readonly of: Export;
  /** The session of the export that its numbers are of. */
  readonly life: number;
  readonly uid: number;
  node: number;
  kind: Kind;
  place: Place | null;
  /** How it was opened; null: it was not. */
  open: { readonly reads: boolean; readonly writes: boolean } | null;
}

/** The fids of a connection. */
export class Fids {
  readonly #fids = new Map<number, Fid>();
  /** Nothing is added any more. */
  #isOver = false;

  get size(): number {
    return this.#fids.size;
  }

  /** All that are there. */
  all(): Iterable<Fid> {
    return this.#fids.values();
  }

  /** What a number stands for; an error's number: nothing, or something of a session that is over. */
  find(number: number): Fid | number {
    const fid = this.#fids.get(number);
    if (fid === undefined) return Errno.EBADF;
    return fid.life === fid.of.life ? fid : Errno.ESTALE;
  }

  has(number: number): boolean {
    return this.#fids.has(number);
  }

  /** A new fid, which holds its node from now on. @returns an error's number, or 0 */
  *add(number: number, fid: Fid): Thread<number> {
    const error = yield* hold(fid);
    if (error !== 0) return error;
    const refused =
      this.#isOver || this.#fids.has(number) ? Errno.EBADF : this.#fids.size >= MOST_FIDS ? Errno.ENFILE : 0;
    if (refused !== 0) yield* release(fid);
    else this.#fids.set(number, fid);
    return refused;
  }

  /** Let a fid that is there stand for something else. */
  *move(fid: Fid, to: Attributes, place: Place): Thread<number> {
    const moved: Fid = { ...fid, node: to.node, kind: to.kind, place };
    const error = yield* hold(moved);
    if (error !== 0) return error;
    const before = { ...fid };
    Object.assign(fid, moved);
    yield* release(before);
    return 0;
  }

  /** A number stands for nothing any more. @returns what it stood for */
  *remove(number: number): Thread<Fid | null> {
    const fid = this.#fids.get(number);
    if (fid === undefined) return null;
    this.#fids.delete(number);
    yield* release(fid);
    return fid;
  }

  /** All are gone, and those that requests under way would still have added. */
  *clear(): Thread<void> {
    this.#isOver = true;
    for (const number of [...this.#fids.keys()]) yield* this.remove(number);
  }
}

function* hold({ of, node, place }: Fid): Thread<number> {
  const error = yield* of.hold(node);
  if (error !== 0 || place === null) return error;
  const above = yield* of.hold(place.directory);
  if (above !== 0) yield* of.release(node, of.life);
  return above;
}

function* release({ of, life, node, place }: Fid): Thread<void> {
  yield* of.release(node, life);
  if (place !== null) yield* of.release(place.directory, life);
}
