/** Files and directories as sessions, on a file system in memory. */
import type { Thread } from "@tessera/hal-sim/isa";
import { expect, it } from "vitest";
import { type Client, calls, component, fail, must } from "../../src/index.js";
import { Timer } from "../../src/timer/interface.js";
import { Directory } from "../../src/vfs/interface.js";
import { PATH_BYTES } from "../../src/vfs/limits.js";
import { walk } from "../../src/vfs/path.js";
import { ramfsOf } from "../../src/vfs/ramfs.js";
import { rigged } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

/** A clock that shows how often it was asked. */
const clock = component("clock", {
  offers: { clock: Timer },
  *main({ clock }) {
    let us = 0;
    yield* clock.serve(() => null, {
      time: () => ({ us: us++ }),
      sleep() {},
      alarms: () => {
        throw new Error("nobody sets alarms here");
      },
      periodic: () => fail("TooShort"),
    });
  },
});

const PAGES = 8;
const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (data: Uint8Array) => new TextDecoder().decode(data);

/** What programs do with a ramfs, one after the other; each has the root directory. */
function withRamfs(pages: number, ...mains: ((root: Client<typeof Directory>) => Thread)[]): void {
  const programs = mains.map((main) =>
    component("program", {
      needs: { root: calls(Directory) },
      *main({ root }) {
        yield* main(root);
      },
    }),
  );
  const all = {
    clock,
    ramfs: ramfsOf(pages),
    ...Object.fromEntries(programs.map((program, i) => [`program${i}`, program])),
  };
  rigged(all, function* (_, start) {
    const { ep: clockEp } = yield* start("clock", { priority: 130, clients: [{ badge: 0x101, offer: 1 }] });
    const clients = mains.map((_main, i) => ({ badge: 0x101 + i, offer: 1 }));
    const needs = { clock: { ep: clockEp, badge: 0x101 } };
    const { ep } = yield* start("ramfs", { priority: 120, needs, clients });
    for (let i = 0; i < mains.length; i++) {
      yield* start(`program${i}`, { priority: 100 - i, needs: { root: { ep, badge: 0x101 + i } } });
    }
  });
}

/** A path of as many bytes as one can have, through `middle` over and over from "home" on, to `end`. */
function longest(middle: string, end: string): string {
  const room = PATH_BYTES - utf8(`home/${end}`).length;
  const times = Math.floor(room / (utf8(middle).length + 1));
  const through = `${middle}/`.repeat(times);
  return `home/${through}${"/".repeat(room - utf8(through).length)}${end}`;
}

function* put(at: Client<typeof Directory>, name: string, text: string): Thread<void> {
  const { file } = must(yield* at.open({ name, create: true, write: true }), name);
  must(yield* file.write({ offset: 0, data: utf8(text) }), `writing ${name}`);
  yield* file.close();
}

function* get(at: Client<typeof Directory>, name: string): Thread<string> {
  const { file } = must(yield* at.open({ name, create: false, write: false }), name);
  const { data } = must(yield* file.read({ offset: 0, length: 1000 }), `reading ${name}`);
  yield* file.close();
  return textOf(data);
}

function* namesIn(at: Client<typeof Directory>): Thread<string[]> {
  const names: string[] = [];
  for (let entry = yield* at.next({ after: "" }); entry.error === null; ) {
    names.push(`${entry.name} ${entry.kind} ${entry.size}`);
    entry = yield* at.next({ after: entry.name });
  }
  return names;
}

it("keeps what was written, for others too", () => {
  const seen: unknown[] = [];
  withRamfs(
    PAGES,
    function* (root) {
      yield* put(root, "motd", "welcome");
      const { directory } = must(yield* root.enter({ name: "etc", create: true }));
      yield* put(directory, "hosts", "");
      yield* directory.close();
    },
    function* (root) {
      seen.push(yield* namesIn(root), yield* get(root, "motd"));
      seen.push((yield* root.stat({ name: "motd" })).error, (yield* root.stat({ name: "nothing" })).error);
    },
  );
  expect(seen).toEqual([["etc directory 1", "motd file 7"], "welcome", null, "NotFound"]);
});

