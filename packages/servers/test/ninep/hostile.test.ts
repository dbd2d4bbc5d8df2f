/** Clients that know no rules, and what each is refused; locks; and what a name that is attached allows. */
import { Prng } from "@tessera/hal-sim";
import { describe, expect, it } from "vitest";
import { Locks } from "../../src/ninep/locks.js";
import { frame, NOFID, T } from "./client.js";
import { bootNinep, connected } from "./system.js";

const utf8 = (text: string) => new TextEncoder().encode(text);
const E = { PERM: 1, NOENT: 2, BADF: 9, ACCES: 13, EXIST: 17, NOTDIR: 20, ISDIR: 21, INVAL: 22, FBIG: 27, ROFS: 30 };
const [NAMETOOLONG, NOTEMPTY, NOTSUPP] = [36, 39, 95];

describe("what a client is refused", () => {
  it("is told by Linux's numbers, and the next request is served", () => {
    const client = connected(bootNinep());
    const root = client.attach("/");
    client.mkdir(root, "full");
    const file = client.create(client.walk(root, "full"), "file");
    const refused: [number, () => unknown][] = [
      [E.NOENT, () => client.walk(root, "nothing")],
      [E.NOTDIR, () => client.walk(file, "below")],
      [E.INVAL, () => client.ask(T.walk, ["d", root], ["d", 900], ["w", 1], ["s", "a/b"])],
      [E.INVAL, () => client.ask(T.walk, ["d", root], ["d", 900], ["w", 1], ["s", "a\0"])],
      [NAMETOOLONG, () => client.walk(root, "x".repeat(256))],
      [NAMETOOLONG, () => client.ask(T.symlink, ["d", root], ["s", "long"], ["s", "x".repeat(5000)], ["d", 0])],
      [E.EXIST, () => client.mkdir(root, "full")],
      [NOTEMPTY, () => client.ask(T.unlinkat, ["d", root], ["s", "full"], ["d", 0x200])],
      [E.ISDIR, () => client.ask(T.unlinkat, ["d", root], ["s", "full"], ["d", 0])],
      [E.ISDIR, () => client.open(root, "full", 2)],
      [E.FBIG, () => client.write(file, 2 ** 53, utf8("x"))],
      [E.FBIG, () => client.write(file, 2 ** 63, utf8("x"))],
      [E.BADF, () => client.read(777, 0, 1)],
      [E.BADF, () => client.read(root, 0, 1) && client.read(client.walk(root, "full/file"), 0, 1)],
      [E.PERM, () => client.ask(T.mknod, ["d", root], ["s", "device"], ["d", 0o020600], ["d", 1], ["d", 1], ["d", 0])],
      [NOTSUPP, () => client.ask(T.xattrwalk, ["d", root], ["d", 901], ["s", "user.x"])],
      [E.NOENT, () => client.attach("/secret")],
      [E.NOENT, () => client.ask(T.auth, ["d", 902], ["s", "u"], ["s", "/"], ["d", 0])],
      [E.BADF, () => client.ask(T.attach, ["d", 903], ["d", 5], ["s", "u"], ["s", "/"], ["d", NOFID])],
    ];
    const got = refused.map(([, work]) => client.refused(work));
    const wanted = refused.map(([errno]) => errno);
    wanted[13] = E.ISDIR; // a directory is not read at all
    expect(got).toEqual(wanted);
    expect(client.read(file, 2 ** 60, 10)).toHaveLength(0);
    expect(client.write(file, 0, utf8("still here"))).toBe(10);
  });

  it("follows from the name that it has attached", () => {
    const client = connected(bootNinep());
    const root = client.attach("/");
    client.create(root, "secret", 0o600);
    const guest = client.attach("/guest");
    expect(() => client.walk(guest, "../../secret")).toThrow("came 2 of 3"); // ".." of its root is its root
    const own = client.create(guest, "own");
    expect(client.attributes(own)).toMatchObject({ uid: 1001, gid: 1001 });
    expect(client.refused(() => client.ask(T.renameat, ["d", guest], ["s", "own"], ["d", root], ["s", "out"]))).toBe(
      18,
    );
    const look = client.attach("/look");
    expect(client.list(client.open(look, ""))).toContain("secret");
    expect([E.ACCES, E.ROFS]).toContain(client.refused(() => client.create(look, "made")));
    expect([E.ACCES, E.ROFS]).toContain(client.refused(() => client.mkdir(look, "made")));
  });
});

