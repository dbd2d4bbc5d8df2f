/** Volumes that another program has made, read here. */
import { linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect } from "vitest";
import { MemorySectors } from "../../src/ext2/index.js";
import { itWithTools, must, scratchFolder } from "./e2fsprogs.js";
import { isSame, Opened, ok } from "./opened.js";

const LONG_NAME = "n".repeat(255);
const LONG_TARGET = `/${"there/".repeat(100)}`;
const SHAPES = [1024, 2048, 4096].flatMap((blockBytes) => [128, 256].map((inodeBytes) => ({ blockBytes, inodeBytes })));

describe("an image of mke2fs -d", () => {
  const scratch = scratchFolder();
  const tree = join(scratch, "tree");
  const noise = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * 2_654_435_761) >>> 24);
  const sparse = new Uint8Array(2_500_000);
  sparse.set(noise.subarray(0, 5000), 700_000);
  sparse.set(noise.subarray(0, 10), sparse.length - 10);

  beforeAll(() => {
    mkdirSync(join(tree, "many"), { recursive: true });
    for (let i = 0; i < 2000; i++) writeFileSync(join(tree, "many", `a file with number ${i}`), `${i}`);
    mkdirSync(join(tree, "deep", "deeper", "deepest"), { recursive: true });
    writeFileSync(join(tree, "deep", "deeper", LONG_NAME), "long");
    writeFileSync(join(tree, "empty"), "");
    writeFileSync(join(tree, "small"), "hello\n", { mode: 0o640 });
    linkSync(join(tree, "small"), join(tree, "deep", "same"));
    writeFileSync(join(tree, "large"), noise);
    writeFileSync(join(tree, "sparse"), "");
    truncateSync(join(tree, "sparse"), sparse.length);
    writeFileSync(join(tree, "sparse"), sparse);
    symlinkSync("small", join(tree, "short link"));
    symlinkSync(LONG_TARGET, join(tree, "long link"));
  });

  for (const { blockBytes, inodeBytes } of SHAPES) {
    itWithTools(`with blocks of ${blockBytes} and inodes of ${inodeBytes} bytes is read as it was made`, () => {
      const path = join(scratch, `image-${blockBytes}-${inodeBytes}`);
      must("mke2fs", ["-q", "-t", "ext2", "-b", `${blockBytes}`, "-I", `${inodeBytes}`, "-d", tree, path, "16M"]);
      const volume = Opened.on(new MemorySectors(readFileSync(path)));
      const { root } = volume;
      expect(volume.names(root)).toEqual(
        ["deep", "empty", "large", "long link", "lost+found", "many", "short link", "small", "sparse"].sort(),
      );
      expect(isSame(volume.read(volume.at("large"), 0, 4_000_000), noise)).toBe(true);
      expect(isSame(volume.read(volume.at("large"), 1_234_567, 89), noise.subarray(1_234_567, 1_234_567 + 89))).toBe(
        true,
      );
      expect(isSame(volume.read(volume.at("sparse"), 0, 4_000_000), sparse)).toBe(true);
      expect(volume.read(volume.at("empty"), 0, 10)).toEqual(new Uint8Array(0));
      expect(new TextDecoder().decode(volume.read(volume.at("small"), 0, 100) as Uint8Array)).toBe("hello\n");
      expect(ok(volume.lookup(root, "small"))).toMatchObject({ kind: "file", mode: 0o640, links: 2, size: 6 });
      expect(volume.at("deep/same")).toBe(volume.at("small"));
      expect(volume.target(volume.at("short link"))).toBe("small");
      expect(volume.target(volume.at("long link"))).toBe(LONG_TARGET);
      expect(ok(volume.lookup(volume.at("deep/deeper"), LONG_NAME)).size).toBe(4);
      expect(volume.names(volume.at("many"))).toHaveLength(2000);
      expect(ok(volume.lookup(volume.at("many"), "a file with number 1234")).size).toBe(4);
      expect(ok(volume.lookup(volume.at("deep/deeper"), "..")).node).toBe(volume.at("deep"));
      expect(ok(volume.lookup(root, "..")).node).toBe(root);
    });
  }
});
