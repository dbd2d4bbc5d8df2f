/**
 * A file system in memory: the simplest that serves `Directory`, and the root of a system that has no disk.
 *
 * Each client starts at the same root directory, with the rights that its session has: a client that shall see less is
 * given a session that was opened for it (`enter`, `readOnly`) instead.
 *
 * All files lie in memory that is kept (kept-tree.ts). When the server dies, at whatever moment, the next one has all that
 * was answered for; a call that it died with (`Gone`) was carried out as a whole or not at all. Its sessions end with it:
 * an open file answers `Closed` and is opened anew, and a file that was removed is gone then.
 */

import { Failure, fail } from "../common/answer.js";
import { type Component, component } from "../common/component.js";
import type { Handlers, Offer } from "../common/handles.js";
import { calls, memory } from "../common/need.js";
import type { OpenSession } from "../common/session.js";
import type { Window } from "../common/window.js";
import { Clock } from "../timer/clock.js";
import { Timer } from "../timer/interface.js";
import { Directory, File } from "./interface.js";
import { KeptTree } from "./kept-tree.js";
import { CHUNK } from "./limits.js";
import { PLAIN_DIRECTORY, PLAIN_FILE, plainAttributes } from "./plain.js";
import { type PathNames, Resolution } from "./resolve.js";
import { type DirectoryNode, type FileNode, liesIn, type TreeNode } from "./tree.js";

/** Pages of files, unless another number is asked for: 1 MiB. */
const PAGES = 256;

/** What is kept for a session of a directory. */
interface Place {
  /** Above it nothing can be named. */
  readonly root: DirectoryNode;
  readonly node: DirectoryNode;
  readonly writable: boolean;
  /** Memory shared with the client that has opened it. */
  readonly window: Window | null;
}

/** What is kept for an open file. */
interface Opened {
  readonly node: FileNode;
  readonly writable: boolean;
  readonly window: Window | null;
}

/** The component, with files in 1 MiB of memory. Its offer is the directory at the root. */
export const ramfs: Component = ramfsOf(PAGES);

/**
 * The component, with files in so many pages of memory, from 1 to 512: an eighth of it is for names and books.
 * @param name what plans call its program: another one for another number of pages beside the first
 */
export function ramfsOf(pages: number, name = "ramfs"): Component {
  return component(name, {
    needs: { clock: calls(Timer), kept: memory(pages, { kept: true }) },
    offers: { root: Directory },
    *main({ clock: timer, kept, root }) {
      const clock = new Clock(timer);
      const tree = yield* KeptTree.open(kept, yield* clock.read());
      const files = fileHandlers(tree, clock);
      const directories = directoryHandlers(tree, clock, root, files);
      yield* root.serve(
        ({ window }): Place => ({ root: tree.root, node: tree.root, writable: true, window }),
        directories,
      );
    },
  });
}

function fileHandlers(tree: KeptTree, clock: Clock): Handlers<typeof File, Opened> {
  const write = function* ({ node, writable }: Opened, offset: number, data: Uint8Array) {
    if (!writable) return fail("Denied");
    const problem = yield* tree.write(node, offset, data, yield* clock.read());
    return problem === null ? { written: data.length } : fail("Full");
  };
  return {
    ...PLAIN_FILE,
    *read({ node }, { offset, length }) {
      return { data: yield* tree.read(node, offset, Math.min(length, CHUNK)) };
    },
    write: (file, { offset, data }) => write(file, offset, data),
    *readWindow({ node, window }, { offset, length, at }) {
      if (window === null || !window.holds(at, 0)) return fail("NoWindow");
      const data = yield* tree.read(node, offset, Math.min(length, window.bytes - at));
      yield* window.write(at, data);
      return { count: data.length };
    },
    *writeWindow(file, { offset, length, at }) {
      if (!file.writable) return fail("Denied");
      if (file.window === null || !file.window.holds(at, length)) return fail("NoWindow");
      return yield* write(file, offset, yield* file.window.read(at, length));
    },
    *truncate({ node, writable }, { size }) {
      if (!writable) return fail("Denied");
      return (yield* tree.truncate(node, size, yield* clock.read())) === null ? undefined : fail("Full");
    },
    stat: ({ node }) => statOf(node),
  };
}

