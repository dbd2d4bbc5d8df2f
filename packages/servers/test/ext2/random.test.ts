/** Volumes under random operations are what POSIX says, and in order for those who check them. */
import { join } from "node:path";
import { Prng } from "@tessera/hal-sim";
import { expect, it } from "vitest";
import { finish, MemorySectors, mkfs } from "../../src/ext2/index.js";
import { Change } from "../../src/vfs/volume.js";
import { complaintsOf, itWithTools, saveImage, scratchFolder } from "./e2fsprogs.js";
import { BEGIN_US, isSame, Opened, ok } from "./opened.js";
import { linksOf, Posix, type Thing } from "./posix.js";

const KIB = 1024;
const NAMES = ["a", "b", "c", "d", "a longer name than the others have", "x".repeat(255), "..", "", "e/f"];
const SECOND = 1_000_000;

/** How a run is shaped. */
interface Shape {
  readonly seed: number;
  readonly operations: number;
  readonly bytes: number;
  readonly blockBytes: number;
  readonly inodeBytes: number;
  /** Largest offset at which something is written. */
  readonly far: number;
}

/** A volume and what it should be, under random operations. */
class Run {
  readonly disk: MemorySectors;
  readonly #prng: Prng;
  readonly #far: number;
  #volume: Opened;
  readonly #posix: Posix;
  /** Every node that there ever was. */
  readonly #nodes = new Map<Thing, number>();
  /** Operations that were refused for want of room. */
  full = 0;

