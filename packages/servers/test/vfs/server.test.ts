/** The vfs over a file system on a disk: paths, links, data, authority, and what of it survives. */
import { memoryDisk } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { Change, type Component, must, vfsServer, walk } from "../../src/index.js";
import { type FilesUser, runVfs } from "./system.js";

const WHOLE = { files: { root: "/", access: "admin" } } as const;

/** One client with authority over everything. */
function whole(use: (user: FilesUser) => Thread): void {
  runVfs({ offers: WHOLE }, { offer: "files", do: use });
}

describe("files", () => {
  it("are made, written, read, listed in order, renamed and removed", () => {
    whole(function* (user) {
      expect(yield* user.put("b", "two")).toBeNull();
      expect(yield* user.put("a", "one\n".repeat(1000))).toBeNull();
      expect(yield* user.put("ä", "")).toBeNull();
      expect(yield* user.names()).toEqual(["a", "b", "lost+found", "ä"]);
      expect(yield* user.get("a")).toBe("one\n".repeat(1000));
      expect(must(yield* user.files.stat({ name: "a" }))).toMatchObject({
        kind: "file",
        size: 4000,
        mode: 0o644,
        links: 1,
      });
      const sub = yield* user.enter("sub", true);
      expect((yield* user.files.rename({ name: "a", directory: sub, to: "c" })).error).toBeNull();
      expect((yield* user.get("c", sub)).length).toBe(4000);
      expect((yield* user.files.remove({ name: "sub" })).error).toBe("NotEmpty");
      expect((yield* sub.remove({ name: "c" })).error).toBeNull();
      expect((yield* user.files.remove({ name: "sub" })).error).toBeNull();
      expect((yield* user.files.stat({ name: "sub" })).error).toBe("NotFound");
      expect((yield* sub.next({ after: "" })).error).toBe("Stale");
    });
  });

  it("go through the window in one call, whatever their size", () => {
    whole(function* (user) {
      const { file } = must(yield* user.files.open({ name: "large", create: true, write: true }));
      const { bytes } = user.window;
      const data = Uint8Array.from({ length: bytes }, (_, i) => (i * 7) >>> 3);
      yield* user.window.write(0, data);
      expect(must(yield* file.writeWindow({ offset: 100_000, length: bytes, at: 0 })).written).toBe(bytes);
      yield* user.window.write(0, new Uint8Array(bytes));
      expect(must(yield* file.readWindow({ offset: 100_000, length: 2 ** 31, at: 0 })).count).toBe(bytes);
      expect(yield* user.window.read(0, bytes)).toEqual(data);
      expect((yield* file.readWindow({ offset: 0, length: 1, at: bytes + 1 })).error).toBe("NoWindow");
      expect((yield* file.write({ offset: 2 ** 52, data: new Uint8Array(1) })).error).toBe("TooLarge");
      expect((yield* file.truncate({ size: 5 })).error).toBeNull();
      expect(must(yield* file.stat()).size).toBe(5);
      expect((yield* file.sync()).error).toBeNull();
    });
  });

  it("that find no more room say so, also where some of a piece was written", () => {
    whole(function* (user) {
      const { blockBytes } = must(yield* user.files.space());
      yield* user.put("spare", "x");
      const { file } = must(yield* user.files.open({ name: "rest", create: true, write: true }));
      let size = 0;
      for (let more: string | null = null; more === null; ) {
        const written = yield* file.writeWindow({ offset: size, length: user.window.bytes, at: 0 });
        more = written.error;
        if (written.error === null) size += written.written;
      }
      expect(must(yield* file.stat()).size).toBe(size);
      must(yield* user.files.remove({ name: "spare" }));
      expect(yield* user.put("late", "y".repeat(blockBytes + blockBytes / 2))).toBe("Full");
      expect(yield* user.get("late")).toBe("y".repeat(blockBytes));
    });
  });

  it("that were removed live on for who has them open", () => {
    whole(function* (user) {
      yield* user.put("gone", "still here");
      const { file } = must(yield* user.files.open({ name: "gone", create: false, write: true }));
      expect((yield* user.files.remove({ name: "gone" })).error).toBeNull();
      expect(new TextDecoder().decode(must(yield* file.read({ offset: 0, length: 100 })).data)).toBe("still here");
      expect(must(yield* file.stat()).links).toBe(0);
      yield* file.close();
      expect(yield* user.names()).toEqual(["lost+found"]);
    });
  });
});

