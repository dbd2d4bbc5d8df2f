/** Devices as files of other servers, and a program's own view of several directories. */
import { expect, it } from "vitest";
import { calls, component, fail, must } from "../../src/index.js";
import { devfs } from "../../src/vfs/devfs.js";
import { Directory, File } from "../../src/vfs/interface.js";
import { absolute, Namespace } from "../../src/vfs/namespace.js";
import { DEVICE, PLAIN_FILE } from "../../src/vfs/plain.js";
import { rigged } from "../common/rig.js";

/** A device that says who asks. */
const mirror = component("mirror", {
  offers: { mirror: File },
  *main({ mirror }) {
    yield* mirror.serve(({ badge }) => badge, {
      ...PLAIN_FILE,
      read: (badge) => ({ data: new Uint8Array([badge & 0xff]) }),
      write: () => fail("Full"),
      truncate: () => fail("Denied"),
      stat: () => DEVICE,
    });
  },
});

it("hands out the device itself: what is read does not pass through the directory", () => {
  const seen: unknown[] = [];
  const reader = component("reader", {
    needs: { dev: calls(Directory) },
    *main({ dev }) {
      const view = new Namespace({ "/dev": dev });
      seen.push(view.below("/"), (yield* view.walk("/etc/motd")).error);
      const walked = yield* view.walk("../dev/./mirror", "/dev");
      if (walked.error !== null) throw new Error(walked.error);
      const { file } = must(yield* walked.directory.open({ name: walked.name, create: false, write: false }));
      seen.push(must(yield* file.read({ offset: 0, length: 9 })).data[0], (yield* file.truncate({ size: 0 })).error);

      const names: string[] = [];
      for (let at = yield* dev.next({ after: "" }); at.error === null; at = yield* dev.next({ after: at.name })) {
        names.push(`${at.name} ${at.kind}`);
      }
      seen.push(names);
    },
  });
  rigged({ mirror, dev: devfs(["mirror"]), reader }, function* (_, start) {
    const { ep: device } = yield* start("mirror", { priority: 130, clients: [{ badge: 0x142, offer: 1 }] });
    const clients = [{ badge: 0x101, offer: 1 }];
    const { ep } = yield* start("dev", { priority: 120, clients, needs: { mirror: { ep: device, badge: 0x142 } } });
    yield* start("reader", { priority: 100, needs: { dev: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([["dev"], "NotFound", 0x42, "Denied", ["mirror device", "null device", "zero device"]]);
});

it("null swallows and has nothing, zero has no end; a view for looking only writes to neither", () => {
  const seen: unknown[] = [];
  const user = component("user", {
    needs: { dev: calls(Directory) },
    *main({ dev }) {
      const { directory: view } = must(yield* dev.readOnly());
      for (const name of ["null", "zero"]) {
        const { file } = must(yield* dev.open({ name, create: false, write: true }));
        seen.push(must(yield* file.write({ offset: 0, data: new Uint8Array(5) })).written);
        seen.push([...must(yield* file.read({ offset: 2 ** 40, length: 3 })).data]);
        seen.push((yield* view.open({ name, create: false, write: true })).error);
        const { file: looked } = must(yield* view.open({ name, create: false, write: false }));
        seen.push((yield* looked.write({ offset: 0, data: new Uint8Array(5) })).error);
      }
      seen.push((yield* dev.open({ name: "disk", create: true, write: true })).error);
      seen.push((yield* dev.remove({ name: "null" })).error);
    },
  });
  rigged({ dev: devfs([]), user }, function* (_, start) {
    const { ep } = yield* start("dev", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("user", { priority: 100, needs: { dev: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([5, [], "Denied", "Denied", 5, [0, 0, 0], "Denied", "Denied", "Denied", "Denied"]);
});

it.each([
  ["/", "a/../b", "/b"],
  ["/home", "x", "/home/x"],
  ["/home", "../..", "/"],
  ["/home", "/etc//./motd/", "/etc/motd"],
  ["/", "", "/"],
])("from %s, %s is %s", (from, path, whole) => {
  expect(absolute(from, path)).toBe(whole);
});

it("has no other name for a device that is always there", () => {
  expect(() => devfs(["zero"])).toThrow('"zero" is there already');
});
