/**
 * Directories of the vfs: what an offer's authority lets see and change of the volume below its root.
 *
 * Each operation resolves the name that it was given, checks the bits of every directory on the way and of what it means
 * to change, and asks the volume. What the volume knows better, such as whether a directory is empty, it decides.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../../common/answer.js";
import type { Handlers, Offer, Self } from "../../common/handles.js";
import type { Window } from "../../common/window.js";
import { Directory, File, Watch } from "../interface.js";
import { CHUNK, FILE_NAME_BYTES } from "../limits.js";
import { type Found, type PathNames, Resolution } from "../resolve.js";
import { Change, Volume } from "../volume.js";
import { attributesOf } from "./attributes.js";
import { Permission, type Rights } from "./authority.js";
import type { Base } from "./base.js";
import { fileHandlers, type Opened } from "./files.js";
import { isSame, type Mounts } from "./mounts.js";
import { byBytes, type Node } from "./nodes.js";
import { numberHandlers, releaseAll } from "./numbers.js";
import type { Refused } from "./refused.js";
import type { Watches } from "./watches.js";

/** What is kept for a session of a directory. */
export interface Place {
  readonly rights: Rights;
  /** The root of all that it can name. */
  readonly base: Base;
  /** Null: the root itself. */
  readonly node: Node | null;
  readonly window: Window | null;
}

/** What directories are served with. */
export interface DirectoryParts {
  readonly mounts: Mounts;
  readonly watches: Watches;
  readonly offer: Offer<typeof Directory>;
  readonly self: Self;
  readonly refused: Refused;
}

type LookError = "NotFound" | "BadName" | "Denied" | "Stale" | "IO" | "NotDirectory";
type Access = (typeof Permission)[keyof typeof Permission];

const FILE_MODE = 0o644;
const DIRECTORY_MODE = 0o755;
/** Who makes what somebody else has just made looks again, so often. */
const MOST_TRIES = 3;