describe("paths", () => {
  const table: readonly (readonly [path: string, answer: string])[] = [
    ["one/two/file", "file"],
    ["/one/two/file", "file"],
    ["one//two/./file", "file"],
    ["one/two/../two/file", "file"],
    ["../../one/two/file", "file"],
    ["link/file", "file"],
    ["link/../two/file", "file"],
    ["absolute", "file"],
    ["chain", "file"],
    ["loop", "Loop"],
    ["dangling", "NotFound"],
    ["one/two/file/", "NotDirectory"],
    ["one/two/file/x", "NotDirectory"],
    ["nothing/x", "NotFound"],
    [`${"one/../".repeat(500)}one/two/file`, "file"],
    [`${"x".repeat(256)}/y`, "BadName"],
    ["", "NotFound"],
  ];

  it("are resolved as POSIX says", () => {
    whole(function* (user) {
      const one = yield* user.enter("one", true);
      const two = must(yield* one.enter({ name: "two", create: true })).directory;
      expect(yield* user.put("file", "it", two)).toBeNull();
      for (const [name, target] of [
        ["link", "one/two"],
        ["absolute", "/one/two/file"],
        ["chain", "absolute"],
        ["loop", "loop"],
        ["dangling", "one/nothing"],
      ] as const) {
        expect((yield* user.files.symlink({ name, target })).error).toBeNull();
      }
      const found: (readonly [string, string])[] = [];
      for (const [path] of table) {
        const walked = yield* walk(user.files, path);
        if (walked.error !== null) {
          found.push([path, walked.error]);
          continue;
        }
        const stat = yield* walked.directory.stat({ name: walked.name });
        const isWrong = stat.error === null && walked.mustBeDirectory && stat.kind !== "directory";
        found.push([path, isWrong ? "NotDirectory" : (stat.error ?? stat.kind)]);
        yield* walked.close();
      }
      expect(found).toEqual(table);
      const target = must(yield* user.files.readLink({ name: "absolute", from: 1 }));
      expect(new TextDecoder().decode(target.target)).toBe("one/two/file");
      expect(target.length).toBe(13);
      expect(must(yield* user.files.entry({ name: "link" })).kind).toBe("link");
      expect((yield* user.files.readLink({ name: "one", from: 0 })).error).toBe("NotLink");
      // A link that leads nowhere is where a file can be made.
      expect(yield* user.put("dangling", "made")).toBeNull();
      expect(yield* user.get("nothing", one)).toBe("made");
    });
  });

  it("never lead above the directory that a session was opened for, nor do links and moves", () => {
    whole(function* (user) {
      expect(yield* user.put("secret", "secret")).toBeNull();
      const jail = yield* user.enter("jail", true);
      const deep = must(yield* jail.enter({ name: "deep", create: true })).directory;
      expect((yield* jail.symlink({ name: "out", target: "/secret" })).error).toBeNull();
      expect((yield* jail.symlink({ name: "up", target: "../secret" })).error).toBeNull();
      for (const name of ["out", "up"]) expect((yield* jail.stat({ name })).error).toBe("NotFound");
      const walked = must(yield* jail.walk({ path: "deep/../../../secret" }));
      expect((yield* walked.directory.stat({ name: walked.name })).error).toBe("NotFound");
      // A directory that was entered from outside, and moved out.
      const inside = must(yield* jail.walk({ path: "deep/x" })).directory;
      expect((yield* jail.rename({ name: "deep", directory: user.files, to: "moved" })).error).toBeNull();
      expect((yield* inside.walk({ path: "../secret" })).error).toBe("NotFound");
      expect((yield* deep.walk({ path: "../secret" })).error).toBeNull();
      expect((yield* deep.stat({ name: "secret" })).error).toBe("NotFound");
    });
  });
});

