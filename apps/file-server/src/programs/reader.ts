/** The reader: has all of the disk to look at, as somebody to whom nothing of it belongs. */
import { visitor } from "./visitor.js";

export const reader = visitor("reader", function* (self) {
  yield* self.look("/");
  yield* self.show("/public/welcome");
  yield* self.tell("reads /private/plans", yield* self.read("/private/plans"));
  yield* self.tell("writes /public/motd", yield* self.write("/public/motd", "be quick\n"));
  yield* self.tell(
    "removes /public/motd",
    yield* self.on("/public/motd", (directory, name) => directory.remove({ name })),
  );
  yield* self.tell("makes /public/mine", yield* self.makeDirectory("/public/mine"));
});
