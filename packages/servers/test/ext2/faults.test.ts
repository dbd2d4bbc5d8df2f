/** Disks that fail at one access after the other, and that are full at one block after the other. */
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { DiskFault, finish, fsck, MemorySectors, mkfs } from "../../src/ext2/index.js";
import { BEGIN_US, Opened, ok } from "./opened.js";

const KIB = 1024;

/** A disk on which one access fails, or all from that one on. */
class FailingDisk extends MemorySectors {
  /** How many accesses of the kind go well before. */
  left = Number.POSITIVE_INFINITY;
  what: "read" | "write" = "read";
  forEver = false;
  failed = 0;

  override read(sector: number, into: Uint8Array): Thread<void> {
    this.#fail("read", sector, into.length);
    return super.read(sector, into);
  }

  override write(sector: number, from: Uint8Array): Thread<void> {
    this.#fail("write", sector, from.length);
    return super.write(sector, from);
  }

  #fail(what: "read" | "write", sector: number, bytes: number): void {
    if (what !== this.what) return;
    this.left -= 1;
    if (this.left >= 0 || (!this.forEver && this.failed > 0)) return;
    this.failed += 1;
    throw new DiskFault(what, sector, bytes / 512, "worn out");
  }
}

/** A volume with something in it. */
function volumeOf(bytes: number): Uint8Array {
  const disk = new MemorySectors(bytes);
  expect(typeof finish(mkfs(disk, { nowUs: BEGIN_US, seed: 1, blockBytes: 1024, inodes: 64 }))).toBe("object");
  const volume = Opened.on(disk);
  const { root } = volume;
  const old = ok(volume.directory(root, "old")).node;
  ok(volume.write(ok(volume.file(old, "large")).node, 0, new Uint8Array(20 * KIB).fill(1)));
  ok(volume.file(old, "small"));
  volume.settle();
  return disk.contents();
}

/** One operation of each kind, each on what those before it have left. What fails is a word. */
const WORK: readonly ((volume: Opened) => unknown)[] = [
  (volume) => volume.file(volume.root, "new"),
  (volume) => volume.write(at(volume, "new"), 0, new Uint8Array(15 * KIB).fill(2)),
  (volume) => volume.write(at(volume, "new"), 400 * KIB, new Uint8Array(KIB).fill(3)),
  (volume) => volume.directory(volume.root, "directory"),
  (volume) => volume.symlink(volume.root, "link", "there/".repeat(30)),
  (volume) => volume.link(at(volume, "new"), volume.root, "second"),
  (volume) => volume.rename(volume.root, "new", at(volume, "directory"), "moved"),
  (volume) => volume.rename(volume.root, "directory", at(volume, "old"), "directory"),
  (volume) => volume.resize(at(volume, "old/large"), 3 * KIB),
  (volume) => volume.write(at(volume, "old/large"), KIB, new Uint8Array(2 * KIB).fill(4)),
  (volume) => volume.remove(volume.root, "second"),
  (volume) => volume.remove(at(volume, "old"), "large"),
  (volume) => volume.remove(at(volume, "old"), "small"),
  (volume) => volume.read(at(volume, "old/directory/moved"), 0, 20 * KIB),
  (volume) => volume.settle(),
];

/** A node, or one that there is not. */
function at(volume: Opened, path: string): number {
  try {
    return volume.at(path);
  } catch {
    return 2 ** 40;
  }
}

/** Do all of it. A volume whose root cannot be read answers that to everything. */
function work(volume: Opened): unknown[] {
  return WORK.map((one) => {
    try {
      return one(volume);
    } catch (error) {
      // `root` of the tests' own rig has no other way to say so.
      expect((error as Error).message).toBe("IO");
      return "IO";
    }
  });
}

describe("a disk that fails", () => {
  const image = volumeOf(256 * KIB);

  it.each([
    { what: "read", forEver: false },
    { what: "read", forEver: true },
    { what: "write", forEver: false },
    { what: "write", forEver: true },
  ] as const)(
    "at any $what (for ever: $forEver) leaves what can be mended, and throws nothing",
    ({ what, forEver }) => {
      for (let left = 0; ; left++) {
        const disk = new FailingDisk(image);
        const volume = Opened.on(disk);
        Object.assign(disk, { what, forEver, left });
        const answers = work(volume);
        const hasFailed = disk.failed > 0;
        disk.left = Number.POSITIVE_INFINITY;
        if (hasFailed && what === "write")
          expect(answers.includes("IO") || volume.files.whyReadOnly !== null).toBe(true);
        // Where only reading failed, nothing was half done.
        const report = finish(fsck(disk, { repair: what === "write", nowUs: BEGIN_US }));
        expect([left, report.verdict, report.findings.filter(({ repaired }) => !repaired)]).toEqual([
          left,
          expect.stringMatching(what === "write" ? /clean|repaired/ : /clean/),
          [],
        ]);
        expect(Opened.on(disk).names(Opened.on(disk).root)).toContain("old");
        if (!hasFailed) return expect(left).toBeGreaterThan(what === "write" ? 30 : 5);
      }
    },
  );
});

describe("a disk that is full", () => {
  it("refuses what has no room, whatever block is the last one, and leaves a volume in order", () => {
    const image = volumeOf(256 * KIB);
    const free = ok(finish(Opened.on(new MemorySectors(image)).files.space())).free;
    let refused = 0;
    for (let left = 0; left <= 40; left++) {
      const disk = new MemorySectors(image);
      const volume = Opened.on(disk);
      const filler = ok(volume.file(volume.root, "filler")).node;
      // Blocks of its numbers take some room as well.
      for (let written = 0; written < free; written++) {
        if (ok(finish(volume.files.space())).free <= left) break;
        if (volume.write(filler, written * KIB, new Uint8Array(KIB)) === "Full") break;
      }
      const answers = work(volume);
      refused += answers.filter((answer) => answer === "Full").length;
      expect(answers).not.toContain("IO");
      const report = finish(fsck(disk, { repair: false, nowUs: BEGIN_US }));
      expect([left, report.findings]).toEqual([left, []]);
    }
    expect(refused).toBeGreaterThan(20);
  });
});
