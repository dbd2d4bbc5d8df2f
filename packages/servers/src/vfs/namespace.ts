/**
 * A program's own view of files: directories that it was given, each under a path.
 *
 *     new Namespace({ "/": root, "/dev": devices })
 *
 * There is no table of mounts that all share. A program sees what it has capabilities to, where it likes, and gives its
 * children what it wants them to see. The directory under the longest path that fits answers for what lies below it, ".."
 * and links included, and names nothing above itself. Only a path that leaves one of them for another by ".." is resolved
 * from its text, as the one knows nothing of the other.
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
    const whole = path.startsWith("/") ? path : `${from}/${path}`;
    const mount = this.#mountOf(absolute("/", whole));
    const directory = mount === null ? undefined : this.#mounts.get(mount);
    if (mount === null || directory === undefined) return { error: "NotFound" };
    return yield* walk(directory, this.#below(mount, whole));
  }

  /** Names directly below `path` at which other directories begin. */
  below(path: string): string[] {
    const whole = absolute("/", path);
    return [...this.#mounts.keys()].filter((each) => each !== "/" && parentOf(each) === whole).map(lastOf);
  }

  /** Under which path lies what answers for another one; null: under none. */
  #mountOf(whole: string): string | null {
    for (let at = whole; ; at = parentOf(at)) {
      if (this.#mounts.has(at)) return at;
      if (at === "/") return null;
    }
  }

  /** What of a path is to be walked from the mount on that its text leads to. */
  #below(mount: string, whole: string): string {
    const names = whole.split("/").filter((name) => name !== "" && name !== ".");
    let at = "/";
    // The names that this view itself knows: those above a mount, and of mounts.
    while (names.length > 0 && this.#knows(absolute(at, names[0] as string)))
      at = absolute(at, names.shift() as string);
    const isOneMounts = this.#mountOf(at) === mount;
    const left = isOneMounts
      ? [...namesOf(at.slice(mount.length)), ...names]
      : namesOf(absolute("/", whole).slice(mount.length));
    if (left.length === 0) return ".";
    return left.join("/") + (/\/\.?$/.test(whole) ? whole.slice(whole.lastIndexOf("/")) : "");
  }

  #knows(path: string): boolean {
    return [...this.#mounts.keys()].some((each) => each === path || each.startsWith(path === "/" ? path : `${path}/`));
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
