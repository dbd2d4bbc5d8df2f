/**
 * The disk that systems are graded with: files stay in the grader's own memory, are as slow as a check wants them, and
 * are counted. It serves many at a time: who waits for it keeps nobody from being served.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  CHUNK,
  type Client,
  type Component,
  calls,
  component,
  Deadlines,
  Directory,
  Failure,
  File,
  fail,
  type Handlers,
  must,
  type Offer,
  type PathNames,
  PLAIN_DIRECTORY,
  PLAIN_FILE,
  plainAttributes,
  Resolution,
  type Self,
  Timer,
  type Window,
} from "@tessera/servers";

/** Microseconds that a transfer takes. */
export interface DiskSpeed {
  readonly readUs: number;
  readonly writeUs: number;
}

/** What a disk has done since the machine was switched on. */
export interface DiskCounts {
  reads: number;
  writes: number;
}

interface FileNode {
  readonly kind: "file";
  bytes: Uint8Array;
  modifiedUs: number;
}

interface DirectoryNode {
  readonly kind: "directory";
  /** Null for the root, and for one that was removed. */
  parent: DirectoryNode | null;
  readonly entries: Map<string, FileNode | DirectoryNode>;
}

/** What is kept for a session. */
interface Opened<Node> {
  readonly node: Node;
  /** Above it nothing can be named. */
  readonly root: DirectoryNode;
  readonly window: Window | null;
  readonly writable: boolean;
}

/** Bytes of all files: what is written beyond is refused. */
const MOST_BYTES = 8 * 2 ** 20;
/** Transfers at a time. */
const WAITING = 48;
const SLOTS = 256;
const NAME = /^[^/\0]{1,255}$/;

/**
 * The component.
 * @param files what lies on it when the machine is switched on
 */
export function diskOf(speed: DiskSpeed, counts: DiskCounts, files: ReadonlyMap<string, Uint8Array>): Component {
  return component("disk", {
    needs: { clock: calls(Timer) },
    offers: { disk: Directory },
    waiting: WAITING,
    signals: true,
    slots: SLOTS,
    *main({ clock, disk, self }) {
      const deadlines = yield* Deadlines.by(clock, self);
      const server = new Disk({ ...speed, counts, clock, deadlines, disk, self });
      const entries = [...files].map(([name, bytes]) => [name, { kind: "file", bytes, modifiedUs: 0 }] as const);
      const root: DirectoryNode = { kind: "directory", parent: null, entries: new Map(entries) };
      yield* disk.serve(({ window }) => ({ node: root, root, window, writable: true }), server.directories);
    },
  });
}

interface DiskParts extends DiskSpeed {
  readonly counts: DiskCounts;
  readonly clock: Client<typeof Timer>;
  readonly deadlines: Deadlines;
  readonly disk: Offer<typeof Directory>;
  readonly self: Self;
}

class Disk {
  readonly #parts: DiskParts;
  #used = 0;

  constructor(parts: DiskParts) {
    this.#parts = parts;
  }

