/**
 * Path resolution as POSIX has it (XBD 4.13), over whatever has names: directories, links, and others.
 *
 *     place    a path: the directory that its last name stands in. The name itself is not looked up
 *     follow   a place: what is there, behind as many links as lead to it, or the place where it could be made
 *
 * ".." is the directory above, whichever way one has come; above the root is the root, where absolute paths and links
 * begin. A path that ends in "/" leads to a directory, behind links, or to where one could be made. In one resolution at
 * most 40 links are followed, and what is left to go is never longer than a path can be.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { finish } from "../common/activity.js";
import { Failure, fail } from "../common/answer.js";
import { PATH_BYTES } from "./limits.js";

/** Links that are followed on one path. */
export const MOST_LINKS = 40;

/** What takes its time, or does not. */
export type Answered<T> = Generator<void, T, void> | T;

/** What paths are resolved over. */
export interface PathNames<N, E extends string> {
  /** Above it nothing can be named. */
  readonly root: N;
  /** Whether a node is a directory. */
  isDirectory(node: N): boolean;
  /** Whether it is a symbolic link. */
  isLink(node: N): boolean;
  /** What `name` is in a directory; it is neither "", "." nor "..", and has no "/". */
  lookUp(directory: N, name: string): Answered<N | Failure<E | "NotFound">>;
  /** The directory above one that is not the root. */
  above(directory: N): Answered<N | Failure<E>>;
  /** What a symbolic link says. */
  targetOf(link: N): Answered<string | Failure<E>>;
}

/** Why there is no such place. */
export type ResolveError = "NotFound" | "NotDirectory" | "Loop" | "TooLong";

/** Where a path leads. */
export interface Place<N> {
  readonly directory: N;
  /** "." for the directory itself. */
  readonly name: string;
  /** Nothing else may be there, or be made there. */
  readonly mustBeDirectory: boolean;
}

/** What is at a place; null: nothing, and it could be made. */
export interface Found<N> extends Place<N> {
  readonly node: N | null;
}

/** One resolution. */
export class Resolution<N, E extends string> {
  readonly #names: PathNames<N, E>;
  #links = 0;

  constructor(names: PathNames<N, E>) {
    this.#names = names;
  }

  /** Where `path` leads that begins at the directory `from`. */
  *place(from: N, path: string): Thread<Place<N> | Failure<E | ResolveError>> {
    if (path === "") return fail("NotFound");
    let at = path.startsWith("/") ? this.#names.root : from;
    const left = namesIn(path);
    const endsInSlash = path.endsWith("/");
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      if (name === ".") continue;
      if (name === "..") {
        const above = at === this.#names.root ? at : yield* finish(this.#names.above(at));
        if (above instanceof Failure) return above;
        at = above;
        continue;
      }
      const isLast = left.length === 0;
      if (isLast && !endsInSlash) return { directory: at, name, mustBeDirectory: false };
      const node = yield* finish(this.#names.lookUp(at, name));
      const isNew = node instanceof Failure && node.error === "NotFound" && isLast;
      if (isNew) return { directory: at, name, mustBeDirectory: true };
      if (node instanceof Failure) return node;
      if (this.#names.isLink(node)) {
        const target = yield* this.#target(node, left);
        if (target instanceof Failure) return target;
        if (target.startsWith("/")) at = this.#names.root;
        left.unshift(...namesIn(target));
      } else if (!this.#names.isDirectory(node)) return fail("NotDirectory");
      else if (isLast) return { directory: at, name, mustBeDirectory: true };
      else at = node;
    }
    return { directory: at, name: ".", mustBeDirectory: true };
  }

  /** What is at a place, behind links. */
  *follow(place: Place<N>): Thread<Found<N> | Failure<E | ResolveError>> {
    let at = place;
    for (;;) {
      if (at.name === ".") return { ...at, node: at.directory };
      const node = yield* finish(this.#names.lookUp(at.directory, at.name));
      if (node instanceof Failure) return node.error === "NotFound" ? { ...at, node: null } : node;
      if (!this.#names.isLink(node)) {
        const isWrong = at.mustBeDirectory && !this.#names.isDirectory(node);
        return isWrong ? fail("NotDirectory") : { ...at, node };
      }
      const target = yield* this.#target(node, []);
      if (target instanceof Failure) return target;
      const next: Place<N> | Failure<E | ResolveError> = yield* this.place(at.directory, target);
      if (next instanceof Failure) return next;
      at = { ...next, mustBeDirectory: next.mustBeDirectory || at.mustBeDirectory };
    }
  }

  /** The target of a link, behind which `left` is still to go. */
  *#target(link: N, left: readonly string[]): Thread<string | Failure<E | ResolveError>> {
    this.#links += 1;
    if (this.#links > MOST_LINKS) return fail("Loop");
    const target = yield* finish(this.#names.targetOf(link));
    if (target instanceof Failure) return target;
    if (target === "") return fail("NotFound");
    const bytes = new TextEncoder().encode([target, ...left].join("/")).length;
    return bytes > PATH_BYTES ? fail("TooLong") : target;
  }
}

/**
 * Where a path leads in a directory that has no others in it: the directory is always this one.
 * @param has whether there is an entry of a name
 */
export function* placeInFlat(
  has: (name: string) => boolean,
  path: string,
): Thread<Place<null> | Failure<ResolveError>> {
  const names: PathNames<string | null, "NotFound"> = {
    root: null,
    isDirectory: (node) => node === null,
    isLink: () => false,
    lookUp: (_, name) => (has(name) ? name : fail("NotFound")),
    above: () => null,
    targetOf: () => fail("NotFound"),
  };
  const place = yield* new Resolution(names).place(null, path);
  return place instanceof Failure ? place : { ...place, directory: null };
}

function namesIn(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}