/** What directories are asked, by way of one offer. */
export function directoryHandlers(parts: DirectoryParts): Handlers<typeof Directory, Place> {
  const { mounts, watches, offer, self } = parts;
  const files = fileHandlers(watches);
  const numbers = numberHandlers(parts);
  const openFile = function* (place: Place, opened: Opened) {
    if (!offer.hasRoom()) return fail("Busy");
    const { on, node } = opened.node;
    const release = () => self.task(on.release(node));
    let isKept = false;
    try {
      const held = yield* on.hold(node);
      if (held !== null) return held;
      const file = offer.session(File, { ...opened, window: place.window }, files, release);
      isKept = true;
      return { file };
    } finally {
      // He may have died meanwhile, or have opened what there was room for.
      if (!isKept) release();
    }
  };
  const openDirectory = (place: Place) => ({ directory: offer.session(Directory, place, handlers) });
  /** The directory in which an entry is to be changed, and what has the name. */
  const changing = function* (place: Place, name: string) {
    if (name === ".") return fail("BadName");
    const at = yield* here(parts, place);
    if (at instanceof Failure) return at;
    if (!allows(parts, place, at, Permission.write, name)) return fail("Denied");
    const node = yield* lookUp(parts, place, at, name);
    if (node instanceof Failure && node.error !== "NotFound") return node;
    return { at, node: node instanceof Failure ? null : node };
  };

  const handlers: Handlers<typeof Directory, Place> = {
    *open(place, { name, create, write }) {
      const found = yield* foundOrMade(parts, place, name, create ? "file" : null);
      if (found instanceof Failure) return found.error === "TooManyLinks" ? fail("Full") : fail(found.error);
      const { node } = found;
      if (node.kind === "directory") return fail("IsDirectory");
      if (node.kind !== "file") return fail("Denied");
      const readable = found.isNew || place.rights.whyNot(node, Permission.read) === null;
      const isAllowed = found.isNew || allows(parts, place, node, write ? Permission.write : Permission.read, name);
      if (!isAllowed) return fail("Denied");
      const { directory } = found;
      return yield* openFile(place, {
        ...{ node, readable, writable: write, window: place.window },
        ...{ directory, name: found.name },
      });
    },
    *enter(place, { name, create }) {
      const found = yield* foundOrMade(parts, place, name, create ? "directory" : null);
      if (found instanceof Failure) return fail(found.error);
      if (found.node.kind !== "directory") return fail("NotDirectory");
      if (!found.isNew && !allows(parts, place, found.node, Permission.search, name)) return fail("Denied");
      return openDirectory({ ...place, base: place.base.below(found.node), node: null });
    },
    readOnly: (place) => openDirectory({ ...place, rights: place.rights.readOnly }),
    *next(place, { after }) {
      const at = yield* here(parts, place);
      if (at instanceof Failure) return at;
      if (!allows(parts, place, at, Permission.read, ".")) return fail("Denied");
      const names = yield* at.on.names(at.node);
      if (names instanceof Failure) return names.error === "NotDirectory" ? fail("Stale") : fail(names.error);
      for (const name of names.slice(firstBehind(names, after))) {
        const found = yield* at.on.lookup(at.node, name);
        const node = found instanceof Failure ? found : yield* mounts.entered(found);
        if (!(node instanceof Failure)) return { name, ...attributesOf(node) };
        if (node.error === "IO" || node.error === "Stale") return fail(node.error);
      }
      return fail("End");
    },
    *stat(place, { name }) {
      const found = yield* follow(parts, place, name);
      if (found instanceof Failure) return found;
      return found.node === null ? fail("NotFound") : attributesOf(found.node);
    },
    *entry(place, { name }) {
      const node = yield* entryOf(parts, place, name);
      return node instanceof Failure ? looking(node) : attributesOf(node);
    },
    *walk(place, { path }) {
      const at = yield* here(parts, place);
      const names = yield* namesOf(parts, place);
      if (at instanceof Failure) return at;
      if (names instanceof Failure) return names;
      const walked = yield* new Resolution(names).place(at, path);
      if (walked instanceof Failure) return walked;
      const { directory, ...rest } = walked;
      return { ...openDirectory({ ...place, node: directory }), ...rest };
    },
    *remove(place, { name }) {
      const from = yield* changing(place, name);
      if (from instanceof Failure) return looking(from);
      if (from.node === null) return fail("NotFound");
      const { at, node } = from;
      if (!isTold(parts, place, name, place.rights.whyKept(at, node))) return fail("Denied");
      // What is mounted is not empty, as far as its mount point goes.
      if (node.on !== at.on) return fail("NotEmpty");
      const isDirectory = node.kind === "directory";
      const answer = yield* at.on.remove(at.node, name, isDirectory);
      if (answer instanceof Failure) {
        // Somebody else has put something else there meanwhile.
        return answer.error === "IsDirectory" || answer.error === "NotDirectory"
          ? fail("NotFound")
          : fail(answer.error);
      }
      watches.tell(at, "removed", name);
      if (isDirectory) watches.end(node);
      return undefined;
    },
    *rename(place, { name, directory, to }) {
      const target = directory as Place;
      const from = yield* changing(place, name);
      if (from instanceof Failure) return fail(from.error);
      const over = yield* changing(target, to);
      if (over instanceof Failure) return fail(over.error);
      if (from.node === null) return fail("NotFound");
      if (!isTold(parts, place, name, place.rights.whyKept(from.at, from.node))) return fail("Denied");
      const why = over.node === null ? null : target.rights.whyKept(over.at, over.node);
      if (!isTold(parts, target, to, why)) return fail("Denied");
      const volumes = new Set([from.at.on, from.node.on, over.at.on, over.node?.on ?? over.at.on]);
      if (volumes.size > 1) return fail("CrossDevice");
      const answer = yield* from.at.on.rename(from.at.node, name, over.at.node, to);
      if (answer instanceof Failure) return fail(answer.error);
      if (over.node !== null && isSame(over.node, from.node)) return undefined;
      watches.tell(from.at, "movedAway", name);
      watches.tell(over.at, "movedHere", to);
      if (over.node?.kind === "directory") watches.end(over.node);
      return undefined;
    },
    *symlink(place, { name, target }) {
      const into = yield* changing(place, name);
      if (into instanceof Failure) return looking(into);
      if (into.node !== null) return fail("Exists");
      if (target === "" || target.includes("\0")) return fail("BadName");
      const { uid, gid } = place.rights;
      const made = yield* into.at.on.symlink(into.at.node, name, target, { uid, gid });
      if (made instanceof Failure) {
        if (made.error === "TooLarge") return fail("NotSupported");
        return made.error === "NotDirectory" || made.error === "NoWindow" ? fail("IO") : fail(made.error);
      }
      watches.tell(into.at, "made", name);
      return undefined;
    },
    *readLink(place, { name, from }) {
      const node = yield* entryOf(parts, place, name);
      if (node instanceof Failure) return looking(node);
      if (node.kind !== "link") return fail("NotLink");
      const target = yield* node.on.readLink(node.node);
      if (target instanceof Failure) return target.error === "NoWindow" ? fail("IO") : fail(target.error);
      return { target: target.subarray(from, from + CHUNK), length: target.length };
    },
    *link(place, { name, directory, to }) {
      const target = directory as Place;
      const node = yield* entryOf(parts, place, name);
      if (node instanceof Failure) return looking(node);
      if (node.kind === "directory") return fail("IsDirectory");
      const into = yield* changing(target, to);
      if (into instanceof Failure) return looking(into);
      if (into.node !== null) return fail("Exists");
      if (node.on !== into.at.on) return fail("CrossDevice");
      const linked = yield* node.on.link(node.node, into.at.node, to);
      if (linked instanceof Failure) return linked.error === "NotDirectory" ? fail("Stale") : fail(linked.error);
      watches.tell(into.at, "made", to);
      return undefined;
    },
    *change(place, { name, what, ...to }) {
      const found = yield* follow(parts, place, name);
      if (found instanceof Failure) return found;
      const { node } = found;
      if (node === null) return fail("NotFound");
      if ((what & ~(Change.mode | Change.uid | Change.gid | Change.accessed | Change.modified)) !== 0) {
        return fail("NotSupported");
      }
      const isGiven = (what & (Change.uid | Change.gid)) !== 0;
      const why = place.rights.whyNotOwner(node) ?? (isGiven ? place.rights.whyNotGiven() : null);
      if (!isTold(parts, place, name, why)) return fail("Denied");
      const answer = yield* node.on.change(node.node, { what, size: 0, ...to });
      if (answer instanceof Failure) {
        return answer.error === "IsDirectory" || answer.error === "TooLarge" ? fail("IO") : fail(answer.error);
      }
      watches.tell(found.directory, "changed", found.name);
      return undefined;
    },
    *space(place) {
      const at = yield* here(parts, place);
      return at instanceof Failure ? at : yield* at.on.space();
    },
    *sync() {
      for (const volume of mounts.all) {
        const problem = yield* volume.sync(0);
        if (problem !== null) return problem;
      }
      return undefined;
    },
    *watch(place) {
      const at = yield* here(parts, place);
      if (at instanceof Failure) return at;
      if (!allows(parts, place, at, Permission.read, ".")) return fail("Denied");
      if (!offer.hasRoom()) return fail("Busy");
      const watcher = watches.open(at);
      return { watch: offer.session(Watch, watcher, watches.handlers, (gone) => watches.close(gone)) };
    },
    *volume(place) {
      const at = yield* here(parts, place);
      if (at instanceof Failure) return at;
      const state = { rights: place.rights, root: at, window: place.window, seen: new Set<number>(), holds: [] };
      return { volume: offer.session(Volume, state, numbers, (gone) => self.task(releaseAll(gone))) };
    },
  };
  return handlers;
}

