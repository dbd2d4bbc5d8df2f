/** `ln [-s] TARGET NAME`: another name for a file, or a symbolic link; NAME may be a directory. */
import { tool } from "../tool.js";
import { pathsOf, placeOf, WRITING } from "../writing.js";

export const ln = tool(
  "ln",
  { takes: "[-s] TARGET NAME", does: "another name for a file; -s: a link that leads to TARGET", options: ["-s"] },
  WRITING,
  function* (own, handles) {
    const [target, name, ...more] = own.words;
    if (target === undefined || name === undefined || more.length > 0) {
      return yield* own.complain("takes TARGET and NAME");
    }
    const paths = pathsOf(own, handles);
    const path = yield* placeOf(paths, target, name);
    let blamed = path;
    const { error } = own.options.has("-s")
      ? yield* paths.at(path, (directory, to) => directory.symlink({ name: to, target }))
      : yield* paths.at(target, function* (source, of) {
          const linked = yield* paths.at(path, (directory, to) => source.link({ name: of, directory, to }));
          if (linked.error === "NotFound" || linked.error === "IsDirectory") blamed = target;
          return linked;
        });
    if (error === null) return 0;
    // A server takes only directories of its own.
    if (error === "Malformed") return yield* own.complain(`${path}: that is on another file system than ${target}`);
    return yield* own.failed(blamed, error);
  },
);
