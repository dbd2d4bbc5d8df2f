/** The commands about images, as people type them. */
import { describe, expect, it } from "vitest";
import { TestHost } from "./host.js";

describe("mkfs", () => {
  it("makes a file system in a new image, and says how it is divided", () => {
    const host = new TestHost();
    expect(host.run("mkfs", "a.img", "--size", "5", "--label", "mine", "--seed", "1")).toEqual({
      code: 0,
      out: "a.img: 5120 blocks of 1024 bytes, 1280 inodes, 1 groups.\n",
      err: "",
    });
    expect(host.run("fsck", "a.img")).toEqual({
      code: 0,
      out: "a.img: clean, 11 of 1280 inodes and 338 of 5120 blocks in use\n",
      err: "",
    });
  });

  it("leaves a file system alone, unless that is meant", () => {
    const host = new TestHost();
    host.run("mkfs", "a.img", "--size", "1");
    expect(host.run("mkfs", "a.img", "--block", "2048")).toEqual({
      code: 1,
      out: "",
      err: "a.img has a file system already: with --force what is in it is lost.\n",
    });
    expect(host.run("mkfs", "a.img", "--block", "2048", "--force").out).toContain("512 blocks of 2048 bytes");
  });

  it("says why none can be made", () => {
    const host = new TestHost();
    expect(host.run("mkfs", "a.img", "--size", "1", "--block", "512").err).toBe(
      "No file system was made: blocks of 512 bytes are not made; 1, 2 and 4 KiB are.\n",
    );
    expect(host.run("mkfs")).toMatchObject({ code: 16, err: "mkfs takes the name of one image; --help says more.\n" });
    expect(host.run("mkfs", "a.img", "--size", "x").code).toBe(16);
    expect(host.run("mkfs", "--help").out).toContain("npm run mkfs -- IMAGE");
  });
});

describe("fsck", () => {
  /** A new image whose count of free blocks is spoiled. */
  const spoiled = () => {
    const host = new TestHost();
    host.run("mkfs", "a.img", "--size", "1", "--seed", "1");
    const sector = new Uint8Array(512);
    host.images.get("a.img")?.read(2, sector);
    sector[12] = 0xee;
    host.images.get("a.img")?.write(2, sector);
    return host;
  };

  it("says what it has found, and mends it when that is asked for", () => {
    const host = spoiled();
    const said = "count: The superblock says that 1006 blocks are free, and 942 are.";
    expect(host.run("fsck", "a.img")).toEqual({
      code: 4,
      out: `${said}\na.img: damaged, 11 of 256 inodes and 82 of 1024 blocks in use\n`,
      err: "",
    });
    expect(host.run("fsck", "a.img", "--repair")).toEqual({
      code: 1,
      out: `${said} Mended.\na.img: repaired, 11 of 256 inodes and 82 of 1024 blocks in use\n`,
      err: "",
    });
    expect(host.run("fsck", "a.img").code).toBe(0);
  });

  it("says why there is nothing to check", () => {
    const host = spoiled();
    expect(host.run("fsck", "b.img")).toMatchObject({ code: 16, err: 'There is no file "b.img".\n' });
    host.readOnly.add("a.img");
    expect(host.run("fsck", "a.img", "--repair")).toMatchObject({ code: 16, err: "a.img can only be read.\n" });
    const { images } = host;
    images.set("zeroes", { ...images.get("a.img")!, read: (_, into) => void into.fill(0) });
    expect(host.run("fsck", "zeroes")).toMatchObject({ code: 8 });
    images.set("failing", {
      ...images.get("a.img")!,
      read: () => {
        throw new Error("worn out");
      },
    });
    expect(host.run("fsck", "failing")).toMatchObject({
      code: 8,
      err: "failing could not be checked to the end: the disk could not read 2 sectors from 2 up: worn out.\n",
    });
  });
});

it("another word is answered with those that there are", () => {
  expect(new TestHost().run("format", "a.img")).toMatchObject({ code: 16, err: expect.stringContaining("mkfs, fsck") });
});
