/** Path resolution, by what POSIX.1-2017 says of it (XBD 4.13, 3.270, 4.16; open, mkdir, stat for what follows of it). */
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { Failure, fail } from "../../src/common/answer.js";
import { MOST_LINKS, type PathNames, placeInFlat, Resolution } from "../../src/vfs/resolve.js";

/** A file, by what lies in it; a link, by its target; a directory. */
type Node = { readonly file: string } | { readonly link: string } | Folder;
interface Folder {
  readonly entries: Readonly<Record<string, Node>>;
}

const file = (text: string): Node => ({ file: text });
const link = (target: string): Node => ({ link: target });
const folder = (entries: Readonly<Record<string, Node>>): Folder => ({ entries });

const DEEP = folder({ f: file("deep f"), up: link("..") });
const HOME = folder({
  f: file("home f"),
  deep: DEEP,
  toFile: link("f"),
  toDeep: link("deep"),
  toDeepSlash: link("deep/"),
  absolute: link("/etc/motd"),
  absoluteDirectory: link("/etc"),
  dangling: link("nothing"),
  danglingElsewhere: link("../etc/made"),
  danglingSlash: link("nothing/"),
  fileSlash: link("f/"),
  toRoot: link("/"),
  toSelf: link("."),
  loop: link("loop"),
  ping: link("pong"),
  pong: link("ping"),
  chain: link("chain39"),
  empty: link(""),
  high: link("../../../.."),
});
const ROOT = folder({ home: HOME, etc: folder({ motd: file("motd") }), f: file("root f"), toHome: link("home") });
for (let i = 0; i < MOST_LINKS; i++) {
  (HOME.entries as Record<string, Node>)[`chain${i}`] = link(i === 0 ? "f" : `chain${i - 1}`);
}

/** All of it, seen by who can name nothing above `root`. */
function namesUnder(root: Folder): PathNames<Node, "Denied"> {
  const above = new Map<Node, Folder>();
  const learn = (at: Folder): void => {
    for (const node of Object.values(at.entries)) {
      if (!("entries" in node)) continue;
      above.set(node, at);
      learn(node);
    }
  };
  learn(root);
  return {
    root,
    isDirectory: (node) => "entries" in node,
    isLink: (node) => "link" in node,
    lookUp(directory, name) {
      expect(["", ".", ".."].includes(name) || name.includes("/")).toBe(false);
      return (directory as Folder).entries[name] ?? fail("NotFound");
    },
    above: (directory) => above.get(directory) ?? fail("Denied"),
    targetOf: (node) => ("link" in node ? node.link : fail("Denied")),
  };
}

/** What a thread comes to that makes no call. */
function resultOf<T>(thread: Thread<T>): T {
  const step = thread.next();
  if (step.done !== true) throw new Error("it has made a call");
  return step.value;
}

/** Where names lie, in words. */
const PLACES = new Map<Node, string>([
  [ROOT, "/"],
  [HOME, "/home"],
  [DEEP, "/home/deep"],
  [ROOT.entries["etc"] as Node, "/etc"],
]);

function placed(path: string, root = ROOT): string {
  const place = resultOf(new Resolution(namesUnder(root)).place(HOME, path));
  if (place instanceof Failure) return place.error;
  return `${PLACES.get(place.directory)} ${place.name}${place.mustBeDirectory ? " d" : ""}`;
}

function found(path: string): string {
  const resolution = new Resolution(namesUnder(ROOT));
  const place = resultOf(resolution.place(HOME, path));
  const at = place instanceof Failure ? place : resultOf(resolution.follow(place));
  if (at instanceof Failure) return at.error;
  if (at.node === null) return `new ${PLACES.get(at.directory)} ${at.name}${at.mustBeDirectory ? " d" : ""}`;
  return PLACES.get(at.node) ?? ("file" in at.node ? at.node.file : "a link");
}

