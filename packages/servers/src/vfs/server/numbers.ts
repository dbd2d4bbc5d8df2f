/**
 * A directory as a volume of its own, for those who go by numbers, such as a bridge to another protocol: what a session of
 * it could name by paths, and nothing else.
 *
 * A number counts only where this session was shown it: by its root, a name that was looked up, a list, or something that it
 * has made. So nothing outside of the directory has a number here; ".." of the root is the root, and a directory that was
 * moved out has nothing above it. What is mounted in it is not there: numbers are those of one volume. The bits are gone by as for paths, and what is made belongs to the offer's user, unless
 * that is user 0, who says whose it is.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../../common/answer.js";
import type { Handlers } from "../../common/handles.js";
import type { Window } from "../../common/window.js";
import { Change, type Volume } from "../volume.js";
import { Permission, type Rights } from "./authority.js";
import type { Node } from "./nodes.js";
import type { Refused } from "./refused.js";
import type { Watches } from "./watches.js";

/** What is kept for a session. */
export interface Numbers {
  readonly rights: Rights;
  readonly root: Node;
  readonly window: Window | null;
  /** Numbers that it was shown. */
  readonly seen: Set<number>;
  /** Those that it holds, as often as it does. */
  readonly holds: number[];
}

/** What it is served with. */
interface NumberParts {
  readonly watches: Watches;
  readonly refused: Refused;
}

type Access = (typeof Permission)[keyof typeof Permission];

/** The longest target of a link. */
const TARGET_BYTES = 4095;
const HEAD_BYTES = 18;

/** Give back what a session held. */
export function* releaseAll({ root, holds }: Numbers): Thread<void> {
  for (const node of holds.splice(0)) yield* root.on.release(node);
}