function directoryHandlers(
  tree: KeptTree,
  clock: Clock,
  root: Offer<typeof Directory>,
  files: Handlers<typeof File, Opened>,
): Handlers<typeof Directory, Place> {
  const openFile = (node: FileNode, { writable, window }: Omit<Opened, "node">): OpenSession<typeof File> => {
    const session = root.session(File, { node, writable, window }, files, () => tree.release(node));
    tree.hold(node);
    return session;
  };
  const openDirectory = (place: Place): OpenSession<typeof Directory> => root.session(Directory, place, handlers);
  const find = ({ node }: Place, name: string) => (name === "." ? node : tree.find(node, name));
  const lookAt = (place: Place, { name }: { readonly name: string }) => {
    const found = find(place, name);
    return typeof found === "string" ? fail(found) : statOf(found);
  };
  const namesUnder = (top: DirectoryNode): PathNames<TreeNode, "NotFound" | "BadName"> => ({
    root: top,
    isDirectory: ({ kind }) => kind === "directory",
    isLink: () => false,
    lookUp(directory, name) {
      const found = tree.find(directory as DirectoryNode, name);
      return typeof found === "string" ? fail(found) : found;
    },
    above({ parent }) {
      // It may have been removed, or moved to where this session names nothing.
      return parent !== null && liesIn(parent, top) ? parent : fail("NotFound");
    },
    targetOf: () => fail("NotFound"),
  });

  const handlers: Handlers<typeof Directory, Place> = {
    ...PLAIN_DIRECTORY,
    *open(place, { name, create, write }) {
      if ((create || write) && !place.writable) return fail("Denied");
      const time = create ? yield* clock.read() : 0;
      const found = find(place, name);
      const node = found === "NotFound" && create ? yield* tree.createFile(place.node, name, time) : found;
      if (typeof node === "string") return fail(node);
      if (node.kind === "directory") return fail("IsDirectory");
      return { file: openFile(node, { writable: write, window: place.window }) };
    },
    *enter(place, { name, create }) {
      if (create && !place.writable) return fail("Denied");
      const time = create ? yield* clock.read() : 0;
      const found = find(place, name);
      const node = found === "NotFound" && create ? yield* tree.createDirectory(place.node, name, time) : found;
      if (typeof node === "string") return fail(node);
      if (node.kind === "file") return fail("NotDirectory");
      return { directory: openDirectory({ ...place, root: node, node }) };
    },
    readOnly: (place) => ({ directory: openDirectory({ ...place, writable: false }) }),
    next({ node }, { after }) {
      const entry = tree.next(node, after);
      return entry === null ? fail("End") : { name: entry.name, ...statOf(entry) };
    },
    stat: lookAt,
    entry: lookAt,
    *walk(place, { path }) {
      const walked = yield* new Resolution(namesUnder(place.root)).place(place.node, path);
      if (walked instanceof Failure) return walked;
      const { directory, ...rest } = walked;
      return { directory: openDirectory({ ...place, node: directory as DirectoryNode }), ...rest };
    },
    *remove(place, { name }) {
      if (!place.writable) return fail("Denied");
      const problem = yield* tree.remove(place.node, name, yield* clock.read());
      return problem === null ? undefined : fail(problem);
    },
    *rename(place, { name, directory, to }) {
      const target = directory as Place;
      if (!place.writable || !target.writable) return fail("Denied");
      const problem = yield* tree.rename(place.node, name, target.node, to, yield* clock.read());
      return problem === null ? undefined : fail(problem);
    },
  };
  return handlers;
}

function statOf({ kind, size, modifiedUs, id }: TreeNode) {
  return plainAttributes(kind, { size, modifiedUs, node: id });
}
