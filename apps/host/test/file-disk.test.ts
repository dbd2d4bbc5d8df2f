import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileDisks } from "../src/process/file-disk.js";
import type { HostDisk } from "../src/session/disks.js";

const MIB = 2 ** 20;

let folder = "";
let path = "";
const opened: HostDisk[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "disk-"));
  path = join(folder, "a.img");
});

afterEach(() => {
  for (const disk of opened.splice(0)) disk.close();
  rmSync(folder, { recursive: true });
});

function open(bytes = MIB, isUsual = false): HostDisk {
  const disk = fileDisks.open(path, bytes, isUsual);
  opened.push(disk);
  return disk;
}

const lockOf = () => `${path}.lock`;

/** A lock as another process would have left it. */
function leaveLock(holder: object): void {
  writeFileSync(lockOf(), JSON.stringify(holder));
}

/** The number of a process that is no more. */
function deadProcess(): number {
  return spawnSync(process.execPath, ["-e", ""]).pid;
}

describe("a disk in a file", () => {
  it("is made where there is none, with zeroes that take no room, and read by other programs", () => {
    const disk = open(64 * MIB);
    expect([disk.isNew, disk.sectors, disk.readOnly]).toEqual([true, 131_072, false]);
    disk.write(1000, new Uint8Array(1024).fill(7));
    disk.flush();
    const { size, blocks } = statSync(path);
    expect(size).toBe(64 * MIB);
    expect(blocks * 512).toBeLessThan(MIB);
    expect([...readFileSync(path).subarray(999 * 512, 1003 * 512)].filter((byte) => byte === 7)).toHaveLength(1024);
  });

  it("keeps what was written, and its size, for the next session", () => {
    open().write(5, new Uint8Array(512).fill(9));
    opened.pop()?.close();
    const disk = open(8 * MIB);
    const found = new Uint8Array(1024);
    disk.read(4, found);
    expect([disk.isNew, disk.sectors, found[511], found[512], found[1023]]).toEqual([false, 2048, 0, 9, 9]);
  });

  it("is made with its folder where it is the usual one, and not elsewhere", () => {
    path = join(folder, "b", "c.img");
    expect(() => open()).toThrow(/ENOENT/);
    expect(open(MIB, true).isNew).toBe(true);
  });

  it("is refused when it is no image", () => {
    writeFileSync(path, "hello");
    expect(() => open()).toThrow(`${path} is no image of a disk: it has 5 bytes, which is no multiple of 512`);
    path = folder;
    expect(() => open()).toThrow(/EISDIR/);
    expect(existsSync(`${folder}.lock`)).toBe(false);
  });

  it("says so when its file has become shorter", () => {
    const disk = open();
    truncateSync(path, 1024);
    expect(() => disk.read(1, new Uint8Array(1024))).toThrow("the file ends before byte 1024");
  });

  it("that may only be read is a disk that may only be read", () => {
    open().close();
    chmodSync(path, 0o400);
    if (process.getuid?.() === 0) return; // who may do everything is refused nothing
    expect(open().readOnly).toBe(true);
  });
});

describe("a file that is used as a disk", () => {
  it("is used by one session at a time, which is told to the next, and is free afterwards", () => {
    const disk = open();
    const sentence = `${path} is used by process ${process.pid}: a second session needs a disk of its own. If nobody does, remove ${lockOf()}.`;
    expect(() => open()).toThrow(sentence);
    expect(existsSync(lockOf())).toBe(true);
    disk.close();
    expect(existsSync(lockOf())).toBe(false);
    open();
    disk.close(); // the second time: the other session's lock stays
    expect(existsSync(lockOf())).toBe(true);
  });

  it("is taken over from a process that is no more, or whose number another process has now", () => {
    for (const holder of [
      { pid: deadProcess(), host: hostname(), began: "" },
      { pid: process.pid, host: hostname(), began: "1" },
      { pid: process.ppid, host: hostname(), began: "another time" },
    ]) {
      if (holder.began === "another time" && !existsSync("/proc/1/stat")) continue;
      leaveLock(holder);
      open().close();
      expect(existsSync(lockOf())).toBe(false);
    }
  });

  it("is not taken over from a process on another host, nor when the lock does not say whose it is", () => {
    leaveLock({ pid: deadProcess(), host: "elsewhere", began: "" });
    expect(() => open()).toThrow(/is used by process \d+ on elsewhere: /);
    for (const text of ["", "{", "7", '{"pid":"1"}']) {
      writeFileSync(lockOf(), text);
      expect(() => open()).toThrow(/is used by somebody: /);
      expect(readFileSync(lockOf(), "utf8")).toBe(text);
    }
  });

  it("is free when its process has ended, however it did", async () => {
    const code = `import { fileDisks } from ${JSON.stringify(join(import.meta.dirname, "../src/process/file-disk.ts"))};
      process.on("SIGTERM", () => process.exit(3));
      setTimeout(() => {}, 60_000);
      fileDisks.open(${JSON.stringify(path)}, 4096, false);
      process.stdout.write("open");`;
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      const child = spawn(process.execPath, [
        "--import",
        "./tools/ts-modules/register.mjs",
        "--input-type=module",
        "-e",
        code,
      ]);
      await new Promise((resolve) => child.stdout.once("data", resolve));
      expect(() => open()).toThrow(`is used by process ${child.pid}`);
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill(signal);
      await ended;
      expect(existsSync(lockOf())).toBe(signal === "SIGKILL");
      open().close();
    }
  });

  it("is one session's, when many want to take over a lock that was left behind", async () => {
    leaveLock({ pid: deadProcess(), host: hostname(), began: "" });
    const code = `import { fileDisks } from ${JSON.stringify(join(import.meta.dirname, "../src/process/file-disk.ts"))};
      try { fileDisks.open(${JSON.stringify(path)}, 4096, false); process.stdout.write("mine"); } catch { process.stdout.write("not"); }
      setTimeout(() => {}, 60_000);`;
    const children = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--import", "./tools/ts-modules/register.mjs", "--input-type=module", "-e", code]),
    );
    const said = await Promise.all(
      children.map(
        (child) => new Promise<string>((resolve) => child.stdout.once("data", (data) => resolve(String(data)))),
      ),
    );
    for (const child of children) child.kill("SIGKILL");
    expect(said.toSorted()).toEqual(["mine", "not", "not", "not"]);
  });
});

describe("the usual disk", () => {
  it("lies in the folder for the user's data", () => {
    const { XDG_DATA_HOME: before } = process.env;
    try {
      process.env["XDG_DATA_HOME"] = "/somewhere";
      expect(fileDisks.usual("desk")).toBe(join("/somewhere", "tessera", "desk.img"));
      delete process.env["XDG_DATA_HOME"];
      if (process.platform === "linux")
        expect(fileDisks.usual("desk")).toMatch(/\/\.local\/share\/tessera\/desk\.img$/);
    } finally {
      if (before === undefined) delete process.env["XDG_DATA_HOME"];
      else process.env["XDG_DATA_HOME"] = before;
    }
  });
});
