/** Roots: the directories at which sessions begin, and above which they name nothing. */
import type { Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../../common/answer.js";
import type { Rights } from "./authority.js";
import type { Mounts } from "./mounts.js";
import type { Node } from "./nodes.js";

const DIRECTORY_MODE = 0o755;

/** A root. The one of an offer is found by its path when somebody asks for it first, and made where it is missing. */
export class Base {
  readonly #mounts: Mounts;
  readonly #rights: Rights;
  readonly #path: string;
  #node: Node | null;

  private constructor(mounts: Mounts, rights: Rights, path: string, node: Node | null) {
    this.#mounts = mounts;
    this.#rights = rights;
    this.#path = path;
    this.#node = node;
  }

  /** Of an offer. */
  static at(mounts: Mounts, rights: Rights, path: string): Base {
    return new Base(mounts, rights, path, null);
  }

  /** Of a session that was opened for a directory. */
  below(node: Node): Base {
    return new Base(this.#mounts, this.#rights, "", node);
  }

  /** Its node. `Stale`: there is none, and it could not be made. */
  *node(): Thread<Node | Failure<"Stale" | "IO">> {
    if (this.#node !== null) return this.#node;
    const root = yield* this.#mounts.root();
    if (root instanceof Failure) return root;
    let at = root;
    const names = this.#path.split("/").filter((part) => part !== "");
    for (const [index, name] of names.entries()) {
      const found = yield* this.#foundOrMade(at, name, index === names.length - 1);
      if (found instanceof Failure) return found;
      at = found;
    }
    this.#node = at;
    return at;
  }

  /** A directory on the way. The last one is of the user of the offer, the others of user 0. */
  *#foundOrMade({ on, node }: Node, name: string, isLast: boolean): Thread<Node | Failure<"Stale" | "IO">> {
    const { mayWrite, uid, gid } = this.#rights;
    let found = yield* on.lookup(node, name);
    if (found instanceof Failure && found.error === "NotFound" && mayWrite) {
      const owner = isLast ? { uid, gid } : { uid: 0, gid: 0 };
      const made = yield* on.make(node, name, "directory", { mode: DIRECTORY_MODE, ...owner });
      // Somebody else may have made it meanwhile.
      found = made instanceof Failure ? yield* on.lookup(node, name) : made;
    }
    if (found instanceof Failure) return fail(found.error === "IO" ? "IO" : "Stale");
    return found.kind === "directory" ? yield* this.#mounts.entered(found) : fail("Stale");
  }
}
