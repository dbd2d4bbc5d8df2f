/** What the three do, on a disk that stays: as the README shows it, and as a check of the disk finds it. */
import { type MemoryDisk, memoryDisk } from "@tessera/hal-sim";
import { finish, fsck, MemorySectors } from "@tessera/servers/ext2";
import { describe, expect, it } from "vitest";
import { command, virtual } from "./command.js";

const MIB = 2 ** 20;

const findingsOn = (disk: MemoryDisk) =>
  finish(fsck(new MemorySectors(disk.contents()), { repair: false, nowUs: 0 })).findings.map(({ message }) => message);

describe("the three programs", () => {
  it("do what the README shows, and are refused what it shows", async () => {
    const { code, out } = await virtual(["--disk", "memory"]);
    expect(code).toBe(0);
    // What exactly the clock showed is no matter of the play.
    const shown = out.replace(/^( +\d\.\d\d)\d+ /gm, "$1... ");
    await expect(shown).toMatchFileSnapshot("../expect.txt");
  });

  it("find next time what they have left, on a disk that is in order", async () => {
    const disks = new Map<string, MemoryDisk>();
    const first = await virtual(["--size", "8"], { disks });
    expect(first.err).toBe("The disk is new: data/file-server.img, 8 MiB.\n");
    const disk = disks.get("data/file-server.img") as MemoryDisk;
    expect(findingsOn(disk)).toEqual([]);
    const second = await virtual([], { disks });
    expect([second.code, second.err]).toEqual([0, ""]);
    expect(second.out).toContain("admin: in / lie home, lost+found, private, public\n");
    expect(second.out).toContain("guest: in / lie notes, way-out\n");
    expect(findingsOn(disk)).toEqual([]);
  });

  it("are replayed from a log, without the disk that they had", async () => {
    const files = new Map<string, string>();
    const disks = new Map<string, MemoryDisk>([["a.img", memoryDisk(8 * MIB)]]);
    await virtual(["--disk", "a.img"], { disks });
    const second = await virtual(["--disk", "a.img", "--log", "run.log"], { disks, files });
    const replayed = await command(["--replay", "run.log"], { files });
    expect(replayed.err).toMatch(/^\nThe replay is the same run: \d+ trace records/);
    expect(replayed.out).toBe(second.out);
  });

  it("are told when there are no files on the disk", async () => {
    const disks = new Map<string, MemoryDisk>([["a.img", memoryDisk(new Uint8Array(MIB).fill(7))]]);
    const { out } = await virtual(["--disk", "a.img"], { disks });
    expect(out).toMatch(/^admin: .*IO$/m);
  });
});
