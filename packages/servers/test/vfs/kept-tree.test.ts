/**
 * A file system that dies after any of its stores is, when it is started again, as it was before the operation that was
 * under way, or as it was to be after it. All short sequences of operations in a very small memory, cut after each store;
 * and long ones, with many deaths one after the other in the same memory. What it dies of at each start it gives up.
 */
import { Prng } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { KeptTree, MOST_STARTS, NOTICE } from "../../src/vfs/kept-tree.js";
import type { DirectoryNode, FileNode, TreeNode } from "../../src/vfs/tree.js";
import { ADDRESS, Died, MereMemory, type Stored } from "../common/mere-memory.js";
import { carryOut, copyOf, emptyModel, type Model, nameOf, type Operation, parentOf, shown, textOf } from "./model.js";

const FIRST_US = 7;

function open(core: MereMemory): KeptTree {
  return core.run(KeptTree.open({ address: ADDRESS, bytes: core.bytes.length }, FIRST_US));
}

function nodeAt(tree: KeptTree, path: string): TreeNode | undefined {
  let at: TreeNode = tree.root;
  for (const name of path.split("/").filter((name) => name !== "")) {
    const next: TreeNode | undefined = at.kind === "directory" ? at.entries.get(name) : undefined;
    if (next === undefined) return undefined;
    at = next;
  }
  return at;
}

function* perform(tree: KeptTree, operation: Operation, us: number): Thread<string | null> {
  const { what, path } = operation;
  const directory = nodeAt(tree, parentOf(path));
  if (directory?.kind !== "directory") return "NotFound";
  const found = tree.find(directory, nameOf(path));
  if (what === "file" || what === "directory") {
    if (found !== "NotFound") return "Exists";
    const made = yield* what === "file"
      ? tree.createFile(directory, nameOf(path), us)
      : tree.createDirectory(directory, nameOf(path), us);
    return typeof made === "string" ? made : close(tree, made);
  }
  if (what === "remove") return yield* tree.remove(directory, nameOf(path), us);
  if (what === "rename") {
    const target = nodeAt(tree, parentOf(operation.to));
    if (target?.kind !== "directory") return "NotFound";
    return yield* tree.rename(directory, nameOf(path), target, nameOf(operation.to), us);
  }
  if (typeof found === "string" || found.kind === "directory") return "NotFound";
  if (what === "truncate") return yield* tree.truncate(found, operation.size, us);
  return yield* tree.write(found, operation.at, Uint8Array.from(operation.bytes), us);
}

/** Files are not kept open here. */
function close(tree: KeptTree, made: TreeNode): null {
  if (made.kind === "file") {
    tree.hold(made);
    tree.release(made);
  }
  return null;
}

/** All that a file system holds, as the model says it. */
function dump(core: MereMemory, tree: KeptTree): string {
  const lines: string[] = [];
  const show = (path: string, node: TreeNode) => {
    const bytes = node.kind === "file" ? ` ${shown(core.run(tree.read(node, 0, node.size)))}` : "";
    lines.push(`${path} ${node.kind} ${node.modifiedUs}${bytes}`);
    if (node.kind === "directory") below(path, node);
  };
  const below = (path: string, directory: DirectoryNode) => {
    for (const [name, node] of directory.entries) show(path === "" ? name : `${path}/${name}`, node);
  };
  show("", tree.root);
  return lines.sort((a, b) => (pathIn(a) < pathIn(b) ? -1 : 1)).join("\n");
}

function pathIn(line: string): string {
  return line.slice(0, line.indexOf(" "));
}

/** What a new program finds in a memory. */
function foundIn(bytes: Uint8Array): string {
  const core = new MereMemory(bytes.slice());
  try {
    return dump(core, open(core));
  } catch (error) {
    return `a program that dies of ${error}`;
  }
}

const bytesOf = (length: number, first: number) => Array.from({ length }, (_, i) => (first + i) % 256);

/** Few names and sizes, so that operations meet one another: in a block, over its border, in a gap, over a file. */
const OPERATIONS: readonly Operation[] = [
  { what: "file", path: "a" },
  { what: "directory", path: "d" },
  { what: "file", path: "d/b" },
  { what: "write", path: "a", at: 0, bytes: [1, 2, 3] },
  { what: "write", path: "a", at: 2, bytes: bytesOf(9, 20) },
  { what: "write", path: "a", at: 1020, bytes: bytesOf(10, 40) },
  { what: "truncate", path: "a", size: 2 },
  { what: "rename", path: "a", to: "d/b" },
  { what: "rename", path: "d/b", to: "a" },
  { what: "remove", path: "a" },
  { what: "remove", path: "d" },
];
/** 3 blocks, and a journal whose halves have 508 bytes. */
const SMALL = 4096;

