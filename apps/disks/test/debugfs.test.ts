/** Images that were filled here are read by debugfs, and images of others go on here. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finish, fsck, MemorySectors, mkfs } from "@tessera/servers/ext2";
import { afterAll, describe, expect } from "vitest";
import { Opened } from "../src/image/opened.js";
import { complaintsOf, itWithTools, run } from "./tools.js";

const NOW_US = 1_600_000_000_000_000;
const LONG_NAME = "n".repeat(255);
const LONG_TARGET = "there/".repeat(60);

const folder = mkdtempSync(join(tmpdir(), "tessera-debugfs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const bytesOf = (text: string) => new TextEncoder().encode(text);

function given<T>(answer: T | string): T {
  if (typeof answer === "string") throw new Error(answer);
  return answer;
}

function opened(disk: MemorySectors): Opened {
  return given(Opened.on(disk, NOW_US));
}

describe("what was written here is read by debugfs", () => {
  itWithTools.each([1024, 2048, 4096])(
    "in blocks of %i bytes: files, holes, links, names and attributes",
    (blockBytes) => {
      const disk = new MemorySectors(16 * 2 ** 20);
      given(finish(mkfs(disk, { nowUs: NOW_US, seed: 1, blockBytes })) as unknown as object | string);
      const volume = opened(disk);
      const { node: root } = given(volume.root());
      const noise = Uint8Array.from({ length: 1_500_000 }, (_, i) => (i * 2_654_435_761) >>> 24);
      const large = given(volume.make(root, bytesOf("large"), "file", 0o640)).node;
      for (let at = 0; at < noise.length; at += 100_000)
        given(volume.write(large, at, noise.subarray(at, at + 100_000)));
      const sparse = given(volume.make(root, bytesOf("sparse"), "file", 0o600)).node;
      given(volume.write(sparse, 3_000_000, noise.subarray(0, 700)));
      const deep = given(volume.make(root, bytesOf("deep"), "directory", 0o750)).node;
      given(volume.write(given(volume.make(deep, bytesOf(LONG_NAME), "file", 0o644)).node, 0, bytesOf("long")));
      given(volume.link(large, deep, bytesOf("same")));
      given(volume.symlink(root, bytesOf("short"), bytesOf("deep/same")));
      given(volume.symlink(root, bytesOf("long"), bytesOf(LONG_TARGET)));
      const many = given(volume.make(root, bytesOf("many"), "directory", 0o755)).node;
      for (let i = 0; i < 500; i++) given(volume.make(many, bytesOf(`a file with number ${i}`), "file", 0o644));
      for (let i = 0; i < 500; i += 3) volume.remove(many, bytesOf(`a file with number ${i}`), false);
      volume.settle();

      const path = join(folder, `${blockBytes}.img`);
      writeFileSync(path, disk.contents());
      expect(complaintsOf(path)).toBe("");
      const out = join(folder, `${blockBytes}`);
      mkdirSync(out);
      run("debugfs", "-R", `rdump / ${out}`, path);
      expect(readdirSync(out).sort()).toEqual(["deep", "large", "long", "lost+found", "many", "short", "sparse"]);
      expect(Buffer.compare(readFileSync(join(out, "large")), noise)).toBe(0);
      expect(Buffer.compare(readFileSync(join(out, "deep", "same")), noise)).toBe(0);
      const read = readFileSync(join(out, "sparse"));
      expect(read.length).toBe(3_000_700);
      expect(read.subarray(0, 3_000_000).every((byte) => byte === 0)).toBe(true);
      expect(Buffer.compare(read.subarray(3_000_000), noise.subarray(0, 700))).toBe(0);
      expect(readFileSync(join(out, "deep", LONG_NAME), "utf8")).toBe("long");
      expect(readlinkSync(join(out, "short"))).toBe("deep/same");
      expect(readlinkSync(join(out, "long"))).toBe(LONG_TARGET);
      expect(readdirSync(join(out, "many"))).toHaveLength(500 - 167);
      expect(statSync(join(out, "large")).mode & 0o7777).toBe(0o640);
      expect(run("debugfs", "-R", "stat large", path).stdout).toContain("Links: 2");
      const { sectors } = { sectors: given(volume.stat(sparse)).blocks };
      expect(sectors).toBeLessThan(100);
    },
  );
});

describe("an image of others", () => {
  itWithTools("whose directories have indexes is read, and is in order after it was changed here", () => {
    const tree = join(folder, "indexed");
    mkdirSync(join(tree, "many"), { recursive: true });
    for (let i = 0; i < 900; i++) writeFileSync(join(tree, "many", `entry ${i} ${"q".repeat(i % 50)}`), "");
    const path = join(folder, "indexed.img");
    run("mke2fs", "-q", "-F", "-t", "ext2", "-b", "1024", "-N", "4000", "-d", tree, path, "16M");
    run("e2fsck", "-fyD", path);
    expect(run("debugfs", "-R", "htree_dump /many", path).stdout).toContain("Number of entries (count)");
    const disk = new MemorySectors(readFileSync(path));
    const volume = opened(disk);
    const many = given(volume.lookup(given(volume.root()).node, bytesOf("many"))).node;
    for (let i = 0; i < 900; i++) given(volume.lookup(many, bytesOf(`entry ${i} ${"q".repeat(i % 50)}`)));
    for (let i = 0; i < 300; i++) given(volume.make(many, bytesOf(`another ${i}`), "file", 0o644));
    for (let i = 0; i < 900; i += 4) given(volume.remove(many, bytesOf(`entry ${i} ${"q".repeat(i % 50)}`), false));
    volume.settle();
    expect(finish(fsck(disk, { repair: false, nowUs: NOW_US }))).toMatchObject({ verdict: "clean", findings: [] });
    writeFileSync(path, disk.contents());
    expect(complaintsOf(path)).toBe("");
    // Free room is listed with it: of inode 0.
    const listed = run("debugfs", "-R", "ls -p /many", path).stdout;
    expect(listed.match(/^\/[1-9].*\/another \d+\//gm)).toHaveLength(300);
    expect(listed.match(/^\/[1-9].*\/entry \d+ q*\//gm)).toHaveLength(675);
  });

  itWithTools("with an empty journal can be written; with a full one only read, and fsck leaves it alone", () => {
    const path = join(folder, "journal.img");
    run("mke2fs", "-q", "-F", "-t", "ext3", "-b", "1024", path, "8M");
    const disk = new MemorySectors(readFileSync(path));
    const volume = opened(disk);
    given(volume.make(given(volume.root()).node, bytesOf("new"), "file", 0o644));
    volume.settle();
    expect(finish(fsck(disk, { repair: false, nowUs: NOW_US })).verdict).toBe("clean");
    writeFileSync(path, disk.contents());
    expect(complaintsOf(path)).toBe("");
    run("debugfs", "-w", "-R", "feature needs_recovery", path);
    const dirty = new MemorySectors(readFileSync(path));
    expect(opened(dirty).files.whyReadOnly).toBe("what is in its journal has to be put in place first");
    const report = finish(fsck(dirty, { repair: true, nowUs: NOW_US }));
    expect(report).toMatchObject({ verdict: "damaged", findings: [{ code: "journal", repaired: false }] });
    expect(dirty.traffic.written).toBe(0);
  });
});
