/** A file system on a disk in memory, asked by names as text: what never waits is run to its end at once. */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Changes, change, readFile, readTarget, writeFile } from "../../src/ext2/contents.js";
import { makeDirectory, makeFile, makeLink } from "../../src/ext2/creation.js";
import { FileSystem } from "../../src/ext2/file-system.js";
import { finish, type Sectors } from "../../src/ext2/format/store.js";
import { link, remove, rename } from "../../src/ext2/linking.js";
import { type ListedEntry, list, listedEntries } from "../../src/ext2/listing.js";
import { isName, lookUp, resolve, resolveDirectory, root } from "../../src/ext2/names.js";
import { type Attributes, attributesOf, nodeOf } from "../../src/ext2/node.js";
import type { Transaction, View } from "../../src/ext2/transaction.js";
import { Change } from "../../src/vfs/volume.js";

/** When the first test begins: in September 2020. */
export const BEGIN_US = 1_600_000_000_000_000;

const ROOT = { uid: 0, gid: 0 };

/** A volume, asked as a client would. What fails is a word. */
export class Opened {
  readonly files: FileSystem;
  nowUs = BEGIN_US;

  constructor(files: FileSystem) {
    this.files = files;
  }

  /** @throws Error when there is none */
  static on(disk: Sectors, nowUs = BEGIN_US): Opened {
    const files = finish(FileSystem.open(disk, nowUs));
    if (typeof files === "string") throw new Error(files);
    return new Opened(files);
  }

  get root(): number {
    const found = ok(this.#read(root));
    return nodeOf(found.ino, found.inode.generation, this.files.layout.geometry);
  }

  lookup(directory: number, name: string): Attributes | string {
    const bytes = nameOf(name);
    return this.#read(function* (view) {
      if (!isName(bytes)) return "BadName";
      const found = yield* resolveDirectory(view, directory);
      if (typeof found === "string") return found;
      const it = yield* lookUp(view, found.inode, bytes);
      return it === null ? "NotFound" : attributesOf(it.ino, it.inode, view.layout.geometry);
    });
  }

  stat(node: number): Attributes | string {
    return this.#read(function* (view) {
      const found = yield* resolve(view, node);
      return found === "Stale" ? found : attributesOf(found.ino, found.inode, view.layout.geometry);
    });
  }

  /** The node of a path from the root, whose links are not followed. @throws Error */
  at(path: string): number {
    let node = this.root;
    for (const name of path.split("/").filter((name) => name !== "")) node = ok(this.lookup(node, name)).node;
    return node;
  }

  file(directory: number, name: string, mode = 0o644): Attributes | string {
    return this.change((tx) => makeFile(tx, directory, nameOf(name), { ...ROOT, mode }));
  }

  directory(directory: number, name: string, mode = 0o755): Attributes | string {
    return this.change((tx) => makeDirectory(tx, directory, nameOf(name), { ...ROOT, mode }));
  }

  symlink(directory: number, name: string, target: string): Attributes | string {
    return this.change((tx) => makeLink(tx, directory, nameOf(name), nameOf(target), ROOT));
  }

  link(node: number, directory: number, name: string): Attributes | string {
    return this.change((tx) => link(tx, node, directory, nameOf(name)));
  }

  remove(directory: number, name: string, isDirectory = false): string | null {
    return this.change((tx) => remove(tx, directory, nameOf(name), isDirectory));
  }

  rename(directory: number, name: string, toDirectory: number, toName: string): string | null {
    const to = { directory: toDirectory, name: nameOf(toName) };
    return this.change((tx) => rename(tx, { directory, name: nameOf(name) }, to));
  }

  write(node: number, offset: number, bytes: Uint8Array): number | string {
    const answer = this.change((tx) => writeFile(tx, node, offset, bytes));
    return typeof answer === "string" ? answer : answer.written;
  }

  read(node: number, offset: number, length: number): Uint8Array | string {
    const answer = this.#read((view) => readFile(view, node, offset, length));
    return typeof answer === "string" ? answer : answer.data;
  }

  target(node: number): string {
    const answer = this.#read((view) => readTarget(view, node));
    return typeof answer === "string" ? answer : new TextDecoder().decode(answer.target);
  }

  resize(node: number, size: number): Attributes | string {
    return this.set(node, { what: Change.size, size });
  }

  set(node: number, to: Partial<Changes>): Attributes | string {
    const nothing = { what: 0, mode: 0, uid: 0, gid: 0, size: 0, accessedUs: 0, modifiedUs: 0 };
    return this.change((tx) => change(tx, node, { ...nothing, ...to }));
  }

  /** All entries of a directory, "." and ".." among them, in pieces of so many bytes. @throws Error */
  entries(directory: number, piece = 4096): ListedEntry[] {
    const all: ListedEntry[] = [];
    for (let cursor = 0; ; ) {
      const from = cursor;
      const answer = ok(this.#read((view) => list(view, directory, from, piece)));
      if (answer.entries === 0) return all;
      all.push(...listedEntries(answer.bytes));
      cursor = answer.cursor;
    }
  }

  /** The names in a directory but "." and "..", in their order. @throws Error */
  names(directory: number): string[] {
    const names = this.entries(directory).map(({ name }) => new TextDecoder().decode(name));
    return names.filter((name) => name !== "." && name !== "..").sort();
  }

  hold(node: number): void {
    this.files.hold(node);
  }

  release(node: number): void {
    finish(this.files.release(node, this.nowUs));
  }

  /** All is on the disk, which says that it is in order. */
  settle(): void {
    const { changes } = this.files;
    finish(this.files.flush());
    finish(this.files.settle(this.nowUs, changes));
  }

  change<T>(work: (tx: Transaction) => Thread<T>): T | string {
    return finish(this.files.changing(this.nowUs, work));
  }

  #read<T>(work: (view: View) => Thread<T>): T | string {
    return finish(this.files.reading(work));
  }
}

/** An answer that is no word. @throws Error for one that is */
export function ok<T>(answer: T | string): T {
  if (typeof answer === "string") throw new Error(answer);
  return answer;
}

/** Whether these are the same bytes: an assertion of a test would look at each. */
export function isSame(read: Uint8Array | string, bytes: Uint8Array): boolean {
  return typeof read !== "string" && Buffer.compare(read, bytes) === 0;
}

const nameOf = (text: string) => new TextEncoder().encode(text);
