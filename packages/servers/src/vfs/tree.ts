/**
 * A tree of files: names, sizes, and which blocks hold what, in a program's own variables. Plain data; it knows nothing of
 * capabilities, of calls, nor of what lies in the blocks.
 *
 *     directory ── name ──▸ directory, or file ──▸ blocks
 *
 * A file lives as long as a directory names it or a session has it open. Every change happens whole or is refused, and
 * leaves behind what has to be written down of it (`takeChanges`) and the blocks that are free when that has been done
 * (`takeFreed`). What would be written down of the whole tree has a limit, so that names run out as well as blocks.
 */
import { BLOCK_BYTES } from "./blocks.js";
import { dataRecordBytes, nodeRecordBytes, type TreeRecord } from "./record.js";

/** A file. */
export class FileNode {
  readonly kind = "file";
  readonly id: number;
  name: string;
  /** Null when it was removed. */
  parent: DirectoryNode | null;
  modifiedUs: number;
  size = 0;
  /** As many as its size asks for. In the last one, what lies behind the size is anything. */
  readonly blocks: number[] = [];
  /** Directories that name it (0 or 1) and sessions that have it open. */
  holders = 1;

  constructor(id: number, parent: DirectoryNode, name: string, nowUs: number) {
    this.id = id;
    this.name = name;
    this.parent = parent;
    this.modifiedUs = nowUs;
  }
}

/** A directory. */
export class DirectoryNode {
  readonly kind = "directory";
  readonly id: number;
  name: string;
  readonly entries = new Map<string, TreeNode>();
  /** Null for the root, and for a directory that was removed. */
  parent: DirectoryNode | null;
  /** Nothing can be put into it any more. */
  removed = false;
  modifiedUs: number;

  constructor(id: number, parent: DirectoryNode | null, name: string, nowUs: number) {
    this.id = id;
    this.name = name;
    this.parent = parent;
    this.modifiedUs = nowUs;
  }

  get size(): number {
    return this.entries.size;
  }
}

/** What a directory names. */
export type TreeNode = FileNode | DirectoryNode;

/** Numbers of nodes: a number is never used again. */
const MAX_IDS = 2 ** 32;
const ROOT_ID = 0;

/** A tree whose records have a limit. */
export class Tree {
  readonly root: DirectoryNode;
  readonly #quota: number;
  #used: number;
  #nextId = ROOT_ID + 1;
  #changes: TreeRecord[] = [];
  #freed: number[] = [];

  /** An empty one. @param quotaBytes what its records may take in all */
  constructor(quotaBytes: number, nowUs: number) {
    this.root = new DirectoryNode(ROOT_ID, null, "", nowUs);
    this.#quota = quotaBytes;
    this.#used = costOf(this.root);
    this.#changed(this.root);
  }

  /** The tree that was written down. @param records none: an empty one, which has to be written down */
  static from(records: readonly TreeRecord[], quotaBytes: number, nowUs: number): Tree {
    const tree = new Tree(quotaBytes, nowUs);
    if (records.length === 0) return tree;
    tree.#changes = [];
    tree.#read(records);
    return tree;
  }

  /** Bytes that its records take. */
  get used(): number {
    return this.#used;
  }

  /** All blocks that its files have. */
  get blocks(): Set<number> {
    return new Set(this.records().flatMap((record) => (record.what === "data" ? record.blocks : [])));
  }

