/** The guest: has a folder, which is the root of all that it can name, and may do in there what its owner may. */
import { Change } from "@tessera/servers";
import { visitor } from "./visitor.js";

export const guest = visitor("guest", function* (self) {
  yield* self.look("/");
  yield* self.tell("writes notes", yield* self.write("notes", "the pantry is empty\n"));
  yield* self.show("/notes");
  yield* self.tell("reads ../../private/plans", yield* self.read("../../private/plans"));
  yield* self.tell("reads way-out, which leads to /private/plans", yield* self.read("way-out"));
  yield* self.tell(
    "makes notes somebody else's",
    yield* self.on("notes", (directory, name) =>
      directory.change({ name, what: Change.uid, mode: 0, uid: 0, gid: 0, accessedUs: 0, modifiedUs: 0 }),
    ),
  );
});