describe("from /home", () => {
  it.each([
    // "A null pathname shall not be successfully resolved."
    ["", "NotFound"],
    // "A pathname consisting of a single slash shall resolve to the root directory." More of them are as one.
    ["/", "/ . d"],
    ["///", "/ . d"],
    // dot: the directory itself; dot-dot: the one above, and of the root the root.
    [".", "/home . d"],
    ["..", "/ . d"],
    ["../..", "/ . d"],
    ["/..", "/ . d"],
    ["deep/..", "/home . d"],
    ["deep/.", "/home/deep . d"],
    ["/../home/./f", "/home f"],
    // The last name is not looked up: it may be one of nothing.
    ["nothing", "/home nothing"],
    ["f", "/home f"],
    ["loop", "/home loop"],
    // "If a component does not exist, is no directory": whatever comes behind it, ".." too.
    ["nothing/f", "NotFound"],
    ["nothing/..", "NotFound"],
    ["nothing/.", "NotFound"],
    ["f/..", "NotDirectory"],
    ["f/.", "NotDirectory"],
    ["f/x", "NotDirectory"],
    // "Multiple successive slashes are considered the same as one."
    ["deep//f", "/home/deep f"],
    ["//etc//motd", "/etc motd"],
    // A slash behind the last name: "an existing directory or one that is to be created".
    ["deep/", "/home deep d"],
    ["deep//", "/home deep d"],
    ["f/", "NotDirectory"],
    ["nothing/", "/home nothing d"],
    ["nothing/nothing/", "NotFound"],
    // A link on the way: "the remaining pathname is prefixed with its contents", from where the link lies, or the root.
    ["toDeep/f", "/home/deep f"],
    ["toDeepSlash/f", "/home/deep f"],
    ["absoluteDirectory/motd", "/etc motd"],
    ["toRoot/f", "/ f"],
    ["toSelf/toSelf/f", "/home f"],
    ["toFile/x", "NotDirectory"],
    ["dangling/x", "NotFound"],
    ["empty/x", "NotFound"],
    ["/toHome/f", "/home f"],
    // ".." is the directory above the one that the link led to, and not the one that the link lies in.
    ["absoluteDirectory/..", "/ . d"],
    ["absoluteDirectory/../f", "/ f"],
    ["toDeep/up/f", "/home f"],
    ["high/f", "/ f"],
    // With a slash behind it, a link is followed at the end, too.
    ["toDeep/", "/home deep d"],
    ["toFile/", "NotDirectory"],
    ["dangling/", "/home nothing d"],
    ["danglingElsewhere/", "/etc made d"],
    ["toRoot/", "/ . d"],
    // "If a loop exists": more than 40.
    ["loop/x", "Loop"],
    ["ping/", "Loop"],
    [`${"toSelf/".repeat(MOST_LINKS)}f`, "/home f"],
    [`${"toSelf/".repeat(MOST_LINKS + 1)}f`, "Loop"],
  ])("%s leads to %s", (path, place) => {
    expect(placed(path)).toBe(place);
  });

  it.each([
    ["f", "home f"],
    [".", "/home"],
    ["toFile", "home f"],
    ["toDeep", "/home/deep"],
    ["toDeep/f", "deep f"],
    ["toDeep/up", "/home"],
    ["absolute", "motd"],
    ["toRoot", "/"],
    ["high", "/"],
    ["chain", "Loop"],
    ["chain38", "home f"],
    ["loop", "Loop"],
    ["ping", "Loop"],
    ["empty", "NotFound"],
    // What can be made at the end of a link is made where that leads.
    ["dangling", "new /home nothing"],
    ["danglingElsewhere", "new /etc made"],
    ["danglingSlash", "new /home nothing d"],
    ["nothing/", "new /home nothing d"],
    ["fileSlash", "NotDirectory"],
    ["toDeep/up/toFile", "home f"],
  ])("at %s there is %s", (path, what) => {
    expect(found(path)).toBe(what);
  });
});

it("has no way above the root of who walks: not by .., by an absolute path, nor by a link", () => {
  const jailed = (path: string) => placed(path, HOME);
  expect(["/..", "../../etc", "/etc/motd", "high/f", "toRoot/f", "absoluteDirectory/motd"].map(jailed)).toEqual([
    "/home . d",
    "/home etc",
    "NotFound",
    "/home f",
    "/home f",
    "NotFound",
  ]);
});

it("does not go on from a directory that has been moved to where nothing can be named", () => {
  const outside = folder({});
  expect(resultOf(new Resolution(namesUnder(ROOT)).place(outside, "../home"))).toEqual(fail("Denied"));
});

it("a path that links make longer than any can be is too long", () => {
  const names = folder({ long: link(`${"x/".repeat(2000)}long`), l: link("l2/y"), l2: link("long") });
  const place = (path: string) => resultOf(new Resolution(namesUnder(names)).place(names, path));
  expect(place(`long/${"y/".repeat(50)}`)).toEqual(fail("TooLong"));
  expect(place("long/y")).toEqual(fail("NotFound"));
});

it.each([
  [".", ". d"],
  ["/../a", "a"],
  ["b", "b"],
  ["a/..", "NotDirectory"],
  ["a/", "NotDirectory"],
  ["b/", "b d"],
  ["b/c", "NotFound"],
])("in a directory without others, %s leads to %s", (path, expected) => {
  const place = resultOf(placeInFlat((name) => name === "a", path));
  expect(place instanceof Failure ? place.error : `${place.name}${place.mustBeDirectory ? " d" : ""}`).toBe(expected);
});