  /** What is to be written down of the changes since this was last asked. */
  takeChanges(): TreeRecord[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** Blocks that no file has any more since this was last asked. */
  takeFreed(): number[] {
    const freed = this.#freed;
    this.#freed = [];
    return freed;
  }

  /** The whole tree, as it would be written down. */
  records(): TreeRecord[] {
    return recordsBelow(this.root);
  }

  /** What `name` is in `directory`. */
  find(directory: DirectoryNode, name: string): TreeNode | "NotFound" | "BadName" {
    if (!isName(name)) return "BadName";
    return directory.entries.get(name) ?? "NotFound";
  }

  /** An empty file where `find` has found nothing. `NotFound`: the directory itself was removed. */
  createFile(directory: DirectoryNode, name: string, nowUs: number): FileNode | "NotFound" | "Full" {
    return this.#create(new FileNode(this.#nextId, directory, name, nowUs), directory);
  }

  /** An empty directory, likewise. */
  createDirectory(directory: DirectoryNode, name: string, nowUs: number): DirectoryNode | "NotFound" | "Full" {
    return this.#create(new DirectoryNode(this.#nextId, directory, name, nowUs), directory);
  }

  /** The entry behind `after` in the order of code points; null at the end. */
  next(directory: DirectoryNode, after: string): TreeNode | null {
    let best: TreeNode | null = null;
    for (const node of directory.entries.values()) {
      if (node.name > after && (best === null || node.name < best.name)) best = node;
    }
    return best;
  }

  /** Take `name` out of `directory`; null when that was done. */
  remove(directory: DirectoryNode, name: string, nowUs: number): "NotFound" | "BadName" | "NotEmpty" | null {
    const node = this.find(directory, name);
    if (typeof node === "string") return node;
    if (node.kind === "directory" && node.entries.size > 0) return "NotEmpty";
    this.#leave(directory, node);
    this.#touch(directory, nowUs);
    return null;
  }

  /** Move `name` to another place, over a file that is there; null when that was done. */
  rename(
    from: DirectoryNode,
    name: string,
    to: DirectoryNode,
    newName: string,
    nowUs: number,
  ): "NotFound" | "BadName" | "Exists" | "Loop" | "Full" | null {
    const node = this.find(from, name);
    if (typeof node === "string") return node;
    if (!isName(newName)) return "BadName";
    const there = to.entries.get(newName);
    if (there === node) return null;
    if (there !== undefined && (there.kind === "directory" || node.kind === "directory")) return "Exists";
    if (node.kind === "directory" && liesIn(to, node)) return "Loop";
    if (to.removed) return "NotFound";
    const more = nodeRecordBytes(newName) - nodeRecordBytes(name) - (there === undefined ? 0 : costOf(there));
    if (more > 0 && !this.hasRoomFor(more)) return "Full";
    if (there !== undefined) this.#leave(to, there);
    from.entries.delete(name);
    to.entries.set(newName, node);
    this.#used += nodeRecordBytes(newName) - nodeRecordBytes(name);
    node.name = newName;
    node.parent = to;
    this.#changed(node);
    this.#touch(from, nowUs);
    if (to !== from) this.#touch(to, nowUs);
    return null;
  }

  /** Whether so many more bytes can be written down. */
  hasRoomFor(bytes: number): boolean {
    return this.#used + bytes <= this.#quota;
  }

  /** A file has another size, and from its block number `first` on these blocks; those behind its size are free. */
  setData(file: FileNode, size: number, first: number, blocks: readonly number[], nowUs: number): void {
    const before = dataRecordBytes(file.blocks.length);
    this.#freed.push(...file.blocks.splice(first, blocks.length, ...blocks));
    this.#freed.push(...file.blocks.splice(Math.ceil(size / BLOCK_BYTES)));
    file.size = size;
    file.modifiedUs = nowUs;
    if (file.parent === null) return;
    this.#used += dataRecordBytes(file.blocks.length) - before;
    this.#changes.push({ what: "data", id: file.id, size, modifiedUs: nowUs, first, blocks });
  }

  /** A session has it open. */
  hold(file: FileNode): void {
    file.holders += 1;
  }

  /** A session, or a directory, lets go of it. */
  release(file: FileNode): void {
    file.holders -= 1;
    if (file.holders === 0) this.#freed.push(...file.blocks.splice(0));
  }

  #create<N extends TreeNode>(node: N, directory: DirectoryNode): N | "NotFound" | "Full" {
    if (directory.removed) return "NotFound";
    if (directory.entries.has(node.name)) throw new Error(`"${node.name}" is there already`);
    if (!this.hasRoomFor(costOf(node)) || this.#nextId === MAX_IDS) return "Full";
    this.#nextId += 1;
    this.#used += costOf(node);
    directory.entries.set(node.name, node);
    this.#changed(node);
    this.#touch(directory, node.modifiedUs);
    return node;
  }

  #leave(directory: DirectoryNode, node: TreeNode): void {
    directory.entries.delete(node.name);
    this.#used -= costOf(node);
    this.#changes.push({ what: "gone", id: node.id });
    node.parent = null;
    if (node.kind === "file") this.release(node);
    else node.removed = true;
  }

  #touch(directory: DirectoryNode, nowUs: number): void {
    directory.modifiedUs = nowUs;
    if (!directory.removed) this.#changed(directory);
  }

  #changed(node: TreeNode): void {
    this.#changes.push(nodeRecord(node));
  }

  /** Bring the nodes that were written down to life: first each by itself, then each into its directory. */
  #read(records: readonly TreeRecord[]): void {
    const nodes = new Map<number, TreeNode>([[ROOT_ID, this.root]]);
    const parents = new Map<number, number>();
    for (const record of records) {
      const { what, id } = record;
      this.#nextId = Math.max(this.#nextId, id + 1);
      if (what === "gone") nodes.delete(id);
      else if (what === "data") this.#readData(nodes.get(id) as FileNode, record);
      else {
        const { parent, name, modifiedUs } = record;
        const made = what === "file" ? FileNode : DirectoryNode;
        const node = nodes.get(id) ?? new made(id, this.root, name, modifiedUs);
        node.name = name;
        node.modifiedUs = modifiedUs;
        nodes.set(id, node);
        parents.set(id, parent);
      }
    }
    this.#freed = [];
    this.#used = 0;
    for (const node of nodes.values()) {
      this.#used += costOf(node);
      if (node === this.root) continue;
      const parent = nodes.get(parents.get(node.id) as number) as DirectoryNode;
      node.parent = parent;
      parent.entries.set(node.name, node);
    }
  }

  #readData(file: FileNode, { size, modifiedUs, first, blocks }: Extract<TreeRecord, { what: "data" }>): void {
    file.blocks.splice(first, blocks.length, ...blocks);
    file.blocks.splice(Math.ceil(size / BLOCK_BYTES));
    file.size = size;
    file.modifiedUs = modifiedUs;
  }
}

function nodeRecord({ kind, id, parent, name, modifiedUs }: TreeNode): TreeRecord {
  return { what: kind, id, parent: parent?.id ?? ROOT_ID, name, modifiedUs };
}

function recordsBelow(node: TreeNode): TreeRecord[] {
  if (node.kind === "directory") return [nodeRecord(node), ...[...node.entries.values()].flatMap(recordsBelow)];
  const { id, size, modifiedUs, blocks } = node;
  return [nodeRecord(node), { what: "data", id, size, modifiedUs, first: 0, blocks: [...blocks] }];
}

/** Bytes that are written down of a node, without those below it. */
function costOf(node: TreeNode): number {
  return nodeRecordBytes(node.name) + (node.kind === "file" ? dataRecordBytes(node.blocks.length) : 0);
}

/** Whether a name can stand in a directory: not empty, no path, and neither of the two that mean another directory. */
function isName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

/** Whether a directory is another one, or lies in it. */
export function liesIn(inner: DirectoryNode, outer: DirectoryNode): boolean {
  for (let at: DirectoryNode | null = inner; at !== null; at = at.parent) if (at === outer) return true;
  return false;
}
