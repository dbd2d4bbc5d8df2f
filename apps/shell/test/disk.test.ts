/** Files lie on a disk: they are there in the next session, however this one ends. */
import { type MemoryDisk, memoryDisk } from "@tessera/hal-sim";
import { finish, fsck, MemorySectors } from "@tessera/servers/ext2";
import { describe, expect, it } from "vitest";
import { command } from "./command.js";

const DISK = ["--virtual", "--disk", "a.img"];

const newDisk = () => new Map<string, MemoryDisk>([["a.img", memoryDisk(8 * 2 ** 20)]]);

describe("what a session has written", () => {
  it("is there in the next one, on a disk that was left in order", async () => {
    const disks = newDisk();
    await command(DISK, { disks, input: "mkdir d; echo remember the milk > d/note; mkdir gone; rm gone\n" });
    const contents = disks.get("a.img")?.contents() as Uint8Array;
    expect(finish(fsck(new MemorySectors(contents), { repair: false, nowUs: 0 })).findings).toEqual([]);
    const { out, code } = await command(DISK, { disks, input: "cat d/note; ls\n" });
    expect([out, code]).toEqual(["remember the milk\nd/\ndev/\nlost+found/\n", 0]);
  });

  it("is there with another one on the machine, and SOS's files with it", async () => {
    const disks = newDisk();
    await command([...DISK, "--with", "sos"], { disks, input: "echo benchmark -d | sos > said\n" });
    const { out } = await command(DISK, { disks, input: "ls; head -n 1 results.tsv\n" });
    expect(out).toMatch(/^benchmark\.tmp\nbin\/\ndev\/\nlost\+found\/\nresults\.tsv\nsaid\n\{"unit":"us"/);
  });

  it("may be lost where the session is killed, and its disk is put in order by the next one", async () => {
    const disks = newDisk();
    await command(DISK, { disks, input: "echo kept > kept\n" });
    const killed = await command(["--disk", "a.img"], {
      disks,
      input: "echo a > b; echo ready; spin\n",
      killedAt: "ready",
    });
    expect(killed.code).toBe(143);
    const { out } = await command(DISK, { disks, input: "cat kept; echo after > c; cat c\n" });
    expect(out).toBe("kept\nafter\n");
    const contents = disks.get("a.img")?.contents() as Uint8Array;
    expect(finish(fsck(new MemorySectors(contents), { repair: false, nowUs: 0 })).findings).toEqual([]);
  });

  it("is gone with a disk in memory", async () => {
    await command(["--virtual", "--disk", "memory"], { input: "echo a > f\n" });
    const { out } = await command(["--virtual", "--disk", "memory"], { input: "ls\n" });
    expect(out).toBe("dev/\nlost+found/\n");
  });
});
