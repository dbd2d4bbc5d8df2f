/**
 * The nodes of a volume as the vfs asks for them: calls that wait in the vfs's own handlers, what was learnt from them, and
 * the pieces of the window through which data goes.
 *
 * What a name stands for, and what is known of a node, is remembered as long as nothing is changed: every change goes
 * through here, and an answer that a change has overtaken is not kept. An operation that can be carried out twice is asked
 * again when the volume's server has died; any other is answered `IO` then, since nobody knows whether it was carried out.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Condition, finish } from "../../common/activity.js";
import { Failure, fail } from "../../common/answer.js";
import type { ReceivedFields } from "../../common/client.js";
import type { Self, WindowedClient } from "../../common/handles.js";
import { again } from "../../common/retry.js";
import type { Window } from "../../common/window.js";
import { Volume } from "../volume.js";

/** What is known of a node, and of which volume it is. */
export type Node = ReceivedFields<(typeof Volume)["operations"]["root"]["results"], typeof Volume> & {
  readonly on: Nodes;
};

/** Bytes of a piece of the window: what one call moves, at most. */
const PIECE_BYTES = 32 * 1024;
/** Names and nodes that are remembered. */
const MOST_KEPT = 512;

/** Words that a volume answers with. */
type VolumeError<Op extends keyof (typeof Volume)["operations"]> = (typeof Volume)["operations"][Op]["errors"][number];
type Asked = { readonly error: string | null };

/** A volume with what was learnt of it. */
export class Nodes {
  readonly #volume: WindowedClient<typeof Volume>;
  readonly #window: Window;
  readonly #free: number[];
  readonly #freed: Condition;
  /** By directory and name; by node. Both in the order of their last use. */
  readonly #names = new Map<string, Node>();
  readonly #nodes = new Map<number, Node>();
  /** Sorted names of directories that were listed. */
  readonly #lists = new Map<number, readonly string[]>();
  /** Changes so far. */
  #changes = 0;

  constructor(volume: WindowedClient<typeof Volume>, self: Self) {
    if (volume.window === null || volume.window.bytes < PIECE_BYTES) throw new Error("vfs: its volume needs a window");
    this.#window = volume.window;
    this.#volume = self.parking(volume);
    this.#freed = self.condition();
    this.#free = Array.from({ length: Math.floor(this.#window.bytes / PIECE_BYTES) }, (_, i) => i * PIECE_BYTES);
  }

  *root(): Thread<Node | Failure<"IO">> {
    return this.#learnt(yield* this.#twice(() => this.#volume.root()), this.#changes) as Node | Failure<"IO">;
  }

  *stat(node: number): Thread<Node | Failure<VolumeError<"stat">>> {
    const known = this.#nodes.get(node);
    if (known !== undefined) return known;
    const before = this.#changes;
    return this.#learnt(yield* this.#twice(() => this.#volume.stat({ node })), before) as Node;
  }

