/** `rm PATH…`: takes files and empty directories away. */
import { tool } from "../tool.js";
import { pathsOf, WRITING } from "../writing.js";

export const rm = tool(
  "rm",
  { takes: "PATH...", does: "take files and empty directories away" },
  WRITING,
  function* (own, handles) {
    if (own.words.length === 0) return yield* own.complain("takes the paths of what is to go");
    const paths = pathsOf(own, handles);
    let status = 0;
    for (const path of own.words) {
      const { error } = yield* paths.at(path, (directory, name) => directory.remove({ name }));
      if (error !== null) status = yield* own.failed(path, error);
    }
    return status;
  },
);