/** What volumes are asked, for a directory. */
export function numberHandlers({ watches, refused }: NumberParts): Handlers<typeof Volume, Numbers> {
  const shown = ({ seen }: Numbers, node: Node): Node => {
    seen.add(node.node);
    return node;
  };
  const known = function* ({ root, seen }: Numbers, node: number): Thread<Node | Failure<"Stale" | "IO">> {
    return node === root.node || seen.has(node) ? yield* root.on.stat(node) : fail("Stale");
  };
  const isTold = ({ rights }: Numbers, what: string, why: string | null): boolean => {
    if (why !== null) refused(rights, what, why);
    return why === null;
  };
  const may = (session: Numbers, node: Node, access: Access, what = "."): boolean => {
    return isTold(session, what, session.rights.whyNot(node, access));
  };
  const directory = function* (session: Numbers, number: number, access: Access, what: string) {
    const at = yield* known(session, number);
    if (at instanceof Failure) return at;
    if (at.kind !== "directory") return fail("NotDirectory");
    return may(session, at, access, what) && may(session, at, Permission.search, what) ? at : fail("Denied");
  };
  /** A directory in which the entry `name` is to be changed. */
  const changing = function* (session: Numbers, number: number, name: Uint8Array) {
    const text = textOf(name);
    if (text === null || text === "." || text === "..") return fail("BadName");
    const at = yield* directory(session, number, Permission.write, text);
    return at instanceof Failure ? at : { at, text };
  };
  /** And what it names has to be such that it may be taken away. */
  const taking = function* (session: Numbers, number: number, name: Uint8Array) {
    const from = yield* changing(session, number, name);
    if (from instanceof Failure) return from;
    const node = yield* session.root.on.lookup(from.at.node, from.text);
    if (node instanceof Failure) return node.error === "NotFound" ? { ...from, node: null } : node;
    if (!isTold(session, from.text, session.rights.whyKept(from.at, node))) return fail("Denied");
    return { ...from, node };
  };
  const owner = ({ rights }: Numbers, asked: { readonly uid: number; readonly gid: number }) => {
    return rights.uid === 0 ? { uid: asked.uid, gid: asked.gid } : { uid: rights.uid, gid: rights.gid };
  };

  return {
    *root(session) {
      const root = yield* session.root.on.stat(session.root.node);
      return root instanceof Failure ? fail("IO") : shown(session, root);
    },
    *lookup(session, { directory: number, name }) {
      const text = textOf(name);
      if (text === null) return fail("BadName");
      const at = yield* directory(session, number, Permission.search, text);
      if (at instanceof Failure) return at;
      if (text === "." || (text === ".." && at.node === session.root.node)) return at;
      const found = yield* session.root.on.lookup(at.node, text);
      if (found instanceof Failure || text !== "..") return found instanceof Failure ? found : shown(session, found);
      const root = yield* session.root.on.stat(session.root.node);
      if (root instanceof Failure) return root;
      return (yield* isBelow(found, root)) ? shown(session, found) : fail("NotFound");
    },
    stat: (session, { node }) => known(session, node),
    *change(session, { node: number, what, ...to }) {
      const node = yield* known(session, number);
      if (node instanceof Failure) return node;
      const { rights } = session;
      if ((what & Change.size) !== 0 && !may(session, node, Permission.write)) return fail("Denied");
      const isOwners = (what & ~Change.size) !== 0;
      const isGiven = (what & (Change.uid | Change.gid)) !== 0;
      const why = (isOwners ? rights.whyNotOwner(node) : null) ?? (isGiven ? rights.whyNotGiven() : null);
      if (!isTold(session, ".", why)) return fail("Denied");
      return yield* session.root.on.change(number, { what, ...to });
    },
    *make(session, { directory: number, name, kind, mode, ...asked }) {
      const into = yield* changing(session, number, name);
      if (into instanceof Failure) return into;
      const made = yield* session.root.on.make(into.at.node, into.text, kind, { mode, ...owner(session, asked) });
      if (made instanceof Failure) return made;
      watches.tell(into.at, "made", into.text);
      return shown(session, made);
    },
    *symlink(session, { directory: number, name, at, length, ...asked }) {
      const { window } = session;
      if (length < 1 || length > TARGET_BYTES) return fail("TooLarge");
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const target = textOf(yield* window.read(at, length));
      if (target === null || target.includes("\0")) return fail("BadName");
      const into = yield* changing(session, number, name);
      if (into instanceof Failure) return into;
      const made = yield* session.root.on.symlink(into.at.node, into.text, target, owner(session, asked));
      if (made instanceof Failure) return made;
      watches.tell(into.at, "made", into.text);
      return shown(session, made);
    },
    *readLink(session, { node: number, at }) {
      const { window } = session;
      const node = yield* known(session, number);
      if (node instanceof Failure) return node;
      const target = yield* session.root.on.readLink(number);
      if (target instanceof Failure) return target;
      if (window === null || !window.holds(at, target.length)) return fail("NoWindow");
      yield* window.write(at, target);
      return { length: target.length };
    },
    *link(session, { node: number, directory: to, name }) {
      const node = yield* known(session, number);
      if (node instanceof Failure) return node;
      const into = yield* changing(session, to, name);
      if (into instanceof Failure) return into;
      const linked = yield* session.root.on.link(number, into.at.node, into.text);
      if (linked instanceof Failure) return linked;
      watches.tell(into.at, "made", into.text);
      return shown(session, linked);
    },
    *remove(session, { directory: number, name, isDirectory }) {
      const from = yield* taking(session, number, name);
      if (from instanceof Failure) return from;
      const answer = yield* session.root.on.remove(from.at.node, from.text, isDirectory);
      if (answer instanceof Failure) return answer;
      watches.tell(from.at, "removed", from.text);
      if (isDirectory && from.node !== null) watches.end(from.node);
      return undefined;
    },
    *rename(session, { directory: number, name, toDirectory, toName }) {
      const from = yield* taking(session, number, name);
      if (from instanceof Failure) return from;
      const over = yield* taking(session, toDirectory, toName);
      if (over instanceof Failure) return over;
      const answer = yield* session.root.on.rename(from.at.node, from.text, over.at.node, over.text);
      if (answer instanceof Failure) return answer;
      if (from.node !== null && from.node.node === over.node?.node) return undefined;
      watches.tell(from.at, "movedAway", from.text);
      watches.tell(over.at, "movedHere", over.text);
      if (over.node?.kind === "directory") watches.end(over.node);
      return undefined;
    },
    *read(session, { node: number, offset, length, at }) {
      const { window } = session;
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const node = yield* known(session, number);
      if (node instanceof Failure) return node;
      if (!may(session, node, Permission.read)) return fail("Denied");
      const count = yield* session.root.on.read(number, offset, length, (done, bytes) =>
        window.write(at + done, bytes),
      );
      return count instanceof Failure ? count : { count };
    },
    *write(session, { node: number, offset, length, at }) {
      const { window } = session;
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const node = yield* known(session, number);
      if (node instanceof Failure) return node;
      if (!may(session, node, Permission.write)) return fail("Denied");
      const written = yield* session.root.on.write(number, offset, length, (done, count) =>
        window.read(at + done, count),
      );
      return written instanceof Failure ? written : { written };
    },
    *list(session, { directory: number, cursor, at, length }) {
      const { window } = session;
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const where = yield* directory(session, number, Permission.read, ".");
      if (where instanceof Failure) return where;
      for (let from = cursor; ; ) {
        const piece = yield* session.root.on.list(number, from, length);
        if (piece instanceof Failure) return piece;
        const told = toldEntries(session, piece.bytes, where.node === session.root.node);
        if (told.entries > 0 || piece.bytes.length === 0 || piece.cursor <= from) {
          yield* window.write(at, told.bytes);
          return { entries: told.entries, bytes: told.bytes.length, cursor: piece.cursor };
        }
        from = piece.cursor;
      }
    },
    *hold(session, { node: number }) {
      const node = yield* known(session, number);
      if (node instanceof Failure) return node;
      const held = yield* session.root.on.hold(number);
      if (held !== null) return held;
      session.holds.push(number);
      return undefined;
    },
    *release(session, { node }) {
      const place = session.holds.indexOf(node);
      if (place < 0) return fail("Stale");
      session.holds.splice(place, 1);
      yield* session.root.on.release(node);
      return undefined;
    },
    *sync(session, { node: number }) {
      const node = number === 0 ? null : yield* known(session, number);
      if (node instanceof Failure) return node;
      return (yield* session.root.on.sync(number)) ?? undefined;
    },
    *space(session) {
      return yield* session.root.on.space();
    },
  };
}