it("reads short at the end of a file and nothing behind it, and a gap as zeroes", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const { file } = must(yield* root.open({ name: "f", create: true, write: true }));
    must(yield* file.write({ offset: 3, data: utf8("abc") }));
    for (const [offset, length] of [
      [0, 100],
      [4, 1],
      [4, 100],
      [6, 1],
      [2 ** 53 - 1, 5],
    ] as const) {
      seen.push([...must(yield* file.read({ offset, length })).data]);
    }
    must(yield* file.truncate({ size: 4 }));
    must(yield* file.truncate({ size: 6 }));
    seen.push([...must(yield* file.read({ offset: 0, length: 100 })).data]);
  });
  expect(seen).toEqual([[0, 0, 0, 97, 98, 99], [98], [98, 99], [], [], [0, 0, 0, 97, 0, 0]]);
});

it.each(["", "..", "a/b", "/", "nul\0"])("has no name %j: nothing outside of a directory can be named", (name) => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const { directory } = must(yield* root.enter({ name: "jail", create: true }));
    for (const answer of [
      yield* directory.open({ name, create: true, write: true }),
      yield* directory.enter({ name, create: true }),
      yield* directory.stat({ name }),
      yield* directory.remove({ name }),
      yield* directory.rename({ name, directory, to: "x" }),
    ]) {
      seen.push(answer.error);
    }
  });
  expect(seen).toEqual(["BadName", "BadName", "BadName", "BadName", "BadName"]);
});

it('means the directory itself by ".", where that can be', () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const name = ".";
    const { directory } = must(yield* root.enter({ name: "home", create: true }));
    yield* put(directory, "f", "");
    const { node, links, mode } = must(yield* root.stat({ name: "home" }));
    expect(must(yield* directory.stat({ name }))).toMatchObject({ kind: "directory", node, links, mode });
    const { directory: same } = must(yield* directory.enter({ name, create: false }));
    seen.push(yield* namesIn(same));
    for (const answer of [
      yield* directory.open({ name, create: true, write: true }),
      yield* directory.remove({ name }),
      yield* directory.rename({ name, directory, to: "x" }),
      yield* directory.rename({ name: "f", directory, to: name }),
    ]) {
      seen.push(answer.error);
    }
  });
  expect(seen).toEqual([["f file 0"], "IsDirectory", "BadName", "BadName", "BadName"]);
});

it("lets a session for looking only look, and all that it leads to as well", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const { directory: sub } = must(yield* root.enter({ name: "sub", create: true }));
    yield* put(sub, "f", "old");
    const { directory: view } = must(yield* root.readOnly());
    const { directory: inner } = must(yield* view.enter({ name: "sub", create: false }));
    seen.push(yield* get(inner, "f"));
    for (const answer of [
      yield* inner.open({ name: "f", create: false, write: true }),
      yield* inner.open({ name: "g", create: true, write: false }),
      yield* inner.enter({ name: "h", create: true }),
      yield* inner.remove({ name: "f" }),
      yield* inner.rename({ name: "f", directory: sub, to: "g" }),
      yield* sub.rename({ name: "f", directory: inner, to: "g" }),
    ]) {
      seen.push(answer.error);
    }
    const { file } = must(yield* inner.open({ name: "f", create: false, write: false }));
    seen.push((yield* file.write({ offset: 0, data: utf8("new") })).error, (yield* file.truncate({ size: 0 })).error);
  });
  expect(seen).toEqual(["old", ...new Array(8).fill("Denied")]);
});

it("closes what was opened by a directory that was lent with it, and nothing else", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    yield* put(root, "f", "old");
    const { file: own } = must(yield* root.open({ name: "f", create: false, write: false }));
    const { lent } = must(yield* root.lend());
    const { lent: outer } = must(yield* root.lend());
    const { directory: sub } = must(yield* lent.enter({ name: "sub", create: true }));
    const { lent: inner } = must(yield* outer.lend());
    const opened = [
      must(yield* lent.open({ name: "f", create: false, write: false })).file,
      must(yield* sub.open({ name: "g", create: true, write: true })).file,
      must(yield* inner.open({ name: "f", create: false, write: false })).file,
      own,
    ];
    const read = function* () {
      const errors: unknown[] = [];
      for (const file of opened) errors.push((yield* file.read({ offset: 0, length: 3 })).error);
      seen.push(errors);
    };
    yield* read();
    yield* lent.close();
    yield* read();
    seen.push((yield* sub.stat({ name: "g" })).error);
    yield* outer.close();
    yield* read();
  });
  const [all, left, last] = [
    new Array(4).fill(null),
    ["Closed", "Closed", null, null],
    "Closed Closed Closed".split(" "),
  ];
  expect(seen).toEqual([all, left, "Closed", [...last, null]]);
});