  readonly #files: Handlers<typeof File, Opened<FileNode>> = {
    ...PLAIN_FILE,
    read: ({ node }, { offset, length }) => this.#read(node, offset, Math.min(length, CHUNK)),
    write: (file, { offset, data }) => this.#write(file, offset, data),
    readWindow: (file, { offset, length, at }) => this.#readWindow(file, offset, length, at),
    writeWindow: (file, { offset, length, at }) => this.#writeWindow(file, offset, length, at),
    truncate: ({ node, writable }, { size }) => {
      if (!writable) return fail("Denied");
      return this.#resize(node, size) ? undefined : fail("Full");
    },
    stat: ({ node }) => statOf(node),
  };

  readonly directories: Handlers<typeof Directory, Opened<DirectoryNode>> = {
    ...PLAIN_DIRECTORY,
    open: (place, { name, create, write }) => this.#open(place, name, create, write),
    enter: (place, { name, create }) => this.#enter(place, name, create),
    readOnly: (place) => this.#session({ ...place, writable: false }),
    walk: (place, { path }) => this.#walk(place, path),
    next({ node }, { after }) {
      const name = [...node.entries.keys()].sort().find((one) => one > after);
      const found = name === undefined ? undefined : node.entries.get(name);
      return name === undefined || found === undefined ? fail("End") : { name, ...statOf(found) };
    },
    stat: (place, { name }) => this.#stat(place, name),
    entry: (place, { name }) => this.#stat(place, name),
    remove: (place, { name }) => this.#remove(place, name),
    rename: () => fail("Denied"),
  };

  *#open({ node, root, window, writable }: Opened<DirectoryNode>, name: string, create: boolean, write: boolean) {
    if (name === ".") return fail("IsDirectory");
    if (!NAME.test(name)) return fail("BadName");
    if (write && !writable) return fail("Denied");
    let found = node.entries.get(name);
    if (found === undefined) {
      if (!create) return fail("NotFound");
      if (!writable) return fail("Denied");
      found = { kind: "file", bytes: new Uint8Array(0), modifiedUs: yield* this.#now() };
      node.entries.set(name, found);
    }
    if (found.kind === "directory") return fail("IsDirectory");
    return { file: this.#parts.disk.session(File, { node: found, root, window, writable: write }, this.#files) };
  }

  *#walk(place: Opened<DirectoryNode>, path: string) {
    const walked = yield* new Resolution(namesUnder(place.root)).place(place.node, path);
    if (walked instanceof Failure) return walked;
    return { ...walked, ...this.#session({ ...place, node: walked.directory as DirectoryNode }) };
  }

  #stat({ node }: Opened<DirectoryNode>, name: string) {
    const found = name === "." ? node : node.entries.get(name);
    return found === undefined ? fail("NotFound") : statOf(found);
  }

  #enter(place: Opened<DirectoryNode>, name: string, create: boolean) {
    const { entries } = place.node;
    if (name === ".") return this.#session({ ...place, root: place.node });
    if (!NAME.test(name)) return fail("BadName");
    let found = entries.get(name);
    if (found === undefined) {
      if (!create) return fail("NotFound");
      if (!place.writable) return fail("Denied");
      found = { kind: "directory", parent: place.node, entries: new Map() };
      entries.set(name, found);
    }
    return found.kind === "file" ? fail("NotDirectory") : this.#session({ ...place, root: found, node: found });
  }

  #session(place: Opened<DirectoryNode>) {
    return { directory: this.#parts.disk.session(Directory, place, this.directories) };
  }

  #remove({ node, writable }: Opened<DirectoryNode>, name: string) {
    if (!writable) return fail("Denied");
    const found = node.entries.get(name);
    if (found === undefined) return fail("NotFound");
    if (found.kind === "directory" && found.entries.size > 0) return fail("NotEmpty");
    if (found.kind === "file") this.#used -= found.bytes.length;
    else found.parent = null;
    node.entries.delete(name);
    return undefined;
  }

  *#read({ bytes }: FileNode, offset: number, length: number) {
    this.#parts.counts.reads += 1;
    yield* this.#wait(this.#parts.readUs);
    return { data: bytes.slice(offset, offset + length) };
  }

  *#readWindow({ node, window }: Opened<FileNode>, offset: number, length: number, at: number) {
    if (window === null || !window.holds(at, 0)) return fail("NoWindow");
    const { data } = yield* this.#read(node, offset, Math.min(length, window.bytes - at));
    yield* window.write(at, data);
    return { count: data.length };
  }

  *#write({ node, writable }: Opened<FileNode>, offset: number, data: Uint8Array) {
    if (!writable) return fail("Denied");
    this.#parts.counts.writes += 1;
    yield* this.#wait(this.#parts.writeUs);
    const end = offset + data.length;
    if (end > node.bytes.length && !this.#resize(node, end)) return fail("Full");
    node.bytes.set(data, offset);
    node.modifiedUs = yield* this.#now();
    return { written: data.length };
  }

  *#writeWindow(file: Opened<FileNode>, offset: number, length: number, at: number) {
    const { window } = file;
    if (window === null || !window.holds(at, length)) return fail("NoWindow");
    return yield* this.#write(file, offset, yield* window.read(at, length));
  }

  *#wait(us: number): Thread<void> {
    const { deadlines, self } = this.#parts;
    if (us > 0) yield* deadlines.wait(self.condition(), us);
  }

  *#now(): Thread<number> {
    return must(yield* this.#parts.clock.time()).us;
  }

  /** @returns whether there is room for it */
  #resize(node: FileNode, size: number): boolean {
    const used = this.#used - node.bytes.length + size;
    if (used > MOST_BYTES) return false;
    this.#used = used;
    const bytes = new Uint8Array(size);
    bytes.set(node.bytes.subarray(0, size));
    node.bytes = bytes;
    return true;
  }
}

function statOf(node: FileNode | DirectoryNode) {
  if (node.kind === "directory") return plainAttributes("directory");
  return plainAttributes("file", { size: node.bytes.length, modifiedUs: node.modifiedUs });
}

/** What a session names whose root is `root`. Nothing is ever moved here, so what lies above lies below the root. */
function namesUnder(root: DirectoryNode): PathNames<FileNode | DirectoryNode, "NotFound"> {
  return {
    root,
    isDirectory: ({ kind }) => kind === "directory",
    isLink: () => false,
    lookUp: (directory, name) => (directory as DirectoryNode).entries.get(name) ?? fail("NotFound"),
    above: (directory) => (directory as DirectoryNode).parent ?? fail("NotFound"),
    targetOf: () => fail("NotFound"),
  };
}
