import { memoryDisk } from "@tessera/hal-sim";
import { describe, expect, it } from "vitest";
import { optionLines, readOptions } from "../src/index.js";
import { DISK_DEFAULTS, type DiskOptions, diskOptions, type Host, openDisk } from "../src/session/index.js";

const DISK = { name: "desk", mib: 2 };
const MIB = 2 ** 20;

/** A host that keeps what it is asked for, and what it is told to say. */
function host(open: Host["disks"]["open"] = (_, bytes) => ({ ...memoryDisk(bytes), isNew: true, close() {} })) {
  const asked: [path: string, bytes: number, isUsual: boolean][] = [];
  const said: string[] = [];
  const disks: Host["disks"] = {
    usual: (name) => `/data/${name}.img`,
    open(...args) {
      asked.push(args);
      return open(...args);
    },
  };
  return { asked, said, host: { disks, err: (text: string) => said.push(text) } as unknown as Host };
}

const read = (...args: string[]): DiskOptions =>
  readOptions(
    { script: "start", options: diskOptions<DiskOptions>(DISK), defaults: DISK_DEFAULTS, isAnswered: () => false },
    args,
    {},
  ).options;

describe("the disk that the options of a session ask for", () => {
  it("is the usual one, with its folder, when nothing is said", () => {
    const { asked, said, host: its } = host();
    expect(openDisk(read(), DISK, its).sectors).toBe((2 * MIB) / 512);
    expect(asked).toEqual([["/data/desk.img", 2 * MIB, true]]);
    expect(said).toEqual(["The disk is new: /data/desk.img, 2 MiB.\n"]);
  });

  it("is the named file, of the size that is asked for where it is made", () => {
    const { asked, said, host: its } = host((_, bytes) => ({ ...memoryDisk(bytes), isNew: false, close() {} }));
    openDisk(read("--disk", "a.img", "--size=5"), DISK, its);
    expect(asked).toEqual([["a.img", 5 * MIB, false]]);
    expect(said).toEqual([]);
  });

  it("is memory, and no file, for `memory`", () => {
    const { asked, said, host: its } = host();
    const disk = openDisk(read("--disk", "memory", "--size", "1"), DISK, its);
    expect([disk.sectors, asked, said]).toEqual([2048, [], []]);
    disk.close();
  });

  it("that can only be read is told, and one that cannot be had is a sentence", () => {
    const { said, host: its } = host((_, bytes) => ({
      ...memoryDisk(bytes, { readOnly: true }),
      isNew: false,
      close() {},
    }));
    openDisk(read("--disk=b.img"), DISK, its);
    expect(said).toEqual(["The disk can only be read, since b.img can.\n"]);
    const none = host(() => {
      throw new Error("b.img is used by process 7");
    });
    expect(() => openDisk(read(), DISK, none.host)).toThrow("There is no disk: b.img is used by process 7");
  });

  it("is refused by options that make no sense, which the usage lists", () => {
    expect(() => read("--disk")).toThrow("--disk takes the name of a file.");
    expect(() => read("--size", "0")).toThrow('--size takes a whole number from 1 to 65536, not "0".');
    expect(optionLines(diskOptions(DISK))).toMatch(/^ {2}--disk FILE .*\n.*desk\.img.*\n {2}--size MIB .*default 2\)$/);
  });
});