it("can be lent any number of times, whatever was left open by those who had it", () => {
  withRamfs(PAGES, function* (root) {
    yield* put(root, "f", "old");
    for (let i = 0; i < 100; i++) {
      const { lent } = must(yield* root.lend());
      const { file } = must(yield* lent.open({ name: "f", create: false, write: false }));
      yield* lent.close();
      yield* file.forget();
    }
  });
});

it("renames across directories, over files, and no directory into itself", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const { directory: a } = must(yield* root.enter({ name: "a", create: true }));
    const { directory: b } = must(yield* a.enter({ name: "b", create: true }));
    yield* put(root, "f", "one");
    yield* put(b, "g", "two");
    seen.push((yield* root.rename({ name: "f", directory: b, to: "g" })).error, yield* get(b, "g"));
    seen.push((yield* root.rename({ name: "a", directory: b, to: "a" })).error);
    seen.push((yield* b.rename({ name: "g", directory: root, to: "a" })).error);
    seen.push((yield* a.rename({ name: "b", directory: root, to: "c" })).error, yield* namesIn(root));
    seen.push((yield* root.remove({ name: "c" })).error, (yield* b.remove({ name: "g" })).error);
    seen.push(
      (yield* root.remove({ name: "c" })).error,
      (yield* b.open({ name: "x", create: true, write: true })).error,
    );
  });
  expect(seen).toEqual([
    null,
    "one",
    "Loop",
    "Exists",
    null,
    ["a directory 0", "c directory 1"],
    "NotEmpty",
    null,
    null,
    "NotFound",
  ]);
});

it("takes a directory that composition has given as the one to move to, also in the first call", () => {
  const seen: unknown[] = [];
  withRamfs(
    PAGES,
    (root) => put(root, "f", "one"),
    function* (root) {
      seen.push((yield* root.rename({ name: "f", directory: root, to: "g" })).error, yield* get(root, "g"));
    },
  );
  expect(seen).toEqual([null, "one"]);
});

it("keeps a removed file for who has it open, and gives its bytes back when he closes it", () => {
  const seen: unknown[] = [];
  withRamfs(1, function* (root) {
    const { file } = must(yield* root.open({ name: "f", create: true, write: true }));
    must(yield* file.truncate({ size: 2500 }));
    must(yield* file.write({ offset: 2500, data: Uint8Array.of(7) }));
    must(yield* root.remove({ name: "f" }));
    seen.push(must(yield* file.read({ offset: 2500, length: 9 })).data[0]);
    const { file: other } = must(yield* root.open({ name: "g", create: true, write: true }));
    seen.push((yield* other.write({ offset: 0, data: new Uint8Array(600) })).error);
    seen.push(must(yield* other.stat()).size);
    yield* file.close();
    seen.push((yield* other.write({ offset: 0, data: new Uint8Array(600) })).error);
    seen.push((yield* other.truncate({ size: 2 ** 53 - 1 })).error);
  });
  expect(seen).toEqual([7, "Full", 0, null, "Full"]);
});

it("keeps what is written at any offsets, as long as there is room beside what is written over", () => {
  const seen: unknown[] = [];
  withRamfs(16, function* (root) {
    const { file } = must(yield* root.open({ name: "f", create: true, write: true }));
    const expected = new Uint8Array(20_000);
    for (let i = 0; i < 60; i++) {
      const offset = (i * 7919) % 19_000;
      const data = new Uint8Array(1 + ((i * 131) % 896)).fill(i + 1);
      must(yield* file.write({ offset, data }));
      expected.set(data, offset);
    }
    const { size } = must(yield* file.stat());
    for (let at = 0; at < size; at += 800) {
      const { data } = must(yield* file.read({ offset: at, length: 800 }));
      expect([...data]).toEqual([...expected.subarray(at, Math.min(at + 800, size))]);
    }
    must(yield* file.truncate({ size: 56 * 1024 - 10 }));
    seen.push((yield* file.write({ offset: 56 * 1024 - 10, data: new Uint8Array(10) })).error);
    seen.push((yield* file.write({ offset: 0, data: new Uint8Array(10) })).error);
    must(yield* file.truncate({ size: 54 * 1024 }));
    seen.push((yield* file.write({ offset: 0, data: new Uint8Array(10) })).error);
  });
  expect(seen).toEqual([null, "Full", null]);
});