/** Whether a directory is another one, or lies in it. */
function* isBelow(start: Node, top: Node): Thread<boolean> {
  let at = start;
  for (;;) {
    if (at.node === top.node) return true;
    const above = yield* at.on.lookup(at.node, "..");
    if (above instanceof Failure || above.node === at.node) return false;
    at = above;
  }
}

/** The entries of a piece whose names are text, with numbers that are shown by that; but what is above is shown when it is looked up. */
function toldEntries(session: Numbers, piece: Uint8Array, isRoot: boolean) {
  const bytes = new Uint8Array(piece.length);
  const view = new DataView(piece.buffer, piece.byteOffset, piece.length);
  let [entries, used] = [0, 0];
  for (let at = 0; at + HEAD_BYTES <= piece.length; ) {
    const end = at + HEAD_BYTES + piece[at + HEAD_BYTES - 1]!;
    const name = textOf(piece.subarray(at + HEAD_BYTES, end));
    if (name !== null) {
      bytes.set(piece.subarray(at, end), used);
      if (name !== "..") session.seen.add(view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true));
      else if (isRoot) putNumber(bytes, used, session.root.node);
      used += end - at;
      entries++;
    }
    at = end;
  }
  return { entries, bytes: bytes.subarray(0, used) };
}

function putNumber(bytes: Uint8Array, at: number, number: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(at, number % 2 ** 32, true);
  view.setUint32(at + 4, Math.floor(number / 2 ** 32), true);
}

/** A name as text; null where it is none. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}
