/** `chmod MODE PATH…`: other permission bits, in octal. */
import { Change } from "@tessera/servers";
import { parseMode } from "../mode.js";
import { tool } from "../tool.js";
import { pathsOf, WRITING } from "../writing.js";

export const chmod = tool(
  "chmod",
  { takes: "MODE PATH...", does: "other permission bits, in octal" },
  WRITING,
  function* (own, handles) {
    const [word = "", ...named] = own.words;
    const mode = parseMode(word);
    if (mode === null || named.length === 0) {
      return yield* own.complain("takes a mode, in octal like 644, and paths");
    }
    const paths = pathsOf(own, handles);
    const changes = { what: Change.mode, mode, uid: 0, gid: 0, accessedUs: 0, modifiedUs: 0 };
    let status = 0;
    for (const path of named) {
      const { error } = yield* paths.at(path, (directory, name) => directory.change({ name, ...changes }));
      if (error !== null) status = yield* own.failed(path, error);
    }
    return status;
  },
);
