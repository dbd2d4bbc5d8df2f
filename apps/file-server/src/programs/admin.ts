/** The administrator: has all of the disk, may do everything, and puts in order what the others will find. */
import type { Thread } from "@tessera/hal-sim/isa";
import { Change } from "@tessera/servers";
import { type Outcome, type Visitor, visitor } from "./visitor.js";

/** Whom the guest's home belongs to. */
export const GUEST_UID = 1000;

const NOTHING_ELSE = { mode: 0, uid: 0, gid: 0, accessedUs: 0, modifiedUs: 0 };

export const admin = visitor("admin", function* (self) {
  const space = yield* self.files.space();
  if (space.error !== null) return yield* self.tell("looks at the disk", space);
  const { blocks, blockBytes, isReadOnly } = space;
  yield* self.say(`the disk has ${(blocks * blockBytes) / 1024} KiB${isReadOnly ? ", and can only be read" : ""}`);
  yield* self.look("/");
  for (const path of ["/home", "/home/guest", "/public", "/private"]) {
    yield* self.tell(`makes ${path}`, yield* self.makeDirectory(path));
  }
  yield* self.tell("gives /home/guest to the guest", yield* change(self, "/home/guest", { uid: GUEST_UID }));
  yield* self.tell("lets nobody else into /private", yield* change(self, "/private", { mode: 0o700 }));
  yield* self.tell("writes /public/motd", yield* self.write("/public/motd", "be kind\n"));
  yield* self.tell("writes /private/plans", yield* self.write("/private/plans", "one more disk\n"));
  yield* self.tell("calls /public/motd /public/welcome, too", yield* secondName(self));
  yield* self.tell("has /home/guest/way-out lead to /private/plans", yield* wayOut(self));
  yield* self.look("/public");
});

function* change(self: Visitor, path: string, to: { uid: number } | { mode: number }): Thread<Outcome> {
  const what = "uid" in to ? Change.uid : Change.mode;
  return yield* self.on(path, (directory, name) => directory.change({ ...NOTHING_ELSE, name, what, ...to }));
}

function* secondName(self: Visitor): Thread<Outcome> {
  return yield* self.on("/public/motd", function* (directory, name) {
    yield* directory.remove({ name: "welcome" }); // from the last time
    return yield* directory.link({ name, directory, to: "welcome" });
  });
}

function* wayOut(self: Visitor): Thread<Outcome> {
  return yield* self.on("/home/guest/way-out", function* (directory, name) {
    yield* directory.remove({ name });
    return yield* directory.symlink({ name, target: "/private/plans" });
  });
}
