/**
 * What files, directories and links are by POSIX, as simply as it can be said: objects that refer to one another. It shares
 * nothing with the file system that is held against it, and has neither disk nor limits.
 */

/** Bytes of a file, as far as they were ever written: what is missing is zero. */
const PIECE = 512;

/** What there is. */
export interface Thing {
  readonly kind: "file" | "directory" | "link";
  mode: number;
  uid: number;
  gid: number;
  accessedUs: number;
  modifiedUs: number;
  changedUs: number;
  /** Names of a file or link; of a directory it is counted. */
  names: number;
  holds: number;
  size: number;
  readonly pieces: Map<number, Uint8Array>;
  readonly entries: Map<string, Thing>;
  readonly target: string;
  /** Of a directory; null when it was removed. */
  parent: Thing | null;
}

/** Names that cannot be made. */
const isName = (name: string) => name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);

/** A tree of them. What cannot be done is a word. */
export class Posix {
  readonly root: Thing;
  nowUs: number;

  constructor(nowUs: number) {
    this.nowUs = nowUs;
    this.root = this.#thing("directory", 0o755, "");
    this.root.parent = this.root;
    this.root.names = 1;
  }

  make(directory: Thing, name: string, kind: "file" | "directory", mode: number): Thing | string {
    return this.#add(directory, name, () => this.#thing(kind, mode, ""));
  }

  symlink(directory: Thing, name: string, target: string): Thing | string {
    return this.#add(directory, name, () => this.#thing("link", 0o777, target));
  }

  link(it: Thing, directory: Thing, name: string): Thing | string {
    if (!isName(name)) return "BadName";
    const problem = this.#cannotChange(directory);
    if (problem !== null) return problem;
    if (it.names === 0) return "Stale";
    if (it.kind === "directory") return "IsDirectory";
    const added = this.#add(directory, name, () => it);
    if (typeof added !== "string") it.changedUs = this.nowUs;
    return added;
  }

  remove(directory: Thing, name: string, isDirectory: boolean): string | null {
    if (!isName(name)) return "BadName";
    const problem = this.#cannotChange(directory);
    if (problem !== null) return problem;
    const it = directory.entries.get(name);
    if (it === undefined) return "NotFound";
    return this.#whyNotGone(it, isDirectory) ?? this.#drop(directory, name, it);
  }

  rename(from: Thing, name: string, to: Thing, toName: string): string | null {
    if (!isName(name) || !isName(toName)) return "BadName";
    const problem = this.#cannotChange(from) ?? this.#cannotChange(to);
    if (problem !== null) return problem;
    const it = from.entries.get(name);
    if (it === undefined) return "NotFound";
    const there = to.entries.get(toName);
    if (there === it) return null;
    const isDirectory = it.kind === "directory";
    if (isDirectory && isAtOrBelow(to, it)) return "Loop";
    if (there !== undefined) {
      const why = this.#whyNotGone(there, isDirectory);
      if (why !== null) return why;
      this.#drop(to, toName, there);
    }
    from.entries.delete(name);
    to.entries.set(toName, it);
    it.changedUs = this.nowUs;
    if (isDirectory) it.parent = to;
    this.#touch(from);
    this.#touch(to);
    return null;
  }

  /** Write all of it. */
  write(it: Thing, offset: number, bytes: Uint8Array): void {
    for (const [i, byte] of bytes.entries()) {
      const at = offset + i;
      const number = Math.floor(at / PIECE);
      const piece = it.pieces.get(number) ?? new Uint8Array(PIECE);
      piece[at % PIECE] = byte;
      it.pieces.set(number, piece);
    }
    it.size = Math.max(it.size, offset + bytes.length);
    this.#touch(it);
  }

  read(it: Thing, offset: number, length: number): Uint8Array {
    const count = Math.max(0, Math.min(length, it.size - offset));
    return Uint8Array.from({ length: count }, (_, i) => {
      const at = offset + i;
      return it.pieces.get(Math.floor(at / PIECE))?.[at % PIECE] ?? 0;
    });
  }

  resize(it: Thing, size: number): void {
    for (const [number, piece] of it.pieces) {
      if (number * PIECE >= size) it.pieces.delete(number);
      else if ((number + 1) * PIECE > size) piece.fill(0, size - number * PIECE);
    }
    it.size = size;
    this.#touch(it);
  }

  #add(directory: Thing, name: string, made: () => Thing): Thing | string {
    if (!isName(name)) return "BadName";
    const problem = this.#cannotChange(directory);
    if (problem !== null) return problem;
    if (directory.entries.has(name)) return "Exists";
    const it = made();
    it.names += 1;
    if (it.kind === "directory") it.parent = directory;
    directory.entries.set(name, it);
    this.#touch(directory);
    return it;
  }

  #drop(directory: Thing, name: string, it: Thing): null {
    directory.entries.delete(name);
    it.names -= 1;
    it.changedUs = this.nowUs;
    if (it.kind === "directory") it.parent = null;
    this.#touch(directory);
    return null;
  }

  #cannotChange(directory: Thing): string | null {
    if (directory.kind !== "directory")
      return directory.names === 0 && directory.holds === 0 ? "Stale" : "NotDirectory";
    return directory.parent === null ? "Stale" : null;
  }

  #whyNotGone(it: Thing, isDirectory: boolean): string | null {
    if (isDirectory && it.kind !== "directory") return "NotDirectory";
    if (!isDirectory && it.kind === "directory") return "IsDirectory";
    return it.entries.size > 0 ? "NotEmpty" : null;
  }

  #touch(it: Thing): void {
    it.modifiedUs = this.nowUs;
    it.changedUs = this.nowUs;
  }

  #thing(kind: Thing["kind"], mode: number, target: string): Thing {
    const { nowUs } = this;
    return {
      kind,
      mode,
      uid: 0,
      gid: 0,
      accessedUs: nowUs,
      modifiedUs: nowUs,
      changedUs: nowUs,
      names: 0,
      holds: 0,
      size: target.length,
      pieces: new Map(),
      entries: new Map(),
      target,
      parent: null,
    };
  }
}

/** What POSIX calls links: for a directory its name, its ".", and the ".." of those in it. */
export function linksOf(it: Thing): number {
  if (it.kind !== "directory") return it.names;
  if (it.parent === null) return 0;
  return 2 + [...it.entries.values()].filter(({ kind }) => kind === "directory").length;
}

function isAtOrBelow(directory: Thing, top: Thing): boolean {
  for (let at = directory; ; at = at.parent as Thing) {
    if (at === top) return true;
    if (at.parent === at || at.parent === null) return false;
  }
}
