/** Spoiled volumes do no harm; and whoever does some is found. */
import { finish, fsck, MemorySectors } from "@tessera/servers/ext2";
import { afterEach, describe, expect, it, vi } from "vitest";
import { makeBase, SHAPES } from "../src/fuzz/bases.js";
import { MARK } from "../src/fuzz/client.js";
import { GuardedDisk, Misbehaviour } from "../src/fuzz/guarded-disk.js";
import { placesOf } from "../src/fuzz/spoil.js";
import { tryImage } from "../src/fuzz/trial.js";
import { Opened } from "../src/image/opened.js";
import { TestHost } from "./host.js";

const RUNS = 40;

describe.each(SHAPES)("volumes of shape $name", (shape) => {
  const image = makeBase(shape);

  it("are in order before they are spoiled", () => {
    const report = finish(fsck(new MemorySectors(image), { repair: false, nowUs: 0 }));
    expect(report).toMatchObject({ verdict: "clean", findings: [] });
  });

  it(`do no harm, spoiled in ${RUNS} ways`, () => {
    const places = placesOf(image);
    const verdicts = new Set<string>();
    for (let run = 0; run < RUNS; run++) {
      const { changes, problem, looked, repaired } = tryImage(image, places, 1, run);
      expect({ run, changes, problem }).toEqual({ run, changes, problem: null });
      verdicts.add(looked).add(repaired);
    }
    expect([...verdicts]).toEqual(expect.arrayContaining(["clean", "damaged", "repaired"]));
  });
});

it("the same seed and run are the same trial", () => {
  const image = makeBase(SHAPES[0]!);
  const places = placesOf(image);
  expect(tryImage(image, places, 7, 3)).toEqual(tryImage(image, places, 7, 3));
  expect(tryImage(image, places, 7, 3).changes).not.toEqual(tryImage(image, places, 7, 4).changes);
});

describe("who does harm is found:", () => {
  const image = makeBase(SHAPES[0]!);
  const places = placesOf(image);
  const problems = () => Array.from({ length: 20 }, (_, run) => tryImage(image, places, 1, run).problem);
  afterEach(() => void vi.restoreAllMocks());

  it("by answers that are not declared", () => {
    vi.spyOn(Opened.prototype, "space").mockReturnValue("Surprise");
    expect(problems()).toContain('use: space is answered with "Surprise"');
  });

  it("by throwing", () => {
    vi.spyOn(Opened.prototype, "lookup").mockImplementation(() => {
      throw new RangeError("an index");
    });
    expect(problems()[0]).toContain("use: RangeError: an index");
  });

  it("by lists without an end", () => {
    vi.spyOn(Opened.prototype, "list").mockReturnValue({
      entries: [{ node: 2, cursor: 0, kind: "directory", name: Uint8Array.of(0x2e) }],
      cursor: 0,
    });
    expect(problems()[0]).toMatch(/use: the list of \d+ does not come to an end/);
  });

  it("by data where the volume has its books", () => {
    const settle = vi.spyOn(Opened.prototype, "settle");
    settle.mockImplementation(function (this: Opened) {
      const { store, layout } = this.files;
      finish(store.write(layout.geometry.firstDataBlock + 2, new Uint8Array(store.blockBytes).fill(MARK)));
    });
    expect(problems()[0]).toMatch(/use: data was written to block 3, where the volume has its books/);
  });

  it("by leaving a volume out of order", () => {
    vi.spyOn(Opened.prototype, "settle").mockImplementation(function (this: Opened) {
      const { store, layout } = this.files;
      const table = new Uint8Array(store.blockBytes);
      finish(store.read(layout.geometry.firstDataBlock + 1, table));
      table[12]! ^= 1;
      finish(store.write(layout.geometry.firstDataBlock + 1, table));
    });
    expect(problems().some((problem) => problem?.startsWith("check after use: it is damaged: Descriptor 0 says"))).toBe(
      true,
    );
  });
});

it("who reaches outside of the disk, or does not come to an end, is found", () => {
  const disk = new GuardedDisk(1024);
  disk.allow(3);
  expect(() => disk.read(2, new Uint8Array(512))).toThrow(new Misbehaviour("sectors 2 to 2 are read, of 2"));
  finish(disk.read(0, new Uint8Array(1024)));
  finish(disk.write(0, new Uint8Array(512)));
  expect(() => disk.read(0, new Uint8Array(512))).toThrow("it does not come to an end");
});

it("the command counts images and findings", () => {
  const { code, out } = new TestHost().run("fuzz-images", "--seed", "1", "--runs", "4");
  expect(code).toBe(0);
  expect(out).toMatch(/\n4 images, 0 findings\n$/);
  expect(new TestHost().run("fuzz-images", "--run", "2").out).toContain("1 images, 0 findings");
});