/** What a session stands for. */
function* here(_: DirectoryParts, { base, node }: Place): Thread<Node | Failure<"Stale" | "IO">> {
  const at = node ?? (yield* base.node());
  return at instanceof Failure ? at : yield* at.on.stat(at.node);
}

/** How paths are resolved for a session. */
function* namesOf(parts: DirectoryParts, place: Place): Thread<PathNames<Node, LookError> | Failure<"Stale" | "IO">> {
  const { mounts } = parts;
  const root = yield* here(parts, { ...place, node: null });
  if (root instanceof Failure) return root;
  return {
    root,
    isDirectory: ({ kind }) => kind === "directory",
    isLink: ({ kind }) => kind === "link",
    lookUp: (directory, name) => lookUp(parts, place, directory, name),
    *above(directory) {
      if (isSame(directory, root)) return root;
      if (!allows(parts, place, directory, Permission.search, ".")) return fail("Denied");
      const above = yield* mounts.above(directory);
      if (above instanceof Failure) return above;
      // It may have been moved to where this session names nothing.
      return (yield* mounts.isBelow(above, root)) ? above : fail("NotFound");
    },
    *targetOf(link) {
      const bytes = yield* link.on.readLink(link.node);
      if (bytes instanceof Failure)
        return fail(bytes.error === "Denied" || bytes.error === "Stale" ? bytes.error : "IO");
      try {
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      } catch {
        return fail("BadName");
      }
    },
  };
}

