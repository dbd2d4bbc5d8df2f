/** A volume in an image, asked as its clients on the machine would ask it, one operation after the other. */
import { Change } from "@tessera/servers";
import {
  type Attributes,
  attributesOf,
  change,
  FileSystem,
  finish,
  isName,
  type ListedEntry,
  link,
  list,
  listedEntries,
  lookUp,
  makeDirectory,
  makeFile,
  makeLink,
  readFile,
  readTarget,
  remove,
  rename,
  resolve,
  resolveDirectory,
  root,
  type Sectors,
  type Space,
  type Transaction,
  type View,
  writeFile,
} from "@tessera/servers/ext2";

/** What an operation gives: what it gives, or a word. */
type Asked<T> = T | string;
type Work<C, T> = (context: C) => Generator<void, T, void>;

const OWNER = { uid: 0, gid: 0 };

/** A volume that was opened. */
export class Opened {
  readonly files: FileSystem;
  nowUs: number;

  private constructor(files: FileSystem, nowUs: number) {
    this.files = files;
    this.nowUs = nowUs;
  }

  /** A sentence, when there is none. */
  static on(disk: Sectors, nowUs: number): Opened | string {
    const files = finish(FileSystem.open(disk, nowUs));
    return typeof files === "string" ? files : new Opened(files, nowUs);
  }

  root(): Asked<Attributes> {
    return this.#look(function* (view) {
      const { ino, inode } = yield* root(view);
      return attributesOf(ino, inode, view.layout.geometry);
    });
  }

  lookup(directory: number, name: Uint8Array): Asked<Attributes> {
    return this.#look(function* (view) {
      if (!isName(name)) return "BadName";
      const found = yield* resolveDirectory(view, directory);
      if (typeof found === "string") return found;
      const it = yield* lookUp(view, found.inode, name);
      return it === null ? "NotFound" : attributesOf(it.ino, it.inode, view.layout.geometry);
    });
  }

  stat(node: number): Asked<Attributes> {
    return this.#look(function* (view) {
      const found = yield* resolve(view, node);
      return typeof found === "string" ? found : attributesOf(found.ino, found.inode, view.layout.geometry);
    });
  }

  /** Its entries in a piece, and where it goes on. */
  list(directory: number, cursor: number, bytes: number): Asked<{ entries: ListedEntry[]; cursor: number }> {
    const listing = this.#look((view) => list(view, directory, cursor, bytes));
    return typeof listing === "string" ? listing : { entries: listedEntries(listing.bytes), cursor: listing.cursor };
  }

  read(node: number, offset: number, length: number): Asked<Uint8Array> {
    const read = this.#look((view) => readFile(view, node, offset, length));
    return typeof read === "string" ? read : read.data;
  }

  readLink(node: number): Asked<Uint8Array> {
    const read = this.#look((view) => readTarget(view, node));
    return typeof read === "string" ? read : read.target;
  }

  space(): Asked<Space> {
    return finish(this.files.space());
  }

  make(directory: number, name: Uint8Array, kind: "file" | "directory", mode: number): Asked<Attributes> {
    const making = kind === "file" ? makeFile : makeDirectory;
    return this.#do((tx) => making(tx, directory, name, { ...OWNER, mode }));
  }

  symlink(directory: number, name: Uint8Array, target: Uint8Array): Asked<Attributes> {
    return this.#do((tx) => makeLink(tx, directory, name, target, OWNER));
  }

  link(node: number, directory: number, name: Uint8Array): Asked<Attributes> {
    return this.#do((tx) => link(tx, node, directory, name));
  }

  remove(directory: number, name: Uint8Array, isDirectory: boolean): Asked<null> {
    return this.#do((tx) => remove(tx, directory, name, isDirectory));
  }

  rename(directory: number, name: Uint8Array, toDirectory: number, toName: Uint8Array): Asked<null> {
    return this.#do((tx) => rename(tx, { directory, name }, { directory: toDirectory, name: toName }));
  }

  write(node: number, offset: number, bytes: Uint8Array): Asked<{ readonly written: number }> {
    return this.#do((tx) => writeFile(tx, node, offset, bytes));
  }

  resize(node: number, size: number): Asked<Attributes> {
    const to = { what: Change.size, mode: 0, uid: 0, gid: 0, size, accessedUs: 0, modifiedUs: 0 };
    return this.#do((tx) => change(tx, node, to));
  }

  hold(node: number): void {
    this.files.hold(node);
  }

  release(node: number): void {
    finish(this.files.release(node, this.nowUs));
  }

  /** All is on the disk, which says that it is in order if it is. */
  settle(): void {
    const { changes } = this.files;
    finish(this.files.flush());
    finish(this.files.settle(this.nowUs, changes));
  }

  #look<T>(work: Work<View, T>): Asked<T> {
    return finish(this.files.reading(work));
  }

  #do<T>(work: Work<Transaction, T>): Asked<T> {
    return finish(this.files.changing(this.nowUs, work));
  }
}