  constructor({ seed, bytes, blockBytes, inodeBytes, far }: Shape) {
    this.disk = new MemorySectors(bytes);
    const made = finish(mkfs(this.disk, { nowUs: BEGIN_US, seed, blockBytes, inodeBytes, blank: true }));
    if (typeof made === "string") throw new Error(made);
    this.#prng = new Prng(seed);
    this.#far = far;
    this.#volume = Opened.on(this.disk);
    this.#posix = new Posix(BEGIN_US);
    this.#nodes.set(this.#posix.root, this.#volume.root);
    expect(this.#volume.remove(this.#volume.root, "lost+found", true)).toBe(null);
  }

  /** One operation, on both. */
  step(): void {
    this.#volume.nowUs += SECOND;
    this.#posix.nowUs = this.#volume.nowUs;
    const actions = [
      () => this.#make("file"),
      () => this.#make("directory"),
      () => this.#symlink(),
      () => this.#link(),
      () => this.#remove(),
      () => this.#rename(),
      () => this.#write(),
      () => this.#write(),
      () => this.#resize(),
      () => this.#setAttributes(),
      () => this.#hold(),
      () => this.#release(),
    ];
    (actions[this.#prng.below(actions.length)] as () => void)();
  }

  /** All that is there, and each node that there ever was, is as it should be. */
  check(): void {
    for (const [thing, node] of this.#nodes) {
      const stat = this.#volume.stat(node);
      if (thing.names === 0 && thing.holds === 0) {
        expect(stat).toBe("Stale");
        this.#nodes.delete(thing);
        continue;
      }
      const { kind, mode, uid, gid, accessedUs, modifiedUs, changedUs } = thing;
      const links = linksOf(thing);
      expect(ok(stat)).toMatchObject({ node, kind, mode, uid, gid, links, accessedUs, modifiedUs, changedUs });
      if (kind === "directory") this.#checkNames(thing, node);
      else expect(ok(stat).size).toBe(thing.size);
      if (kind === "link") expect(this.#volume.target(node)).toBe(thing.target);
      if (kind === "file") this.#checkData(thing, node);
    }
  }

  /** Nobody holds anything, and all is on the disk. */
  finish(): void {
    for (const [thing, node] of this.#nodes) {
      for (; thing.holds > 0; thing.holds--) this.#volume.release(node);
    }
    this.check();
    this.#volume.settle();
    expect(this.#volume.files.whyReadOnly).toBe(null);
  }

  /** Another one opens the volume. */
  reopen(): void {
    this.finish();
    const { nowUs } = this.#volume;
    this.#volume = Opened.on(this.disk, nowUs);
    this.#volume.nowUs = nowUs;
    this.check();
  }

  #checkNames(thing: Thing, node: number): void {
    const entries = thing.parent === null ? [] : [...thing.entries.keys()].sort();
    expect(this.#volume.names(node)).toEqual(entries);
    for (const [name, below] of thing.entries) {
      expect(ok(this.#volume.lookup(node, name)).node).toBe(this.#nodes.get(below));
    }
  }

  #checkData(thing: Thing, node: number): void {
    const places = [0, Math.max(0, thing.size - 3000), this.#place(), ...[...thing.pieces.keys()].map((i) => i * 512)];
    for (const at of places.slice(0, 30)) {
      const read = this.#volume.read(node, at, 3000);
      if (!isSame(read, this.#posix.read(thing, at, 3000))) expect(read).toEqual(this.#posix.read(thing, at, 3000));
    }
  }

  #make(kind: "file" | "directory"): void {
    const [{ thing, node }, name, mode] = [this.#any("directory"), this.#name(), this.#prng.below(0o10000)];
    this.#added(this.#volume[kind](node, name, mode), () => this.#posix.make(thing, name, kind, mode));
  }

  #symlink(): void {
    const [{ thing, node }, name] = [this.#any("directory"), this.#name()];
    const target = "t".repeat(1 + this.#prng.below(this.#prng.below(2) === 0 ? 70 : 1000));
    this.#added(this.#volume.symlink(node, name, target), () => this.#posix.symlink(thing, name, target));
  }

  #link(): void {
    const [it, { thing, node }, name] = [this.#any(), this.#any("directory"), this.#name()];
    this.#added(this.#volume.link(it.node, node, name), () => this.#posix.link(it.thing, thing, name));
  }

  #remove(): void {
    const [{ thing, node }, isDirectory] = [this.#any("directory"), this.#prng.below(2) === 0];
    const name = this.#nameIn(thing);
    this.#same(this.#volume.remove(node, name, isDirectory), () => this.#posix.remove(thing, name, isDirectory));
  }

  #rename(): void {
    const [from, to] = [this.#any("directory"), this.#any("directory")];
    const [name, toName] = [
      this.#nameIn(from.thing),
      this.#prng.below(2) === 0 ? this.#name() : this.#nameIn(to.thing),
    ];
    this.#same(this.#volume.rename(from.node, name, to.node, toName), () =>
      this.#posix.rename(from.thing, name, to.thing, toName),
    );
  }

  #write(): void {
    const { thing, node } = this.#any("file");
    const [at, first] = [this.#place(), this.#prng.below(256)];
    const bytes = Uint8Array.from({ length: 1 + this.#prng.below(5000) }, (_, i) => first + i);
    const written = this.#volume.write(node, at, bytes);
    if (thing.kind !== "file") {
      expect(written).toBe("NotFile");
      return;
    }
    if (written === "Full") this.full += 1;
    else this.#posix.write(thing, at, bytes.subarray(0, ok(written)));
  }

  #resize(): void {
    const [{ thing, node }, size] = [this.#any("file"), this.#place()];
    const answer = this.#volume.resize(node, size);
    if (thing.kind !== "file") {
      expect(answer).toBe(thing.kind === "directory" ? "IsDirectory" : "Denied");
      return;
    }
    ok(answer);
    this.#posix.resize(thing, size);
  }

  #setAttributes(): void {
    const { thing, node } = this.#any();
    const [mode, uid, gid] = [this.#prng.below(0o10000), this.#prng.next(), this.#prng.next()];
    const accessedUs = BEGIN_US + SECOND * this.#prng.below(1000);
    const what = Change.mode + Change.uid + Change.gid + Change.accessed + Change.modified;
    ok(this.#volume.set(node, { what, mode, uid, gid, accessedUs, modifiedUs: accessedUs }));
    const changedUs = this.#volume.nowUs;
    Object.assign(thing, { mode, uid, gid, accessedUs, modifiedUs: accessedUs, changedUs });
  }

  #hold(): void {
    const { thing, node } = this.#any();
    this.#volume.hold(node);
    thing.holds += 1;
  }

  #release(): void {
    const held = [...this.#nodes].filter(([{ holds }]) => holds > 0);
    const chosen = held[this.#prng.below(Math.max(1, held.length))];
    if (chosen === undefined) return;
    this.#volume.release(chosen[1]);
    chosen[0].holds -= 1;
  }

  #added(answer: { readonly node: number } | string, add: () => Thing | string): void {
    if (answer === "Full") {
      this.full += 1;
      return;
    }
    const added = add();
    if (typeof added === "string") expect(answer).toBe(added);
    else this.#nodes.set(added, ok(answer).node);
  }

  #same(answer: string | null, asked: () => string | null): void {
    if (answer === "Full") this.full += 1;
    else expect(answer).toBe(asked());
  }

  /** Something that is there, more often of that kind than not. */
  #any(kind?: Thing["kind"]): { readonly thing: Thing; readonly node: number } {
    const there = [...this.#nodes].filter(([{ names, holds }]) => names > 0 || holds > 0);
    const wanted =
      this.#prng.below(10) === 0 ? there : there.filter(([thing]) => kind === undefined || thing.kind === kind);
    const [thing, node] = (wanted[this.#prng.below(wanted.length)] ?? there[0]) as [Thing, number];
    return { thing, node };
  }

  #name(): string {
    return NAMES[this.#prng.below(NAMES.length)] as string;
  }

  /** More often than not one that is there. */
  #nameIn({ entries }: Thing): string {
    const names = [...entries.keys()];
    return this.#prng.below(5) === 0 ? this.#name() : (names[this.#prng.below(Math.max(1, names.length))] ?? "a");
  }

  #place(): number {
    const places = [5000, 20_000, 300_000, this.#far];
    const end = places[this.#prng.below(places.length)] as number;
    return Math.floor((this.#prng.next() / 2 ** 32) * end);
  }
}

const SHAPES: readonly Omit<Shape, "seed" | "operations">[] = [
  { bytes: 2048 * KIB, blockBytes: 1024, inodeBytes: 256, far: 70_000_000 },
  { bytes: 128 * KIB, blockBytes: 1024, inodeBytes: 128, far: 300_000 },
  { bytes: 4096 * KIB, blockBytes: 2048, inodeBytes: 128, far: 2 ** 33 },
  { bytes: 20_480 * KIB, blockBytes: 1024, inodeBytes: 256, far: 70_000_000 },
  { bytes: 8192 * KIB, blockBytes: 4096, inodeBytes: 256, far: 2 ** 40 },
];
const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1);

it.each(SEEDS)("what was done at random is there, seed %i", (seed) => {
  const run = runOf(seed, 400);
  for (let i = 0; i < 400; i++) {
    run.step();
    if (i % 20 === 19) run.check();
    if (i % 100 === 99) run.reopen();
  }
  run.finish();
});

const scratch = scratchFolder();

itWithTools.each(SEEDS)("e2fsck finds nothing wrong with what was done at random, seed %i", (seed) => {
  const run = runOf(seed, 400);
  const path = join(scratch, `random-${seed}`);
  for (let i = 0; i < 400; i++) {
    run.step();
    if (i % 100 !== 99) continue;
    run.finish();
    saveImage(run.disk, path);
    expect(complaintsOf(path)).toBe("");
  }
});

function runOf(seed: number, operations: number): Run {
  const shape = SHAPES[seed % SHAPES.length] as (typeof SHAPES)[number];
  const run = new Run({ ...shape, seed, operations });
  expect(run.disk.sectors).toBe(shape.bytes / 512);
  return run;
}
