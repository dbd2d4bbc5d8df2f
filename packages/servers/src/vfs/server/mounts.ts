/**
 * The table of mounts: volumes under paths of the first one, so that all of them are one tree.
 *
 *     "/" ─▸ the first volume      "/data" ─▸ the root of another one, in place of what "data" is in the first
 *
 * Who looks a directory up that is a mount point gets the root of what is mounted there, and ".." of that root is the
 * directory above the mount point. Where the points lie is found when the table is used first; a directory that is missing
 * there is made. Mounts stay for as long as the vfs runs: nobody removes or moves a mount point.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../../common/answer.js";
import type { Node, Nodes } from "./nodes.js";

const DIRECTORY_MODE = 0o755;

/** A volume under a path. */
interface Mount {
  readonly path: string;
  readonly nodes: Nodes;
  /** The directory of another volume that it stands in for; null: not known yet. */
  point: Node | null;
}

/** All of them. */
export class Mounts {
  /** Of "/". */
  readonly first: Nodes;
  readonly #mounts: readonly Mount[];

  /** @param others by path */
  constructor(first: Nodes, others: Readonly<Record<string, Nodes>>) {
    this.first = first;
    const mounts = Object.entries(others).map(([path, nodes]) => ({ path, nodes, point: null }));
    this.#mounts = mounts.sort((a, b) => a.path.length - b.path.length);
  }

  /** All volumes. */
  get all(): readonly Nodes[] {
    return [this.first, ...this.#mounts.map(({ nodes }) => nodes)];
  }

  /** The root of the tree. */
  *root(): Thread<Node | Failure<"IO">> {
    const problem = yield* this.#place();
    return problem ?? (yield* this.first.root());
  }

  /** What a node is for who comes to it by its name: the root of what is mounted there, or itself. */
  *entered(node: Node): Thread<Node | Failure<"IO">> {
    for (const { nodes, point } of this.#mounts) {
      if (point !== null && isSame(point, node)) return yield* nodes.root();
    }
    return node;
  }

  /** The directory above one; of the root of the tree the root. */
  *above(directory: Node): Thread<Node | Failure<"NotFound" | "NotDirectory" | "BadName" | "Denied" | "Stale" | "IO">> {
    let at = directory;
    for (const { nodes, point } of this.#mounts) {
      if (point === null || directory.on !== nodes) continue;
      const root = yield* nodes.root();
      if (root instanceof Failure) return root;
      if (root.node === directory.node) at = point;
    }
    return yield* at.on.lookup(at.node, "..");
  }

  /** Whether a directory is another one, or lies in it. */
  *isBelow(start: Node, top: Node): Thread<boolean> {
    let at = start;
    for (;;) {
      if (isSame(at, top)) return true;
      const above = yield* this.above(at);
      if (above instanceof Failure || isSame(above, at)) return false;
      at = above;
    }
  }

  /** Find where the mount points lie, those further up first. */
  *#place(): Thread<Failure<"IO"> | null> {
    for (const mount of this.#mounts) {
      if (mount.point !== null) continue;
      const point = yield* this.#found(mount.path);
      if (point instanceof Failure) return fail("IO");
      mount.point = point;
    }
    return null;
  }

  *#found(path: string) {
    let at: Node | Failure<string> = yield* this.first.root();
    for (const name of path.split("/").filter((part) => part !== "")) {
      if (at instanceof Failure) return at;
      const { on, node }: Node = at;
      const found: Node | Failure<string> = yield* on.lookup(node, name);
      const isMissing = found instanceof Failure && found.error === "NotFound";
      const owner = { mode: DIRECTORY_MODE, uid: 0, gid: 0 };
      const there: Node | Failure<string> = isMissing ? yield* on.make(node, name, "directory", owner) : found;
      at = there instanceof Failure ? there : yield* this.entered(there);
    }
    return at;
  }
}

/** Whether two are the same node of the same volume. */
export function isSame(a: Node, b: Node): boolean {
  return a.on === b.on && a.node === b.node;
}
