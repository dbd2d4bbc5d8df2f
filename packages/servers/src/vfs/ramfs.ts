/**
 * A file system in memory: the simplest that serves `Directory`, and the root of a system that has no disk.
 *
 * Each client starts at the same root directory, with the rights that its session has: a client that shall see less is
 * given a session that was opened for it (`enter`, `readOnly`) instead. All files together take as many bytes as the
 * component is told by its arguments, 1 MiB if by none. What is in it is gone when the server dies.
 */

import type { Thread } from "@tessera/hal-sim/isa";
import { fail, must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type Component, component } from "../common/component.js";
import type { Handlers, Offer } from "../common/handles.js";
import { calls } from "../common/need.js";
import type { OpenSession } from "../common/session.js";
import type { Window } from "../common/window.js";
import { Timer } from "../timer/interface.js";
import { CHUNK, Directory, File } from "./interface.js";
import { type DirectoryNode, type FileNode, Tree, type TreeNode } from "./tree.js";

/** Bytes, unless the component is told another number. */
const QUOTA_BYTES = 2 ** 20;

/** What is kept for a session of a directory. */
interface Place {
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

/** The component. Its offer is the directory at the root. */
export const ramfs: Component = component("ramfs", {
  needs: { clock: calls(Timer) },
  offers: { root: Directory },
  *main({ clock, root, self }) {
    const tree = new Tree(quotaOf(self.args), yield* now(clock));
    const files = fileHandlers(tree, clock);
    const directories = directoryHandlers(tree, clock, root, files);
    yield* root.serve(({ window }): Place => ({ node: tree.root, writable: true, window }), directories);
  },
});

function quotaOf(args: string): number {
  const quota = args === "" ? QUOTA_BYTES : Number(args);
  if (!Number.isSafeInteger(quota) || quota < 0) throw new RangeError(`ramfs: "${args}" is no number of bytes`);
  return quota;
}

function* now(clock: Client<typeof Timer>): Thread<number> {
  return must(yield* clock.time()).us;
}

function fileHandlers(tree: Tree, clock: Client<typeof Timer>): Handlers<typeof File, Opened> {
  const write = function* ({ node, writable }: Opened, offset: number, data: Uint8Array) {
    if (!writable) return fail("Denied");
    const problem = tree.write(node, offset, data, yield* now(clock));
    return problem === null ? { written: data.length } : fail("Full");
  };
  return {
    read: ({ node }, { offset, length }) => ({ data: tree.read(node, offset, Math.min(length, CHUNK)) }),
    write: (file, { offset, data }) => write(file, offset, data),
    *readWindow({ node, window }, { offset, length, at }) {
      if (window === null || !window.holds(at, 0)) return fail("NoWindow");
      const data = tree.read(node, offset, Math.min(length, window.bytes - at));
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
      return tree.truncate(node, size, yield* now(clock)) === null ? undefined : fail("Full");
    },
    stat: ({ node }) => statOf(node),
  };
}

function directoryHandlers(
  tree: Tree,
  clock: Client<typeof Timer>,
  root: Offer<typeof Directory>,
  files: Handlers<typeof File, Opened>,
): Handlers<typeof Directory, Place> {
  const openFile = (node: FileNode, { writable, window }: Omit<Opened, "node">): OpenSession<typeof File> => {
    const session = root.session(File, { node, writable, window }, files, () => tree.release(node));
    tree.hold(node);
    return session;
  };
  const openDirectory = (place: Place): OpenSession<typeof Directory> => root.session(Directory, place, handlers);

  const handlers: Handlers<typeof Directory, Place> = {
    *open(place, { name, create, write }) {
      if ((create || write) && !place.writable) return fail("Denied");
      const time = create ? yield* now(clock) : 0;
      const found = tree.find(place.node, name);
      const node = found === "NotFound" && create ? tree.createFile(place.node, name, time) : found;
      if (typeof node === "string") return fail(node);
      if (node.kind === "directory") return fail("IsDirectory");
      return { file: openFile(node, { writable: write, window: place.window }) };
    },
    *enter(place, { name, create }) {
      if (create && !place.writable) return fail("Denied");
      const time = create ? yield* now(clock) : 0;
      const found = tree.find(place.node, name);
      const node = found === "NotFound" && create ? tree.createDirectory(place.node, name, time) : found;
      if (typeof node === "string") return fail(node);
      if (node.kind === "file") return fail("NotDirectory");
      return { directory: openDirectory({ ...place, node }) };
    },
    readOnly: (place) => ({ directory: openDirectory({ ...place, writable: false }) }),
    next({ node }, { after }) {
      const entry = tree.next(node, after);
      return entry === null ? fail("End") : { name: entry.name, ...statOf(entry.node) };
    },
    stat({ node }, { name }) {
      const found = tree.find(node, name);
      return typeof found === "string" ? fail(found) : statOf(found);
    },
    *remove(place, { name }) {
      if (!place.writable) return fail("Denied");
      const problem = tree.remove(place.node, name, yield* now(clock));
      return problem === null ? undefined : fail(problem);
    },
    *rename(place, { name, directory, to }) {
      const target = directory as Place;
      if (!place.writable || !target.writable) return fail("Denied");
      const problem = tree.rename(place.node, name, target.node, to, yield* now(clock));
      return problem === null ? undefined : fail(problem);
    },
  };
  return handlers;
}

function statOf({ kind, size, modifiedUs }: TreeNode) {
  return { kind, size, modifiedUs } as const;
}
