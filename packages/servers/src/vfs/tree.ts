/**
 * A tree of files in a program's own memory: what ramfs keeps. Plain data; it knows nothing of capabilities and calls.
 *
 *     directory ── name ──▸ directory, or file
 *
 * A file lives as long as a directory names it or a session has it open. Bytes count against a quota when they are
 * written and are given back when the last one lets go. Every change either happens whole or is refused.
 */

/** A file. */
export class FileNode {
  readonly kind = "file";
  data = new Uint8Array(0);
  size = 0;
  modifiedUs: number;
  /** Directories that name it (0 or 1) and sessions that have it open. */
  holders = 0;

  constructor(nowUs: number) {
    this.modifiedUs = nowUs;
  }
}

/** A directory. */
export class DirectoryNode {
  readonly kind = "directory";
  readonly entries = new Map<string, FileNode | DirectoryNode>();
  /** Null for the root, and for a directory that was removed. */
  parent: DirectoryNode | null;
  /** Nothing can be put into it any more. */
  removed = false;
  modifiedUs: number;

  constructor(parent: DirectoryNode | null, nowUs: number) {
    this.parent = parent;
    this.modifiedUs = nowUs;
  }

  get size(): number {
    return this.entries.size;
  }
}

/** What a directory names. */
export type TreeNode = FileNode | DirectoryNode;

/** Bytes that an entry counts for, whatever is in it: so that empty files run out, too. */
const ENTRY_BYTES = 64;
/** The longest file: what a typed array holds without trouble. */
const MAX_FILE_BYTES = 2 ** 30;

/** A tree with a quota. */
export class Tree {
  readonly root: DirectoryNode;
  readonly #quota: number;
  #used = 0;

  constructor(quotaBytes: number, nowUs: number) {
    this.root = new DirectoryNode(null, nowUs);
    this.#quota = quotaBytes;
  }

  /** Bytes that count against the quota. */
  get used(): number {
    return this.#used;
  }

  /** What `name` is in `directory`. */
  find(directory: DirectoryNode, name: string): TreeNode | "NotFound" | "BadName" {
    if (!isName(name)) return "BadName";
    return directory.entries.get(name) ?? "NotFound";
  }

  /** An empty file where `find` has found nothing. `NotFound`: the directory itself was removed. */
  createFile(directory: DirectoryNode, name: string, nowUs: number): FileNode | "NotFound" | "Full" {
    const problem = this.#roomFor(directory);
    if (problem !== null) return problem;
    const file = new FileNode(nowUs);
    file.holders = 1;
    this.#enter(directory, name, file, nowUs);
    return file;
  }

  /** An empty directory, likewise. */
  createDirectory(directory: DirectoryNode, name: string, nowUs: number): DirectoryNode | "NotFound" | "Full" {
    const problem = this.#roomFor(directory);
    if (problem !== null) return problem;
    const made = new DirectoryNode(directory, nowUs);
    this.#enter(directory, name, made, nowUs);
    return made;
  }

  /** The entry behind `after` in the order of code points; null at the end. */
  next(directory: DirectoryNode, after: string): { name: string; node: TreeNode } | null {
    let best: string | null = null;
    for (const name of directory.entries.keys()) {
      if (name > after && (best === null || name < best)) best = name;
    }
    const node = best === null ? undefined : directory.entries.get(best);
    return best === null || node === undefined ? null : { name: best, node };
  }

  /** Take `name` out of `directory`; null when that was done. */
  remove(directory: DirectoryNode, name: string, nowUs: number): "NotFound" | "BadName" | "NotEmpty" | null {
    const node = this.find(directory, name);
    if (typeof node === "string") return node;
    if (node.kind === "directory" && node.entries.size > 0) return "NotEmpty";
    this.#leave(directory, name, node, nowUs);
    return null;
  }

  /** Move `name` to another place, over a file that is there; null when that was done. */
  rename(
    from: DirectoryNode,
    name: string,
    to: DirectoryNode,
    newName: string,
    nowUs: number,
  ): "NotFound" | "BadName" | "Exists" | "Loop" | null {
    const node = this.find(from, name);
    if (typeof node === "string") return node;
    if (!isName(newName)) return "BadName";
    const there = to.entries.get(newName);
    if (there === node) return null;
    if (there !== undefined && (there.kind === "directory" || node.kind === "directory")) return "Exists";
    if (node.kind === "directory" && liesIn(to, node)) return "Loop";
    if (to.removed) return "NotFound";
    if (there !== undefined) this.#leave(to, newName, there, nowUs);
    from.entries.delete(name);
    to.entries.set(newName, node);
    if (node.kind === "directory") node.parent = to;
    from.modifiedUs = nowUs;
    to.modifiedUs = nowUs;
    return null;
  }

  /** A copy of up to `length` bytes from `offset` up; none behind the end. */
  read(file: FileNode, offset: number, length: number): Uint8Array {
    return file.data.slice(Math.min(offset, file.size), Math.min(offset + length, file.size));
  }

  /** Write all of `bytes`, or nothing (`Full`). */
  write(file: FileNode, offset: number, bytes: Uint8Array, nowUs: number): "Full" | null {
    const end = offset + bytes.length;
    if (end > file.size && !this.#resize(file, end)) return "Full";
    file.data.set(bytes, offset);
    file.modifiedUs = nowUs;
    return null;
  }

  /** Give a file another size, or refuse. */
  truncate(file: FileNode, size: number, nowUs: number): "Full" | null {
    if (!this.#resize(file, size)) return "Full";
    file.modifiedUs = nowUs;
    return null;
  }

  /** A session has it open. */
  hold(file: FileNode): void {
    file.holders += 1;
  }

  /** A session, or a directory, lets go of it. */
  release(file: FileNode): void {
    file.holders -= 1;
    if (file.holders === 0) this.#resize(file, 0);
  }

  /** Give a file another size; what is new is zeroes. False when there is no room, and nothing has changed then. */
  #resize(file: FileNode, size: number): boolean {
    if (size > MAX_FILE_BYTES || this.#used + size - file.size > this.#quota) return false;
    if (size > file.data.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(2 * file.data.length, MAX_FILE_BYTES)));
      grown.set(file.data.subarray(0, file.size));
      file.data = grown;
    } else {
      file.data.fill(0, size, file.size);
    }
    this.#used += size - file.size;
    file.size = size;
    return true;
  }

  /** Why no entry can be made in `directory`; null when one can. */
  #roomFor(directory: DirectoryNode): "NotFound" | "Full" | null {
    if (directory.removed) return "NotFound";
    return this.#used + ENTRY_BYTES > this.#quota ? "Full" : null;
  }

  #enter(directory: DirectoryNode, name: string, node: TreeNode, nowUs: number): void {
    if (directory.entries.has(name)) throw new Error(`"${name}" is there already`);
    directory.entries.set(name, node);
    directory.modifiedUs = nowUs;
    this.#used += ENTRY_BYTES;
  }

  #leave(directory: DirectoryNode, name: string, node: TreeNode, nowUs: number): void {
    directory.entries.delete(name);
    directory.modifiedUs = nowUs;
    this.#used -= ENTRY_BYTES;
    if (node.kind === "file") this.release(node);
    else {
      node.parent = null;
      node.removed = true;
    }
  }
}

/** Whether a name can stand in a directory: not empty, no path, and neither of the two that mean another directory. */
function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

function liesIn(inner: DirectoryNode, outer: DirectoryNode): boolean {
  for (let at: DirectoryNode | null = inner; at !== null; at = at.parent) if (at === outer) return true;
  return false;
}
