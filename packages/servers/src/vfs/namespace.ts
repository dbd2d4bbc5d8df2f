/**
 * A program's own view of files: directories that it was given, each under a path.
 *
 *     new Namespace({ "/": root, "/dev": devices })
 *
 * There is no table of mounts that all share. A program sees what it has capabilities to, where it likes, and gives its
 * children what it wants them to see. The directory under the longest path that fits answers for what lies below it.
 * Paths are resolved from the text alone: ".." takes the name before it away, and nothing lies above "/".
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import type { Directory } from "./interface.js";
import { namesOf, type WalkError, type Walked, walk } from "./path.js";

/** Directories by path. */
export class Namespace {
  readonly #mounts = new Map<string, Client<typeof Directory>>();

  /** @throws RangeError when a path does not begin with "/" */
  constructor(mounts: Readonly<Record<string, Client<typeof Directory>>>) {
    for (const [path, directory] of Object.entries(mounts)) {
      if (!path.startsWith("/")) throw new RangeError(`a path begins with "/", not "${path}"`);
      this.#mounts.set(absolute("/", path), directory);
    }
  }

  /**
   * Walk to the directory that the last name of `path` stands in. Can block.
   * @param from the directory that a path without "/" at its beginning counts from
   */
  *walk(path: string, from = "/"): Thread<Walked | { readonly error: WalkError }> {
    const whole = absolute(from, path);
    for (let at = whole; ; at = parentOf(at)) {
      const mount = this.#mounts.get(at);
      if (mount !== undefined) return yield* walk(mount, whole.slice(at.length));
      if (at === "/") return { error: "NotFound" };
    }
  }

  /** Names directly below `path` at which other directories begin. */
  below(path: string): string[] {
    const whole = absolute("/", path);
    return [...this.#mounts.keys()].filter((each) => each !== "/" && parentOf(each) === whole).map(lastOf);
  }
}

/** A path from "/", without ".", ".." and a "/" at its end. */
export function absolute(from: string, path: string): string {
  return `/${namesOf(path.startsWith("/") ? path : `${from}/${path}`).join("/")}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

function lastOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