/** The memory and the model before and after the last one of some operations, and its stores. */
interface LastStep {
  readonly before: { readonly bytes: Uint8Array; readonly model: Model };
  readonly after: { readonly bytes: Uint8Array; readonly model: Model };
  readonly stored: readonly Stored[];
  readonly refusal: string | null;
}

function lastStepOf(operations: readonly Operation[]): LastStep {
  const core = new MereMemory(new Uint8Array(SMALL));
  const tree = open(core);
  const model = emptyModel(FIRST_US);
  let before = { bytes: core.bytes, model };
  let refusal: string | null = null;
  for (const [i, operation] of operations.entries()) {
    if (i === operations.length - 1) before = { bytes: core.bytes.slice(), model: copyOf(model) };
    const us = FIRST_US + 1 + i;
    refusal = core.run(perform(tree, operation, us));
    if (refusal !== "Full") carryOut(model, operation, us);
  }
  return { before, after: { bytes: core.bytes, model }, stored: core.stored, refusal };
}

/** What a new program finds after each of the stores, one after the other. */
function* foundAfterEach(bytes: Uint8Array, stored: readonly Stored[]): Generator<[string, Uint8Array]> {
  const cut = bytes.slice();
  for (const { at, bytes: word } of stored) {
    cut.set(word, at);
    yield [foundIn(cut), cut];
  }
}

/**
 * All sequences of so many operations behind some others, of which each but the last can be carried out: the rest are
 * shorter ones.
 */
function* sequences(length: number, others: readonly Operation[] = []): Generator<readonly Operation[]> {
  if (length === 0) return yield others;
  for (const rest of sequences(length - 1, others)) {
    const model = emptyModel(FIRST_US);
    if (rest.every((operation) => carryOut(model, operation, 0))) for (const last of OPERATIONS) yield [...rest, last];
  }
}

/** Whether the last store has another half of the journal count. */
function isReplaced({ before, after, stored }: LastStep): boolean {
  const half = 4;
  return stored.length > 0 && before.bytes[half] !== after.bytes[half];
}

/** What is wrong with a sequence of operations whose last one is cut; null when nothing is. */
function problemOf(step: LastStep, reorder: (stored: readonly Stored[]) => readonly Stored[] = (it) => it) {
  const [before, after] = [textOf(step.before.model), textOf(step.after.model)];
  if (foundIn(step.after.bytes) !== after) return `after it:\n${foundIn(step.after.bytes)}\nand not\n${after}`;
  if (before === after && step.refusal !== null && step.stored.length > 0)
    return "it was refused, and has stored something";
  let turns = 0;
  let last = before;
  for (const [found] of foundAfterEach(step.before.bytes, reorder(step.stored))) {
    if (found !== before && found !== after) return `in the middle:\n${found}\nand neither\n${before}\nnor\n${after}`;
    if (found !== last) turns += 1;
    last = found;
  }
  return turns > 1 ? `there and back again: ${turns} times` : null;
}