describe("clients that know no rules", () => {
  it("by seed: damaged frames of all kinds are answered or end their connection, and a neighbour is served on", () => {
    const world = bootNinep();
    const good = connected(world);
    const root = good.attach("/");
    const file = good.create(root, "steady");
    good.write(file, 0, utf8("steady"));
    const prng = new Prng(7);
    const draw = (most: number) => prng.next() % most;
    let [answered, cut] = [0, 0];
    let bad = connected(world);
    for (let n = 0; n < 150; n++) {
      const types = Object.values(T);
      const type = draw(8) === 0 ? draw(256) : types[draw(types.length)]!;
      const parts = Array.from({ length: draw(6) }, () => {
        const kinds = [
          ["d", draw(4)],
          ["q", draw(3) === 0 ? 2 ** 63 : draw(100)],
          ["s", "n".repeat(draw(9))],
          ["w", draw(3)],
        ];
        return kinds[draw(4)] as ["d", number];
      });
      const bytes = frame(type, draw(4) === 0 ? 0xffff : 10 + n, ...parts);
      for (let edits = draw(3); edits > 0; edits--) bytes[4 + draw(bytes.length - 4)] = draw(256);
      if (draw(8) === 0) new DataView(bytes.buffer).setUint32(0, draw(2) === 0 ? draw(7) : 2 ** 31, true);
      bad.wire.send(bytes);
      try {
        bad.wire.next();
        answered++;
      } catch {
        cut++;
        bad.wire.outside.socket.abort();
        bad = connected(world);
        if (draw(2) === 0) bad.attach("/guest");
      }
      if (n % 30 === 0) expect(new TextDecoder().decode(good.read(file, 0, 10))).toBe("steady");
    }
    expect(answered).toBeGreaterThan(50);
    expect(cut).toBeGreaterThan(5);
    expect(new TextDecoder().decode(good.read(file, 0, 10))).toBe("steady");
    expect(world.thrown).toEqual([]);
  });

  it("have 1,024 fids and no more, and all of them back with another version", () => {
    const client = connected(bootNinep());
    const root = client.attach("/");
    let refused = 0;
    for (let n = 0; refused === 0 && n < 1100; n++) refused = client.refused(() => client.walk(root, ""));
    expect(refused).toBe(23);
    expect(client.version()).toBe("9P2000.L");
    expect(client.refused(() => client.walk(root, ""))).toBe(E.BADF);
    client.walk(client.attach("/"), "");
  });
});

describe("record locks", () => {
  it("of one client keep out another's, until they are given back or the client is gone", () => {
    const world = bootNinep();
    const [one, other] = [connected(world), connected(world)];
    const first = one.create(one.attach("/"), "shared");
    const second = other.open(other.attach("/"), "shared", 2);
    const lock = (client: typeof one, fid: number, kind: number, start: number, length: number) =>
      client
        .ask(T.lock, ["d", fid], ["b", kind], ["d", 0], ["q", start], ["q", length], ["d", 42], ["s", "host"])
        .number(1);
    expect([lock(one, first, 1, 0, 100), lock(other, second, 1, 50, 10), lock(other, second, 1, 100, 0)]).toEqual([
      0, 1, 0,
    ]);
    expect([lock(one, first, 2, 40, 30), lock(other, second, 0, 50, 10), lock(other, second, 0, 30, 10)]).toEqual([
      0, 0, 1,
    ]);
    one.wire.outside.socket.abort();
    other.read(second, 0, 1);
    expect(lock(other, second, 1, 0, 0)).toBe(0);
  });

  it("split and join like a set of bytes of each owner", () => {
    const prng = new Prng(3);
    const locks = new Locks<number>((a, b) => a === b);
    const model = Array.from({ length: 3 }, () => new Array<number>(40).fill(2)); // by owner: kind, 2 for none
    for (let n = 0; n < 2000; n++) {
      const [owner, kind, start] = [prng.next() % 3, prng.next() % 3, prng.next() % 40];
      const end = start + 1 + (prng.next() % (40 - start));
      const isFree = model.every(
        (held, other) =>
          other === owner || kind === 2 || held.slice(start, end).every((k) => k === 2 || (k === 0 && kind === 0)),
      );
      expect(locks.set(1, { owner, kind, start, end })).toBe(isFree ? "done" : "blocked");
      if (isFree) model[owner]!.fill(kind, start, end);
    }
  });
});
