/**
 * Spoiled images, judged by e2fsck and by us: whatever it complains of we have a finding for, and where we have mended
 * something it has nothing to complain of any more.
 */
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Prng } from "@tessera/hal-sim";
import { type FsckReport, finish, fsck, MemorySectors } from "@tessera/servers/ext2";
import { afterAll, describe, expect } from "vitest";
import { placesOf, spoil } from "../src/fuzz/spoil.js";
import { complaintsOf, itWithTools, run } from "./tools.js";

const NOW_US = 1_600_000_000_000_000;
/** It does not look at orphans where it only looks, and knows features that are not known here. */
function isStricter({ verdict, findings }: FsckReport): boolean {
  return verdict === "unreadable" || findings.every(({ code }) => code === "orphan" || code === "orphan-list");
}

function makeTree(folder: string): void {
  mkdirSync(join(folder, "many"), { recursive: true });
  for (let i = 0; i < 120; i++) writeFileSync(join(folder, "many", `${i}`.padEnd(1 + (i % 60), "n")), `${i}`);
  mkdirSync(join(folder, "one", "two", "three"), { recursive: true });
  for (let i = 1; i < 20; i++) writeFileSync(join(folder, "one", `file ${i}`), new Uint8Array(i * 700).fill(i));
  writeFileSync(join(folder, "large"), new Uint8Array(300_000).fill(7));
  writeFileSync(join(folder, "sparse"), "");
  truncateSync(join(folder, "sparse"), 500_000);
  linkSync(join(folder, "large"), join(folder, "one", "same"));
  symlinkSync("large", join(folder, "short"));
  symlinkSync("there/".repeat(30), join(folder, "long"));
}

const OURS = "none,filetype,sparse_super,large_file";
const KINDS = [
  { name: "volumes like ours", features: OURS, options: ["-b", "1024", "-g", "1024", "-I", "256"], bytes: 3 },
  { name: "volumes of mke2fs", features: "", options: ["-b", "1024", "-g", "1024", "-I", "256"], bytes: 4 },
  { name: "volumes with a journal", features: `${OURS},has_journal`, options: ["-b", "4096", "-I", "128"], bytes: 12 },
];
const RUNS = 40;

describe("spoiled", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-spoiled-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "spoiled.img");

  itWithTools.each(KINDS)(
    "$name are found out and mended as e2fsck would",
    ({ features, options, bytes }) => {
      const tree = join(folder, `tree-${bytes}`);
      makeTree(tree);
      const made = join(folder, `${bytes}.img`);
      const asked = features === "" ? [] : ["-O", features];
      run("mke2fs", "-q", "-F", "-t", "ext2", ...asked, ...options, "-N", "256", "-d", tree, made, `${bytes}M`);
      run("e2fsck", "-fyD", made);
      const image = new Uint8Array(readFileSync(made));
      expect(finish(fsck(new MemorySectors(image), { repair: true, nowUs: NOW_US })).findings).toEqual([]);
      const places = placesOf(image);
      const counts = { clean: 0, mended: 0 };
      for (let seed = 1; seed <= RUNS; seed++) {
        const bad = image.slice();
        const changes = spoil(bad, places, new Prng(seed));
        const disk = new MemorySectors(bad);
        const looked = finish(fsck(disk, { repair: false, nowUs: NOW_US }));
        writeFileSync(path, bad);
        const complaints = complaintsOf(path);
        if (!isStricter(looked))
          expect([seed, changes, looked.verdict !== "clean"]).toEqual([seed, changes, complaints !== ""]);
        else if (complaints !== "") expect([seed, changes, looked.verdict]).not.toEqual([seed, changes, "clean"]);
        const { verdict } = finish(fsck(disk, { repair: true, nowUs: NOW_US }));
        if (verdict !== "clean" && verdict !== "repaired") continue;
        counts[verdict === "clean" ? "clean" : "mended"]++;
        writeFileSync(path, disk.contents());
        expect([seed, changes, complaintsOf(path)]).toEqual([seed, changes, ""]);
      }
      expect(counts.clean).toBeGreaterThan(RUNS / 20);
      expect(counts.mended).toBeGreaterThan(RUNS / 2);
    },
    120_000,
  );
});
