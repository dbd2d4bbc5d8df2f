/** A client of 9P2000.L outside of the machine, and files on a disk inside. */
import { describe, expect, it } from "vitest";
import { T } from "./client.js";
import { bootNinep, connected } from "./system.js";

const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("a client of 9P2000.L", () => {
  it("makes, writes, reads, lists, renames and removes files on the disk", () => {
    const client = connected(bootNinep());
    const root = client.attach("/");
    client.mkdir(root, "notes");
    const notes = client.walk(root, "notes");
    const milk = client.create(notes, "milk");
    expect(client.write(milk, 0, utf8("remember the milk"))).toBe(17);
    expect(textOf(client.read(milk, 9, 100))).toBe("the milk");
    expect(client.attributes(milk)).toMatchObject({ kind: 0, mode: 0o100644, size: 17, links: 1, uid: 1000 });
    client.ask(T.symlink, ["d", notes], ["s", "leads"], ["s", "../elsewhere"], ["d", 0]);
    expect(client.ask(T.readlink, ["d", client.walk(notes, "leads")]).text()).toBe("../elsewhere");
    client.ask(T.link, ["d", notes], ["d", milk], ["s", "twice"]);
    expect(client.attributes(milk).links).toBe(2);
    client.ask(T.renameat, ["d", notes], ["s", "twice"], ["d", root], ["s", "moved"]);
    expect(client.list(client.open(notes, ""))).toEqual([".", "..", "leads", "milk"]);
    client.ask(T.unlinkat, ["d", root], ["s", "moved"], ["d", 0]);
    client.ask(T.fsync, ["d", milk], ["d", 0]);
    client.ask(T.remove, ["d", milk]);
    expect(client.list(client.open(notes, ""))).toEqual([".", "..", "leads"]);
    expect(client.refused(() => client.clunk(milk))).toBe(9);
  });
});