describe("authority", () => {
  const offers = {
    admin: { root: "/", access: "admin" },
    reader: { root: "/", access: "read", uid: 5, gid: 5 },
    guest: { root: "/home/guest", access: "write", uid: 7, gid: 7 },
    owner: { root: "/home", access: "write", uid: 0 },
  } as const;

  it("is that of the offer: who reads changes nothing, who is confined names nothing outside, bits are gone by", () => {
    const said: Record<string, unknown> = {};
    runVfs(
      { offers },
      {
        offer: "admin",
        *do(user) {
          expect(yield* user.put("open", "for all")).toBeNull();
          expect(yield* user.put("closed", "for user 0")).toBeNull();
          const nothing = { uid: 0, gid: 0, accessedUs: 0, modifiedUs: 0 };
          const closed = { name: "closed", what: Change.mode, mode: 0o600, ...nothing };
          expect((yield* user.files.change(closed)).error).toBeNull();
          expect(yield* user.put("ready", "")).toBeNull();
        },
      },
      {
        offer: "guest",
        *do(user) {
          said["names"] = yield* user.names();
          said["put"] = yield* user.put("mine", "guest's");
          said["owner"] = must(yield* user.files.stat({ name: "mine" })).uid;
          said["above"] = (yield* user.files.walk({ path: "../../open" })).error;
          const give = { name: "mine", what: Change.uid, mode: 0, uid: 0, gid: 0, accessedUs: 0, modifiedUs: 0 };
          said["give away"] = (yield* user.files.change(give)).error;
        },
      },
      {
        offer: "reader",
        *do(user) {
          yield* user.until("ready");
          said["read"] = yield* user.get("open");
          said["read closed"] = yield* user.get("closed");
          said["write"] = yield* user.put("open", "x");
          said["make"] = yield* user.put("new", "x");
          said["remove"] = (yield* user.files.remove({ name: "open" })).error;
          yield* user.until("home");
          const guest = must(yield* (yield* user.enter("home")).enter({ name: "guest", create: false })).directory;
          while ((yield* guest.stat({ name: "mine" })).error !== null);
          said["guest's"] = yield* user.names(guest);
        },
      },
      {
        offer: "owner",
        *do(user) {
          const { directory } = must(yield* user.files.readOnly());
          said["made less"] = yield* user.put("x", "x", directory);
          said["before"] = yield* user.put("x", "x");
        },
      },
    );
    expect(said).toEqual({
      ...{ names: [], put: null, owner: 7, above: null, "give away": "Denied" },
      ...{ read: "for all", "read closed": "Denied", write: "Denied", make: "Denied", remove: "Denied" },
      ...{ "guest's": ["mine"], "made less": "Denied", before: null },
    });
  });
});

describe("mounts", () => {
  it("are one tree: their roots stand at their paths, and nothing is moved or linked from one to another", () => {
    const options = { offers: WHOLE, mounts: { "/mnt/data": "data" }, data: memoryDisk(2 ** 21) };
    runVfs(options, {
      offer: "files",
      *do(user) {
        const mnt = yield* user.enter("mnt");
        expect(yield* user.names(mnt)).toEqual(["data"]);
        const walked = must(yield* user.files.walk({ path: "mnt/data/x" })).directory;
        expect(yield* user.put("there", "on the second", walked)).toBeNull();
        expect(yield* user.names(walked)).toEqual(["lost+found", "there"]);
        expect(must(yield* walked.space()).blocks).not.toBe(must(yield* user.files.space()).blocks);
        for (const [path, name] of [
          ["mnt/data/..", "data"],
          ["mnt/data/../../mnt/data/./there", "there"],
          ["mnt/data/../data/lost+found/../there", "there"],
        ] as const) {
          const to = must(yield* user.files.walk({ path }));
          expect((yield* to.directory.stat({ name })).error).toBeNull();
        }
        expect((yield* walked.symlink({ name: "up", target: "../data/there" })).error).toBeNull();
        const up = must(yield* user.files.walk({ path: "mnt/data/up" }));
        expect(must(yield* up.directory.stat({ name: "up" }))).toMatchObject({ kind: "file", size: 13 });
        expect((yield* walked.rename({ name: "there", directory: user.files, to: "here" })).error).toBe("CrossDevice");
        expect((yield* walked.link({ name: "there", directory: user.files, to: "here" })).error).toBe("CrossDevice");
        expect((yield* mnt.rename({ name: "data", directory: user.files, to: "moved" })).error).toBe("CrossDevice");
        expect((yield* mnt.remove({ name: "data" })).error).toBe("NotEmpty");
        // Who was opened for the mounted root is not led above it.
        const inside = must(yield* mnt.enter({ name: "data", create: false })).directory;
        const above = must(yield* inside.walk({ path: "../../mnt" }));
        expect((yield* above.directory.stat({ name: above.name })).error).toBe("NotFound");
        expect((yield* user.files.sync()).error).toBeNull();
      },
    });
    expect(new TextDecoder("latin1").decode(options.data.contents())).toContain("on the second");
  });

  it("lie under paths", () => {
    expect(() => vfsServer({ mounts: { "/": "data" } })).toThrow('a mount lies under a path such as "/data", not "/"');
  });
});