/** What `name` is in a directory that has to be searched for it. */
function* lookUp(
  parts: DirectoryParts,
  place: Place,
  directory: Node,
  name: string,
): Thread<Node | Failure<LookError>> {
  if (new TextEncoder().encode(name).length > FILE_NAME_BYTES || name === "") return fail("BadName");
  if (!allows(parts, place, directory, Permission.search, name)) return fail("Denied");
  const found = yield* directory.on.lookup(directory.node, name);
  return found instanceof Failure ? found : yield* parts.mounts.entered(found);
}

/** What `name` is, a link itself. */
function* entryOf(parts: DirectoryParts, place: Place, name: string): Thread<Node | Failure<LookError>> {
  const at = yield* here(parts, place);
  if (at instanceof Failure || name === ".") return at;
  return yield* lookUp(parts, place, at, name);
}

/** What `name` leads to. */
function* follow(parts: DirectoryParts, place: Place, name: string) {
  const at = yield* here(parts, place);
  if (at instanceof Failure) return at;
  const names = yield* namesOf(parts, place);
  if (names instanceof Failure) return names;
  return yield* new Resolution(names).follow({ directory: at, name, mustBeDirectory: false });
}

/** What `name` leads to; where nothing is, it is made, if that is asked for. */
function* foundOrMade(parts: DirectoryParts, place: Place, name: string, create: "file" | "directory" | null) {
  for (let tries = 1; ; tries++) {
    const found = yield* follow(parts, place, name);
    if (found instanceof Failure) return found;
    if (found.node !== null) return { ...found, node: found.node, isNew: false };
    if (create === null) return fail("NotFound");
    if (create === "file" && found.mustBeDirectory) return fail("NotDirectory");
    const made = yield* make(parts, place, found, create);
    if (!(made instanceof Failure)) return { ...found, node: made, isNew: true };
    if (made.error !== "Exists") return fail(made.error);
    if (tries === MOST_TRIES) return fail("IO");
  }
}

function* make(parts: DirectoryParts, place: Place, { directory, name }: Found<Node>, kind: "file" | "directory") {
  if (!allows(parts, place, directory, Permission.write, name)) return fail("Denied");
  const { uid, gid } = place.rights;
  const mode = kind === "file" ? FILE_MODE : DIRECTORY_MODE;
  const made = yield* directory.on.make(directory.node, name, kind, { mode, uid, gid });
  if (!(made instanceof Failure)) parts.watches.tell(directory, "made", name);
  return made;
}

/** Whether something may be done with a node; a refusal is told. @param name by which it was asked for */
function allows(parts: DirectoryParts, place: Place, node: Node, access: Access, name: string): boolean {
  return isTold(parts, place, name, place.rights.whyNot(node, access));
}

function isTold({ refused }: DirectoryParts, { rights }: Place, name: string, why: string | null): boolean {
  if (why !== null) refused(rights, name, why);
  return why === null;
}

/** The words of those who look for a name in a directory; one that is none any more is gone. */
function looking({ error }: Failure<LookError>) {
  return fail(error === "NotDirectory" ? "Stale" : error);
}

/** Where the names behind `after` begin. */
function firstBehind(names: readonly string[], after: string): number {
  let [from, end] = [0, names.length];
  while (from < end) {
    const middle = (from + end) >>> 1;
    if (byBytes(names[middle]!, after) > 0) end = middle;
    else from = middle + 1;
  }
  return from;
}