describe("A file system in memory that is kept", () => {
  it("is after each store of all sequences of five operations as before the last one, or as after it", () => {
    let cuts = 0;
    for (let length = 1; length <= 5; length++) {
      for (const operations of sequences(length)) {
        const step = lastStepOf(operations);
        const problem = problemOf(step);
        if (problem !== null) expect.fail(`${JSON.stringify(operations)}: ${problem}`);
        cuts += step.stored.length;
      }
    }
    expect(cuts).toBeGreaterThan(50_000);
  });

  it("is so, too, where its journal is full and all is written down anew", () => {
    let replaced = 0;
    for (let times = 8; times < 16; times++) {
      const filling: Operation[] = [{ what: "file", path: "a" }];
      while (filling.length < times) filling.push({ what: "truncate", path: "a", size: 1 });
      for (const operations of [...sequences(1, filling), ...sequences(2, filling)]) {
        const step = lastStepOf(operations);
        const problem = problemOf(step);
        if (problem !== null) expect.fail(`${JSON.stringify(operations)}: ${problem}`);
        if (isReplaced(step)) replaced += 1;
      }
    }
    expect(replaced).toBeGreaterThan(40);
  });

  it("can be used on after it was cut anywhere", () => {
    const probe: readonly Operation[] = [
      { what: "remove", path: "d/b" },
      { what: "file", path: "a" },
      { what: "write", path: "a", at: 1, bytes: [9, 8, 7] },
      { what: "truncate", path: "a", size: 1025 },
    ];
    for (const operations of sequences(3)) {
      const step = lastStepOf(operations);
      const before = textOf(step.before.model);
      for (const [found, cut] of foundAfterEach(step.before.bytes, step.stored)) {
        const core = new MereMemory(cut.slice());
        const tree = open(core);
        const model = copyOf(found === before ? step.before.model : step.after.model);
        for (const [i, operation] of probe.entries()) {
          if (core.run(perform(tree, operation, 100 + i)) !== "Full") carryOut(model, operation, 100 + i);
        }
        expect(dump(core, tree)).toBe(textOf(model));
        expect(foundIn(core.bytes)).toBe(textOf(model));
      }
    }
  });

  it("is checked by something that finds a commit that comes too early, by one store", () => {
    const early = (stored: readonly Stored[]) =>
      stored.length < 2 ? stored : [...stored.slice(0, -2), stored.at(-1) as Stored, stored.at(-2) as Stored];
    const found = [...sequences(4)].filter((operations) => problemOf(lastStepOf(operations), early) !== null);
    expect(found.length).toBeGreaterThan(100);
  });

  it.each([1, 2, 3])("survives hundreds of deaths in the same memory, one after the other (seed %i)", (seed) => {
    const prng = new Prng(seed);
    const names = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a"];
    const path = () => {
      const known = [...model.keys()].slice(1);
      return known.length > 0 && prng.below(3) > 0 ? (known[prng.below(known.length)] as string) : any();
    };
    const any = () => names[prng.below(names.length)] as string;
    const draw = (): Operation => {
      switch (prng.below(8)) {
        case 0:
          return { what: "directory", path: any() };
        case 1:
          return { what: "file", path: any() };
        case 2:
          return { what: "remove", path: path() };
        case 3:
          return { what: "rename", path: path(), to: any() };
        case 4:
          return { what: "truncate", path: path(), size: prng.below(5000) };
        default:
          return {
            what: "write",
            path: path(),
            at: prng.below(4000),
            bytes: bytesOf(prng.below(900), prng.below(256)),
          };
      }
    };
    const core = new MereMemory(new Uint8Array(4 * SMALL));
    let tree = open(core);
    let model = emptyModel(FIRST_US);
    let deaths = 0;
    for (let us = FIRST_US + 1; us < 2500; us++) {
      const operation = draw();
      const after = copyOf(model);
      carryOut(after, operation, us);
      const most = prng.below(2) === 0 ? prng.below(25) : Infinity;
      try {
        if (core.run(perform(tree, operation, us), most) !== "Full") model = after;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        deaths += 1;
        tree = open(core);
        if (dump(core, tree) === textOf(after)) model = after;
      }
      expect(dump(core, tree)).toBe(textOf(model));
    }
    expect(deaths).toBeGreaterThan(150);
  });
});

describe("What is kept and cannot be read", () => {
  /** Where the first record begins, and no record's kind. */
  const FIRST_RECORD = 8;
  const NO_KIND = 99;
  const GIVEN_UP = /^ directory 7\nfiles-were-lost file 7 /;

  /** A file system, and how to make its first record one that cannot be read, or one that can. */
  function spoilt() {
    const core = new MereMemory(new Uint8Array(SMALL));
    core.run(perform(open(core), { what: "file", path: "a" }, 9));
    const kind = core.bytes[FIRST_RECORD] as number;
    const spoil = () => core.bytes.fill(NO_KIND, FIRST_RECORD, FIRST_RECORD + 1);
    spoil();
    return { core, spoil, mend: () => core.bytes.fill(kind, FIRST_RECORD, FIRST_RECORD + 1) };
  }

  function fail(core: MereMemory, times: number): void {
    for (let i = 0; i < times; i++) expect(() => open(core)).toThrow("there is no record of kind 99");
  }

  it("is given up when five starts in a row have died of it, and a file says so from then on", () => {
    const { core } = spoilt();
    fail(core, MOST_STARTS);
    for (let start = 0; start < 2; start++) {
      const tree = open(core);
      expect(dump(core, tree)).toMatch(GIVEN_UP);
      const notice = tree.find(tree.root, NOTICE) as FileNode;
      expect(new TextDecoder().decode(core.run(tree.read(notice, 0, notice.size)))).toMatch(
        /could not be read.*empty\.\n$/,
      );
    }
  });

  it("is given up by no others: a start that comes to its end begins the count anew", () => {
    const { core, spoil, mend } = spoilt();
    fail(core, MOST_STARTS - 1);
    mend();
    expect(dump(core, open(core))).toBe(" directory 9\na file 9 []");
    spoil();
    fail(core, MOST_STARTS);
  });

  it("is given up as a whole: where that dies after any of its stores, the next one does it again", () => {
    const { core } = spoilt();
    fail(core, MOST_STARTS);
    const cut = core.bytes.slice();
    open(core);
    const { stored } = core;
    expect(stored.length).toBeGreaterThan(10);
    for (const { at, bytes } of stored) {
      cut.set(bytes, at);
      expect(foundIn(cut)).toMatch(GIVEN_UP);
    }
  });
});