describe("numbers", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);

  it("of a directory are those that its session was shown, and lead nowhere else", () => {
    const offers = {
      files: { root: "/", access: "admin" },
      jail: { root: "/jail", access: "write", uid: 3, gid: 3 },
    } as const;
    let secret = 0;
    runVfs(
      { offers },
      {
        offer: "files",
        *do(user) {
          yield* user.put("secret", "secret");
          secret = must(yield* user.files.stat({ name: "secret" })).node;
          yield* user.put("ready", "");
        },
      },
      {
        offer: "jail",
        *do(user) {
          while (secret === 0) yield* user.names();
          const { volume } = must(yield* user.files.volume());
          const root = must(yield* volume.root());
          expect(root).toMatchObject({ kind: "directory", uid: 3 });
          expect(must(yield* volume.lookup({ directory: root.node, name: bytes("..") })).node).toBe(root.node);
          for (const node of [secret, 2, root.node + 1]) {
            if (node === root.node) continue;
            expect((yield* volume.stat({ node })).error).toBe("Stale");
            expect((yield* volume.read({ node, offset: 0, length: 10, at: 0 })).error).toBe("Stale");
            expect((yield* volume.link({ node, directory: root.node, name: bytes("x") })).error).toBe("Stale");
            expect((yield* volume.hold({ node })).error).toBe("Stale");
          }
          const as = { mode: 0o640, uid: 0, gid: 0 };
          const sub = must(
            yield* volume.make({ directory: root.node, name: bytes("sub"), kind: "directory", ...as, mode: 0o750 }),
          );
          const file = must(yield* volume.make({ directory: sub.node, name: bytes("file"), kind: "file", ...as }));
          expect(file).toMatchObject({ uid: 3, gid: 3, mode: 0o640 });
          yield* user.window.write(0, bytes("hello, numbers"));
          expect(must(yield* volume.write({ node: file.node, offset: 5, length: 5, at: 7 })).written).toBe(5);
          expect(must(yield* volume.read({ node: file.node, offset: 0, length: 100, at: 50 })).count).toBe(10);
          expect(new TextDecoder().decode(yield* user.window.read(50, 10))).toBe("\0\0\0\0\0numbe");
          expect((yield* volume.read({ node: file.node, offset: 0, length: 2 ** 31, at: 0 })).error).toBe("NoWindow");
          yield* user.window.write(0, bytes("file"));
          const to = { directory: sub.node, name: bytes("link"), uid: 0, gid: 0, at: 0, length: 4 };
          const link = must(yield* volume.symlink(to));
          expect(must(yield* volume.readLink({ node: link.node, at: 9 })).length).toBe(4);
          expect((yield* volume.link({ node: file.node, directory: root.node, name: bytes("two") })).error).toBeNull();
          const rename = { directory: root.node, name: bytes("two"), toDirectory: sub.node, toName: bytes("three") };
          expect((yield* volume.rename(rename)).error).toBeNull();
          const listed = must(yield* volume.list({ directory: sub.node, cursor: 0, at: 0, length: 4096 }));
          expect(listed.entries).toBe(5);
          const remove = { directory: root.node, name: bytes("sub"), isDirectory: true };
          expect((yield* volume.remove(remove)).error).toBe("NotEmpty");
          expect((yield* volume.hold({ node: file.node })).error).toBeNull();
          for (const name of ["file", "three", "link"]) {
            expect(
              (yield* volume.remove({ directory: sub.node, name: bytes(name), isDirectory: false })).error,
            ).toBeNull();
          }
          expect(must(yield* volume.stat({ node: file.node })).links).toBe(0);
          expect((yield* volume.release({ node: file.node })).error).toBeNull();
          expect((yield* volume.stat({ node: file.node })).error).toBe("Stale");
          expect((yield* volume.remove(remove)).error).toBeNull();
          const give = {
            node: root.node,
            what: Change.uid,
            mode: 0,
            uid: 0,
            gid: 0,
            size: 0,
            accessedUs: 0,
            modifiedUs: 0,
          };
          expect((yield* volume.change(give)).error).toBe("Denied");
        },
      },
    );
  });
});

