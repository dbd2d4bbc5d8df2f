/** The file system as a server: on a disk that is one, asked by several clients, cut off and started anew. */
import { Prng, powerCutDisk } from "@tessera/hal-sim";
import { describe, expect, it } from "vitest";
import { MemorySectors } from "../../src/ext2/index.js";
import { type Component, must } from "../../src/index.js";
import { complaintsOf, itWithTools, saveImage, scratchFolder } from "./e2fsprogs.js";
import { diskOf, findingsOn, runVolume, type VolumeUser } from "./system.js";

const bytes = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, i) => (i * 7 + seed + (i >>> 8)) & 0xff);
const isSame = (found: Uint8Array | string, expected: Uint8Array) =>
  typeof found !== "string" && Buffer.compare(found, expected) === 0;

describe("a volume", () => {
  it("is made on a blank disk, takes all that a volume takes, and is in order after a sync", () => {
    const disk = diskOf(4096);
    runVolume({ disk, formatsBlank: true }, function* (user) {
      const root = yield* user.root();
      const home = yield* user.make(root, "home", "directory");
      const file = yield* user.make(home, "notes");
      expect(yield* user.write(file, bytes(100_000, 1))).toBe(null);
      expect(isSame(yield* user.read(file, 65_536, 30_000), bytes(100_000, 1).subarray(30_000, 95_536))).toBe(true);
      expect(yield* user.link(file, root, "same")).toBe(null);
      expect(yield* user.symlink(home, "way", "/home/notes")).toBe(null);
      expect(yield* user.target(yield* user.at("home/way"))).toBe("/home/notes");
      expect(yield* user.rename(home, "notes", root, "moved")).toBe(null);
      expect(yield* user.remove(root, "same")).toBe(null);
      expect(yield* user.remove(root, "home", true)).toBe("NotEmpty");
      expect((yield* user.names(root)).toSorted()).toEqual(["home", "lost+found", "moved"]);
      const stat = must(yield* user.volume.stat({ node: file }));
      expect([stat.size, stat.links, stat.mode, stat.uid, stat.kind]).toEqual([100_000, 1, 0o644, 7, "file"]);
      const space = must(yield* user.volume.space());
      expect([space.isReadOnly, space.blocks * space.blockBytes]).toEqual([false, 4096 * 1024]);
      must(yield* user.volume.sync({ node: 0 }));
    });
    expect(findingsOn(disk.contents())).toEqual([]);
  });

  itWithTools("of a server is one that e2fsck finds nothing wrong with", () => {
    const disk = diskOf(4096);
    runVolume({ disk, formatsBlank: true }, function* (user) {
      const root = yield* user.root();
      for (let n = 0; n < 40; n++) yield* user.write(yield* user.make(root, `file ${n}`), bytes(n * 900, n));
      for (let n = 0; n < 40; n += 3) yield* user.remove(root, `file ${n}`);
      must(yield* user.volume.sync({ node: 0 }));
    });
    const path = `${scratchFolder()}/volume.img`;
    saveImage(new MemorySectors(disk.contents()), path);
    expect(complaintsOf(path)).toBe("");
  });

  it("is there for the next machine, by the same numbers", () => {
    const disk = diskOf(1024);
    let node = 0;
    runVolume({ disk, formatsBlank: true }, function* (user) {
      node = yield* user.make(yield* user.root(), "kept");
      yield* user.write(node, bytes(5000, 3));
      must(yield* user.volume.sync({ node: 0 }));
    });
    runVolume({ disk }, function* (user) {
      expect(yield* user.at("kept")).toBe(node);
      expect(isSame(yield* user.read(node, 5000), bytes(5000, 3))).toBe(true);
    });
  });

  it("that was not left in order is checked and mended when it is mounted, whenever the power was cut", () => {
    const disk = powerCutDisk(1024 * 1024);
    const synced: number[] = [];
    runVolume({ disk, formatsBlank: true }, function* (user) {
      const root = yield* user.root();
      const folder = yield* user.make(root, "folder", "directory");
      must(yield* user.volume.sync({ node: 0 }));
      synced.push(disk.events);
      for (let n = 0; n < 12; n++) {
        yield* user.write(yield* user.make(folder, `f${n}`), bytes(3000 * n, n));
        if (n % 3 === 2) yield* user.remove(folder, `f${n - 1}`);
        if (n % 4 === 3) must(yield* user.volume.sync({ node: 0 }));
      }
    });
    const random = new Prng(1);
    for (let n = 0; n < 12; n++) {
      const after = (synced[0] as number) + random.below(disk.events - (synced[0] as number) + 1);
      const left = disk.contentsAfterCut(new Prng(n), after);
      const next = diskOf(1024);
      next.write(0, left);
      runVolume({ disk: next }, function* (user) {
        const folder = yield* user.at("folder");
        yield* user.write(yield* user.make(folder, "after"), bytes(2000, 9));
        expect(yield* user.names(folder)).toContain("after");
        must(yield* user.volume.sync({ node: 0 }));
      });
      expect(findingsOn(next.contents())).toEqual([]);
    }
  });

  it("is written by several at once, each its own, and nothing is mixed up", () => {
    const disk = diskOf(8192);
    const writer = (n: number) =>
      function* (user: VolumeUser) {
        const folder = yield* user.make(yield* user.root(), `of ${n}`, "directory");
        for (let i = 0; i < 8; i++) {
          const node = yield* user.make(folder, `${i}`);
          expect(yield* user.write(node, bytes(20_000 + 1000 * n, 16 * n + i))).toBe(null);
        }
        for (let i = 0; i < 8; i++) {
          const found = yield* user.read(yield* user.at(`of ${n}/${i}`), 65_536);
          expect(isSame(found, bytes(20_000 + 1000 * n, 16 * n + i))).toBe(true);
        }
        must(yield* user.volume.sync({ node: 0 }));
      };
    runVolume({ disk, formatsBlank: true }, ...[0, 1, 2, 3].map(writer));
    expect(findingsOn(disk.contents())).toEqual([]);
  });

  it("keeps a node that is held and has no name, until the one who holds it lets go, or is dead", () => {
    const disk = diskOf(1024);
    runVolume({ disk, formatsBlank: true }, function* (user) {
      const root = yield* user.root();
      const [mine, lost] = [yield* user.make(root, "mine"), yield* user.make(root, "lost")];
      for (const node of [mine, lost]) {
        yield* user.write(node, bytes(9000, 5));
        must(yield* user.volume.hold({ node }));
      }
      expect([yield* user.remove(root, "mine"), yield* user.remove(root, "lost")]).toEqual([null, null]);
      expect(isSame(yield* user.read(mine, 9000), bytes(9000, 5))).toBe(true);
      must(yield* user.volume.release({ node: mine }));
      expect(yield* user.read(mine)).toBe("Stale");
      expect((yield* user.volume.release({ node: mine })).error).toBe("Stale");
      // It ends, and so what it holds is let go.
    });
    const again = diskOf(1024);
    again.write(0, disk.contents());
    runVolume({ disk: again }, function* (user) {
      expect(yield* user.names(yield* user.root())).toEqual(["lost+found"]);
      must(yield* user.volume.sync({ node: 0 }));
    });
    expect(findingsOn(again.contents())).toEqual([]);
  });

  it("keeps what is held while somebody else takes its name away, whoever comes first", () => {
    const disk = diskOf(2048);
    const nodes: number[] = [];
    const seen = { held: 0, gone: 0 };
    runVolume(
      { disk, formatsBlank: true },
      function* (user) {
        const noise = yield* user.make(yield* user.root(), "noise");
        for (let n = 0; n < 200; n++) yield* user.write(noise, bytes(3000, n), 3000 * n);
      },
      function* (user) {
        const root = yield* user.root();
        for (let n = 0; n < 40; n++) nodes.push(yield* user.make(root, `${n}`));
      },
      function* (user) {
        for (let n = 0; n < 40; n++) {
          while (nodes[n] === undefined) yield* user.root();
          const node = nodes[n] as number;
          const isHeld = (yield* user.volume.hold({ node })).error === null;
          seen[isHeld ? "held" : "gone"] += 1;
          expect(yield* user.read(node)).toEqual(isHeld ? new Uint8Array(0) : "Stale");
          if (isHeld) must(yield* user.volume.release({ node }));
        }
        expect(must(yield* user.volume.space()).isReadOnly).toBe(false);
      },
      function* (user) {
        const root = yield* user.root();
        for (let n = 0; n < 40; n++) {
          while (nodes[n] === undefined) yield* user.root();
          expect(yield* user.remove(root, `${n}`)).toBe(null);
        }
      },
    );
    expect(seen.held).toBeGreaterThan(0);
  });

  it("refuses what is beyond its window, and what is no name", () => {
    runVolume({ disk: diskOf(1024), formatsBlank: true }, function* (user) {
      const root = yield* user.root();
      const node = yield* user.make(root, "a");
      const beyond = user.window.bytes - 10;
      expect((yield* user.volume.write({ node, offset: 0, length: 20, at: beyond })).error).toBe("NoWindow");
      expect((yield* user.volume.read({ node, offset: 0, length: 1, at: user.window.bytes + 1 })).error).toBe(
        "NoWindow",
      );
      expect((yield* user.volume.list({ directory: root, cursor: 0, at: beyond, length: 20 })).error).toBe("NoWindow");
      expect((yield* user.volume.write({ node, offset: 2 ** 50, length: 1, at: 0 })).error).toBe("TooLarge");
      expect(yield* user.remove(root, "..", true)).toBe("BadName");
      expect((yield* user.volume.stat({ node: 2 ** 52 })).error).toBe("Stale");
      expect((yield* user.volume.lookup({ directory: node, name: Uint8Array.of(65) })).error).toBe("NotDirectory");
    });
  });

  it("says Full where there is no room, and goes on", () => {
    const disk = diskOf(256);
    runVolume({ disk, formatsBlank: true }, function* (user) {
      const root = yield* user.root();
      const node = yield* user.make(root, "large");
      expect(yield* user.write(node, bytes(300_000, 1))).toBe("Full");
      expect(yield* user.remove(root, "large")).toBe(null);
      expect(yield* user.write(yield* user.make(root, "small"), bytes(50_000, 1))).toBe(null);
      must(yield* user.volume.sync({ node: 0 }));
    });
    expect(findingsOn(disk.contents())).toEqual([]);
  });
});

