/** Roots: the directories at which sessions begin, and above which they name nothing. */
import type { Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../../common/answer.js";
import type { Rights } from "./authority.js";
import type { Node, Nodes } from "./nodes.js";

const DIRECTORY_MODE = 0o755;

/** A root. The one of an offer is found by its path when somebody asks for it first, and made where it is missing. */
export class Base {
  readonly #nodes: Nodes;
  readonly #rights: Rights;
  readonly #path: string;
  #node: number | null;

  private constructor(nodes: Nodes, rights: Rights, path: string, node: number | null) {
    this.#nodes = nodes;
    this.#rights = rights;
    this.#path = path;
    this.#node = node;
  }

  /** Of an offer. */
  static at(nodes: Nodes, rights: Rights, path: string): Base {
    return new Base(nodes, rights, path, null);
  }

  /** Of a session that was opened for a directory. */
  below(node: number): Base {
    return new Base(this.#nodes, this.#rights, "", node);
  }

  /** Its node. `Stale`: there is none, and it could not be made. */
  *node(): Thread<number | Failure<"Stale" | "IO">> {
    if (this.#node !== null) return this.#node;
    const root = yield* this.#nodes.root();
    if (root instanceof Failure) return root;
    let at = root;
    const names = this.#path.split("/").filter((part) => part !== "");
    for (const [index, name] of names.entries()) {
      const found = yield* this.#foundOrMade(at.node, name, index === names.length - 1);
      if (found instanceof Failure) return found;
      at = found;
    }
    this.#node = at.node;
    return at.node;
  }

  /** A directory on the way. The last one is of the user of the offer, the others of user 0. */
  *#foundOrMade(at: number, name: string, isLast: boolean): Thread<Node | Failure<"Stale" | "IO">> {
    const { mayWrite, uid, gid } = this.#rights;
    let found = yield* this.#nodes.lookup(at, name);
    if (found instanceof Failure && found.error === "NotFound" && mayWrite) {
      const owner = isLast ? { uid, gid } : { uid: 0, gid: 0 };
      const made = yield* this.#nodes.make(at, name, "directory", { mode: DIRECTORY_MODE, ...owner });
      // Somebody else may have made it meanwhile.
      found = made instanceof Failure ? yield* this.#nodes.lookup(at, name) : made;
    }
    if (found instanceof Failure) return fail(found.error === "IO" ? "IO" : "Stale");
    return found.kind === "directory" ? found : fail("Stale");
  }
}