describe("refusals", () => {
  it("are told in the log, with the rule", () => {
    const offers = {
      admin: { root: "/", access: "admin" },
      other: { root: "/", access: "write", uid: 9, gid: 9 },
    } as const;
    let line = "";
    runVfs(
      { offers, log: true },
      {
        offer: "other",
        *do(user) {
          expect(yield* user.put("note", "x")).toBe("Denied");
          line = yield* user.firstLine();
        },
      },
    );
    expect(line).toBe('vfs: other is refused "note": its mode 0755, of user 0 and group 0, lets user 9 not write it');
  });
});

describe("a file system that dies", () => {
  it("takes nothing along: open files and directories go on", () => {
    let dies = 0;
    let deaths = 0;
    const instead = (of: Component): Component => ({
      ...of,
      *main(handles: never) {
        const inner = of.main(handles);
        for (let step = inner.next(); ; step = inner.next()) {
          if (step.done === true) return step.value;
          yield;
          if (dies === 0) continue;
          dies -= 1;
          deaths += 1;
          throw new Error("as planned");
        }
      },
    });
    runVfs(
      { offers: WHOLE, instead },
      {
        offer: "files",
        *do(user) {
          const sub = yield* user.enter("sub", true);
          yield* user.put("kept", "text", sub);
          const { file } = must(yield* sub.open({ name: "kept", create: false, write: true }));
          must(yield* sub.sync());
          for (let round = 0; round < 4; round++) {
            dies = 1;
            expect(new TextDecoder().decode(must(yield* file.read({ offset: 0, length: 10 })).data)).toBe("text");
            expect(must(yield* file.write({ offset: 0, data: new TextEncoder().encode("text") })).written).toBe(4);
            expect(yield* user.names(sub)).toEqual(["kept"]);
          }
          must(yield* user.files.sync());
        },
      },
    );
    expect(deaths).toBe(4);
  });
});

describe("watches", () => {
  it("hear of what others do in a directory, and of what they missed", () => {
    const heard: string[] = [];
    runVfs(
      { offers: { files: WHOLE.files, other: WHOLE.files } },
      {
        offer: "files",
        *do(user) {
          const here = yield* user.enter("here", true);
          const { watch } = must(yield* here.watch());
          yield* user.put("ready", "");
          for (let n = 0; n < 7; n++) {
            const next = yield* watch.next();
            heard.push(next.error ?? `${next.event} ${next.name}`);
          }
        },
      },
      {
        offer: "other",
        *do(user) {
          yield* user.until("ready");
          const here = yield* user.enter("here");
          yield* user.put("a", "text", here);
          yield* here.rename({ name: "a", directory: user.files, to: "b" });
          yield* user.files.rename({ name: "b", directory: here, to: "c" });
          yield* here.remove({ name: "c" });
          yield* user.files.remove({ name: "here" });
        },
      },
    );
    expect(heard).toEqual(["made a", "changed a", "movedAway a", "movedHere c", "removed c", "Ended", "Ended"]);
  });
});
