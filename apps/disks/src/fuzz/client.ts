/**
 * Somebody who uses a volume: looks at all that is there, and then does one thing and another. What is there may make no
 * sense; each answer has to be one that the operation declares, and no list may go on for ever.
 */
import type { Prng } from "@tessera/hal-sim";
import { Volume } from "@tessera/servers";
import type { Attributes } from "@tessera/servers/ext2";
import type { Opened } from "../image/opened.js";
import { Misbehaviour } from "./guarded-disk.js";

/** All data that is written is this, so that it is known again where it has no place. */
export const MARK = 0xd5;

/** So many nodes are looked at, and pieces of one list asked for. */
const MOST_NODES = 600;
const MOST_PIECES = 2000;
const PIECE_BYTES = 1024;
const LARGEST_WRITE = 20_000;
const SECOND_US = 1_000_000;

const NAMES = ["a", "b", "c", "many", "one", "large", "lost+found", "..", ".", "", "x/y", "n".repeat(255)].map((text) =>
  new TextEncoder().encode(text),
);

/** A client of a volume. */
export class VolumeClient {
  /** How often each answer came. */
  readonly answers = new Map<string, number>();
  readonly #volume: Opened;
  readonly #prng: Prng;
  #nodes: Attributes[] = [];
  readonly #held: number[] = [];

  constructor(volume: Opened, prng: Prng) {
    this.#volume = volume;
    this.#prng = prng;
  }

  /** Look at everything that can be reached. @returns the words that were no answers */
  walk(): string[] {
    const words: string[] = [];
    const noted = <T>(operation: keyof typeof Volume.operations, answer: T | string): T | null => {
      if (typeof answer === "string") words.push(`${answer} (${operation})`);
      return this.#checked(operation, answer);
    };
    const root = noted("root", this.#volume.root());
    this.#nodes = root === null ? [] : [root];
    const seen = new Set(this.#nodes.map(({ node }) => node));
    for (let index = 0; index < this.#nodes.length && index < MOST_NODES; index++) {
      const at = this.#nodes[index]!;
      if (at.kind === "link") noted("readLink", this.#volume.readLink(at.node));
      if (at.kind === "file") {
        noted("read", this.#volume.read(at.node, 0, PIECE_BYTES));
        noted("read", this.#volume.read(at.node, Math.max(0, at.size - PIECE_BYTES), PIECE_BYTES));
      }
      if (at.kind !== "directory") continue;
      for (const name of this.#namesIn(at.node, noted)) {
        const found = noted("lookup", this.#volume.lookup(at.node, name));
        if (found === null || seen.has(found.node)) continue;
        seen.add(found.node);
        this.#nodes.push(found);
      }
    }
    return words;
  }

  /** Do something. */
  step(): void {
    this.#volume.nowUs += SECOND_US;
    const volume = this.#volume;
    const actions = [
      () => this.#checked("make", volume.make(this.#directory(), this.#name(), "file", 0o644)),
      () => this.#checked("make", volume.make(this.#directory(), this.#name(), "directory", 0o755)),
      () =>
        this.#checked(
          "symlink",
          volume.symlink(this.#directory(), this.#name(), new Uint8Array(this.#prng.below(100)).fill(0x73)),
        ),
      () => this.#checked("link", volume.link(this.#node(), this.#directory(), this.#name())),
      () => this.#checked("remove", volume.remove(this.#directory(), this.#name(), this.#prng.below(2) === 0)),
      () => this.#checked("rename", volume.rename(this.#directory(), this.#name(), this.#directory(), this.#name())),
      () => this.#checked("write", volume.write(this.#node(), this.#offset(), this.#data())),
      () => this.#checked("write", volume.write(this.#node(), this.#offset(), this.#data())),
      () => this.#checked("read", volume.read(this.#node(), this.#offset(), LARGEST_WRITE)),
      () => this.#checked("change", volume.resize(this.#node(), this.#offset())),
      () => this.#checked("space", volume.space()),
      () => this.#hold(),
      () => this.#release(),
    ];
    const made = actions[this.#prng.below(actions.length)]!();
    if (made !== null && typeof made === "object" && "node" in made) this.#nodes.push(made as Attributes);
  }

  /** Nothing is held any more, and all is on the disk. */
  leave(): void {
    while (this.#held.length > 0) this.#release();
    this.#volume.settle();
  }

  /** What an operation gave; null for a word, which has to be one that it declares. */
  #checked<T>(operation: keyof typeof Volume.operations, answer: T | string): T | null {
    const word = typeof answer === "string" ? answer : "done";
    this.answers.set(word, (this.answers.get(word) ?? 0) + 1);
    if (typeof answer !== "string") return answer;
    const declared: readonly string[] = Volume.operations[operation].errors;
    if (!declared.includes(answer)) throw new Misbehaviour(`${operation} is answered with ${JSON.stringify(answer)}`);
    return null;
  }

  #namesIn(
    directory: number,
    noted: <T>(operation: keyof typeof Volume.operations, answer: T | string) => T | null,
  ): Uint8Array[] {
    const names: Uint8Array[] = [];
    for (let pieces = 0, cursor = 0; ; pieces++) {
      if (pieces > MOST_PIECES) throw new Misbehaviour(`the list of ${directory} does not come to an end`);
      const piece = noted("list", this.#volume.list(directory, cursor, PIECE_BYTES));
      if (piece === null || piece.entries.length === 0) return names;
      names.push(...piece.entries.map(({ name }) => name));
      cursor = piece.cursor;
    }
  }

  #hold(): null {
    const node = this.#node();
    if (this.#checked("hold", this.#volume.stat(node)) === null) return null;
    this.#volume.hold(node);
    this.#held.push(node);
    return null;
  }

  #release(): null {
    const node = this.#held.pop();
    if (node !== undefined) this.#volume.release(node);
    return null;
  }

  #node(): number {
    return this.#nodes[this.#prng.below(this.#nodes.length + 1)]?.node ?? this.#prng.below(2 ** 32);
  }

  #directory(): number {
    const directories = this.#nodes.filter(({ kind }) => kind === "directory");
    return directories[this.#prng.below(directories.length + 1)]?.node ?? this.#node();
  }

  #name(): Uint8Array {
    return NAMES[this.#prng.below(NAMES.length)]!;
  }

  #offset(): number {
    const most = [1, 5000, 100_000, 2 ** 26, 2 ** 41][this.#prng.below(5)]!;
    return Math.floor((this.#prng.next() / 2 ** 32) * most);
  }

  #data(): Uint8Array {
    return new Uint8Array(this.#prng.below(LARGEST_WRITE)).fill(MARK);
  }
}