it("walks along a path of 4 KiB, in pieces, and refuses a longer one", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const { directory: home } = must(yield* root.enter({ name: "home", create: true }));
    yield* put(home, "f", "mine");
    const names = ["../home", "ü".repeat(100), "..", ".", "", "..//home"];
    must(yield* home.enter({ name: names[1] as string, create: true }));
    for (const path of [
      longest(names.join("/"), "f"),
      longest(names.join("/"), "new/"),
      longest(names.join("/"), "f/"),
    ]) {
      const walked = yield* walk(root, path);
      if (walked.error !== null) seen.push(walked.error);
      else {
        const { error } = yield* walked.directory.stat({ name: walked.name });
        seen.push(`${walked.name} ${walked.mustBeDirectory} ${error}`);
        yield* walked.close();
      }
    }
    seen.push((yield* walk(root, `home/${"./".repeat(2048)}`)).error);
    // What was opened on the way is closed: there is room for as many sessions as before.
    for (let i = 0; i < 60; i++) must(yield* root.readOnly());
  });
  expect(seen).toEqual(["f false null", "new true NotFound", "NotDirectory", "TooLong"]);
});

it("walks paths by the directory that the walker has, and not above it", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const { directory: home } = must(yield* root.enter({ name: "home", create: true }));
    yield* put(root, "secret", "s");
    yield* put(home, "f", "mine");
    for (const path of ["/home/./../home//f", "../../home/f", "home/f"]) {
      const walked = yield* walk(root, path);
      if (walked.error !== null) throw new Error(walked.error);
      seen.push(yield* get(walked.directory, walked.name));
      yield* walked.close();
    }
    const out = yield* walk(home, "../secret");
    if (out.error !== null) throw new Error(out.error);
    seen.push((yield* out.directory.stat({ name: out.name })).error);
    seen.push((yield* walk(root, "secret/x")).error, (yield* walk(root, "nowhere/x")).error);
  });
  expect(seen).toEqual(["mine", "mine", "mine", "NotFound", "NotDirectory", "NotFound"]);
});

it("refuses to walk along names that no message holds, wherever they stand", () => {
  const seen: unknown[] = [];
  withRamfs(PAGES, function* (root) {
    const long = "ü".repeat(128);
    for (const path of [long, `${long}/x`, `home/${long}`, "home/\ud800"]) seen.push((yield* walk(root, path)).error);
    seen.push((yield* walk(root, long.slice(1))).error);
  });
  expect(seen).toEqual(["BadName", "BadName", "BadName", "BadName", null]);
});

it("runs as its README shows", () => {
  const said: string[] = [];
  const shown = function* (at: Client<typeof Directory>): Thread<string> {
    return (yield* namesIn(at)).map((entry) => entry.split(" ")[0]).join(", ");
  };
  withRamfs(PAGES, function* (root) {
    yield* put(root, "motd", "welcome");
    const { directory: home } = must(yield* root.enter({ name: "home", create: true }));
    said.push(`owner: / has ${yield* shown(root)}`);
    yield* put(home, "plan", "rest");
    said.push(`owner: writes home/plan, ${must(yield* home.stat({ name: "plan" })).size} bytes`);

    const { directory: view } = must(yield* home.readOnly());
    said.push(`guest: its root has ${yield* shown(view)}`, `guest: plan says "${yield* get(view, "plan")}"`);
    said.push(`guest: writing to it: ${(yield* view.open({ name: "plan", create: false, write: true })).error}`);
    const walked = yield* walk(view, "../motd");
    if (walked.error !== null) throw new Error(walked.error);
    const { error } = yield* walked.directory.open({ name: walked.name, create: false, write: false });
    said.push(`guest: ../motd, which is ${walked.name} for who cannot go up: ${error}`);
  });
  expectInReadme("vfs", said);
});
