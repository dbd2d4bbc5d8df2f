/** `mv FROM TO`: another name, or another directory. */
import { tool } from "../tool.js";
import { pathsOf, placeOf, WRITING } from "../writing.js";

/** Errors of a renaming that are about what is there; the others are about where it is to go. */
const ABOUT_FROM = ["NotFound"];

export const mv = tool(
  "mv",
  { takes: "FROM TO", does: "another name, or another directory" },
  WRITING,
  function* (own, handles) {
    const [from, to, ...more] = own.words;
    if (from === undefined || to === undefined || more.length > 0) return yield* own.complain("takes FROM and TO");
    const paths = pathsOf(own, handles);
    const path = yield* placeOf(paths, from, to);
    let blamed = from;
    const moved = yield* paths.at(from, function* (source, name) {
      if (name === ".") return { error: "BadName" };
      blamed = path;
      return yield* paths.at(path, function* (directory, newName) {
        const renamed = yield* source.rename({ name, directory, to: newName });
        if (ABOUT_FROM.includes(renamed.error ?? "")) blamed = from;
        return renamed;
      });
    });
    if (moved.error === null) return 0;
    // A server takes only directories of its own.
    if (moved.error === "Loop") return yield* own.complain(`${from}: a directory cannot be moved into itself`);
    if (moved.error === "Malformed") return yield* own.complain(`${path}: that is on another file system than ${from}`);
    return yield* own.failed(blamed, moved.error);
  },
);