describe("a disk on which a file system was begun", () => {
  it("has one made anew, whenever the power was cut before, and keeps one that was finished", () => {
    const disk = powerCutDisk(512 * 1024);
    runVolume({ disk, formatsBlank: true }, function* (user) {
      yield* user.make(yield* user.root(), "a");
      must(yield* user.volume.sync({ node: 0 }));
    });
    for (let after = 0; after <= disk.events; after++) {
      const left = disk.contentsAfterCut(new Prng(after), after);
      const next = diskOf(512);
      next.write(0, left);
      runVolume({ disk: next, formatsBlank: true }, function* (user) {
        const names = (yield* user.names(yield* user.root())).filter((name) => name !== "a");
        expect(names).toEqual(["lost+found"]);
        must(yield* user.volume.sync({ node: 0 }));
      });
      expect(findingsOn(next.contents())).toEqual([]);
    }
  });
});

describe("where there is no volume", () => {
  it.each([
    ["no disk", undefined],
    ["a disk of zeroes", diskOf(1024)],
    [
      "a disk of something else",
      (() => {
        const disk = diskOf(1024);
        disk.write(0, bytes(65_536, 7));
        return disk;
      })(),
    ],
  ])("since there is %s, every call is answered IO, and nothing is written", (_, disk) => {
    const before = disk?.contents();
    runVolume(disk === undefined ? {} : { disk, formatsBlank: false }, function* (user) {
      expect((yield* user.volume.root()).error).toBe("IO");
      expect((yield* user.volume.sync({ node: 0 })).error).toBe("IO");
    });
    expect(Buffer.compare(before ?? Buffer.of(), disk?.contents() ?? Buffer.of())).toBe(0);
  });

  it("something else is not taken for blank", () => {
    const disk = diskOf(1024);
    disk.write(3, bytes(512, 7));
    runVolume({ disk, formatsBlank: true }, function* (user) {
      expect((yield* user.volume.root()).error).toBe("IO");
    });
  });
});

describe("a server that dies", () => {
  it("is followed by one that goes on by the numbers that clients have", () => {
    const disk = diskOf(1024);
    let dies = false;
    const instead = (of: Component): Component => ({
      ...of,
      *main(handles: never) {
        const { self } = handles as { self: { readonly incarnation: number } };
        const inner = of.main(handles);
        for (let step = inner.next(); ; step = inner.next()) {
          if (step.done === true) return step.value;
          yield;
          if (self.incarnation === 0 && dies) throw new Error("as planned");
        }
      },
    });
    let deaths = 0;
    runVolume(
      { disk, formatsBlank: true, instead, restart: { firstUs: 1000, mostUs: 1000 }, machine: { onReport: () => {} } },
      function* (user) {
        const root = yield* user.root();
        const node = yield* user.make(root, "kept");
        yield* user.write(node, bytes(3000, 2));
        must(yield* user.volume.sync({ node: 0 }));
        dies = true;
        for (let n = 0; n < 10; n++) {
          const found = yield* user.read(node, 3000);
          if (found === "Gone") deaths += 1;
          else expect(isSame(found, bytes(3000, 2))).toBe(true);
        }
        expect(deaths).toBe(1);
      },
    );
  });
});