  *lookup(directory: number, name: string): Thread<Node | Failure<VolumeError<"lookup">>> {
    const key = `${directory}/${name}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const before = this.#changes;
    const answer = yield* this.#twice(() => this.#volume.lookup({ directory, name: bytesOf(name) }));
    const found = this.#learnt(answer, before) as Node | Failure<VolumeError<"lookup">>;
    if (!(found instanceof Failure) && before === this.#changes) keep(this.#names, key, found);
    return found;
  }

  *make(
    directory: number,
    name: string,
    kind: "file" | "directory",
    as: { readonly mode: number; readonly uid: number; readonly gid: number },
  ): Thread<Node | Failure<VolumeError<"make">>> {
    return (yield* this.#change(() => this.#volume.make({ directory, name: bytesOf(name), kind, ...as }))) as Node;
  }

  *symlink(
    directory: number,
    name: string,
    target: string,
    as: { readonly uid: number; readonly gid: number },
  ): Thread<Node | Failure<VolumeError<"symlink">>> {
    const bytes = bytesOf(target);
    return yield* this.#inPiece(function* (this: Nodes, at) {
      yield* this.#window.write(at, bytes);
      const ask = () => this.#volume.symlink({ directory, name: bytesOf(name), at, length: bytes.length, ...as });
      return (yield* this.#change(ask)) as Node;
    });
  }

  *readLink(node: number): Thread<Uint8Array | Failure<VolumeError<"readLink">>> {
    return yield* this.#inPiece(function* (this: Nodes, at) {
      const answer = yield* this.#twice(() => this.#volume.readLink({ node, at }));
      if (answer.error !== null) return failed(answer) as Failure<VolumeError<"readLink">>;
      return yield* this.#window.read(at, Math.min(answer.length, PIECE_BYTES));
    });
  }

  *link(node: number, directory: number, name: string): Thread<Node | Failure<VolumeError<"link">>> {
    return (yield* this.#change(() => this.#volume.link({ node, directory, name: bytesOf(name) }))) as Node;
  }

  *remove(directory: number, name: string, isDirectory: boolean): Thread<Asked | Failure<VolumeError<"remove">>> {
    return (yield* this.#change(() => this.#volume.remove({ directory, name: bytesOf(name), isDirectory }))) as Asked;
  }

  *rename(
    directory: number,
    name: string,
    toDirectory: number,
    toName: string,
  ): Thread<Asked | Failure<VolumeError<"rename">>> {
    const names = { name: bytesOf(name), toName: bytesOf(toName) };
    return (yield* this.#change(() => this.#volume.rename({ directory, toDirectory, ...names }))) as Asked;
  }

  *change(
    node: number,
    to: Omit<Parameters<WindowedClient<typeof Volume>["change"]>[0], "node">,
  ): Thread<Node | Failure<VolumeError<"change">>> {
    return (yield* this.#change(() => this.#volume.change({ node, ...to }), true)) as Node;
  }

  /** Up to `length` bytes, given to `take` in pieces as they come. @returns how many */
  *read(
    node: number,
    offset: number,
    length: number,
    take: (done: number, bytes: Uint8Array) => Thread<void> | undefined,
  ): Thread<number | Failure<VolumeError<"read">>> {
    return yield* this.#inPiece(function* (this: Nodes, at) {
      for (let done = 0; ; ) {
        const wanted = Math.min(PIECE_BYTES, length - done);
        if (wanted === 0) return done;
        const answer = yield* this.#twice(() => this.#volume.read({ node, offset: offset + done, length: wanted, at }));
        if (answer.error !== null) return done > 0 ? done : (failed(answer) as Failure<VolumeError<"read">>);
        const count = Math.min(answer.count, wanted);
        yield* finish(take(done, yield* this.#window.read(at, count)));
        done += count;
        if (count < wanted) return done;
      }
    });
  }

  /** Write what `give` gives in pieces. @returns how many bytes; fewer when there is no more room */
  *write(
    node: number,
    offset: number,
    length: number,
    give: (done: number, length: number) => Thread<Uint8Array> | Uint8Array,
  ): Thread<number | Failure<VolumeError<"write">>> {
    return yield* this.#inPiece(function* (this: Nodes, at) {
      for (let done = 0; ; ) {
        const wanted = Math.min(PIECE_BYTES, length - done);
        if (wanted === 0) return done;
        yield* this.#window.write(at, yield* finish(give(done, wanted)));
        const ask = () => this.#volume.write({ node, offset: offset + done, length: wanted, at });
        const answer = yield* this.#twice(ask);
        this.#forget();
        if (answer.error !== null) return done > 0 ? done : (failed(answer) as Failure<VolumeError<"write">>);
        done += Math.min(answer.written, wanted);
        if (answer.written < wanted) return done;
      }
    });
  }

  /** The names in a directory that are text, in the order of bytes, "." and ".." left out. */
  *names(directory: number): Thread<readonly string[] | Failure<"NotDirectory" | "Denied" | "Stale" | "IO">> {
    const known = this.#lists.get(directory);
    if (known !== undefined) return known;
    const before = this.#changes;
    const names = yield* this.#listed(directory);
    if (!(names instanceof Failure) && before === this.#changes) keep(this.#lists, directory, names);
    return names;
  }

  /** A piece of a list as the volume gives it, as much as fits. */
  *list(
    directory: number,
    cursor: number,
    length: number,
  ): Thread<{ readonly bytes: Uint8Array; readonly cursor: number } | Failure<VolumeError<"list">>> {
    return yield* this.#inPiece(function* (this: Nodes, at) {
      const most = Math.min(length, PIECE_BYTES);
      const answer = yield* this.#twice(() => this.#volume.list({ directory, cursor, at, length: most }));
      if (answer.error !== null) return failed(answer) as Failure<VolumeError<"list">>;
      const bytes = yield* this.#window.read(at, Math.min(answer.bytes, most));
      return { bytes: answer.entries === 0 ? bytes.subarray(0, 0) : bytes, cursor: answer.cursor };
    });
  }

  *hold(node: number): Thread<Failure<"Stale" | "IO"> | null> {
    const answer = yield* this.#twice(() => this.#volume.hold({ node }));
    return answer.error === null ? null : (failed(answer) as Failure<"Stale" | "IO">);
  }

  *release(node: number): Thread<void> {
    yield* this.#volume.release({ node });
    this.#forget();
  }

  /** 0: all of the volume. */
  *sync(node: number): Thread<Failure<"Stale" | "IO"> | null> {
    const answer = yield* this.#twice(() => this.#volume.sync({ node }));
    return answer.error === null ? null : (failed(answer) as Failure<"Stale" | "IO">);
  }

  *space() {
    const answer = yield* this.#twice(() => this.#volume.space());
    return answer.error === null ? answer : fail("IO");
  }

  *#listed(directory: number): Thread<string[] | Failure<"NotDirectory" | "Denied" | "Stale" | "IO">> {
    return yield* this.#inPiece(function* (this: Nodes, at) {
      const names: Uint8Array[] = [];
      for (let cursor = 0; ; ) {
        const from = cursor;
        const ask = () => this.#volume.list({ directory, cursor: from, at, length: PIECE_BYTES });
        const answer = yield* this.#twice(ask);
        if (answer.error === "TooSmall" || answer.error === "NoWindow") return fail("IO");
        if (answer.error !== null) return failed(answer) as Failure<"IO">;
        if (answer.entries === 0 || answer.cursor <= cursor) return sorted(names);
        names.push(...namesIn(yield* this.#window.read(at, Math.min(answer.bytes, PIECE_BYTES))));
        cursor = answer.cursor;
      }
    });
  }

  /** With a piece of the window, which nobody else has meanwhile. */
  *#inPiece<T>(work: (this: Nodes, at: number) => Thread<T>): Thread<T> {
    while (this.#free.length === 0) yield* this.#freed.wait();
    const at = this.#free.pop()!;
    try {
      return yield* work.call(this, at);
    } finally {
      this.#free.push(at);
      this.#freed.wakeOne();
    }
  }

  #twice<A extends Asked>(ask: () => Thread<A>): Thread<A> {
    return again(ask);
  }

  /** A change: nothing that was learnt before holds any more. */
  *#change(ask: () => Thread<Asked>, isRepeatable = false): Thread<unknown> {
    const answer = yield* isRepeatable ? again(ask) : ask();
    this.#forget();
    return answer.error === null ? { ...answer, on: this } : failed(answer);
  }

  #forget(): void {
    this.#changes++;
    this.#names.clear();
    this.#nodes.clear();
    this.#lists.clear();
  }

  #learnt(answer: Asked, before: number): Node | Failure<string> {
    if (answer.error !== null) return failed(answer);
    const node = { ...answer, on: this } as unknown as Node;
    if (before === this.#changes) keep(this.#nodes, node.node, node);
    return node;
  }
}

/** What of a system error becomes `IO`: that the server is gone, closed or busy. */
const DECLARED = new Set<string>(Object.values(Volume.operations).flatMap(({ errors }) => errors as readonly string[]));

function failed({ error }: Asked): Failure<string> {
  return fail(error !== null && DECLARED.has(error) ? error : "IO");
}

function keep<K, V>(map: Map<K, V>, key: K, value: V): void {
  if (map.size >= MOST_KEPT) map.delete(map.keys().next().value as K);
  map.set(key, value);
}

const HEAD_BYTES = 18;

/** The names of a piece of a list. */
function namesIn(bytes: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let at = 0; at + HEAD_BYTES <= bytes.length; ) {
    const length = bytes[at + HEAD_BYTES - 1]!;
    names.push(bytes.slice(at + HEAD_BYTES, at + HEAD_BYTES + length));
    at += HEAD_BYTES + length;
  }
  return names;
}

/** Those that are text: another one cannot be said in a message, and is not shown. */
function sorted(names: readonly Uint8Array[]): string[] {
  const texts = names.flatMap((name) => {
    try {
      return [new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(name)];
    } catch {
      return [];
    }
  });
  return texts.filter((text) => text !== "." && text !== "..").sort(byBytes);
}

/** The order of the bytes of two texts. */
export function byBytes(a: string, b: string): number {
  const [one, other] = [bytesOf(a), bytesOf(b)];
  const place = one.findIndex((byte, index) => byte !== other[index]);
  if (place < 0) return one.length - other.length;
  return place >= other.length ? 1 : one[place]! - other[place]!;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
