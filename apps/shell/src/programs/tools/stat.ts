/** `stat PATH…`: all that is known of files, a link itself among them. */
import { calls, Directory } from "@tessera/servers";
import { dateText } from "../date.js";
import { modeText } from "../mode.js";
import { Paths } from "../paths.js";
import { tool } from "../tool.js";

export const stat = tool(
  "stat",
  { takes: "PATH...", does: "all that is known of a file; of a link: of itself" },
  { look: calls(Directory), devices: calls(Directory) },
  function* (own, { look, devices }) {
    if (own.words.length === 0) return yield* own.complain("takes the paths of files");
    const paths = new Paths(look, devices, own.directory);
    let status = 0;
    for (const path of own.words) {
      const found = yield* paths.at(path, (directory, name) => directory.entry({ name }));
      if (found.error !== null) {
        status = yield* own.failed(path, found.error);
        continue;
      }
      const { kind, size, blocks, links, uid, gid, node } = found;
      yield* own.print(
        [
          `${path}: ${kind}, ${size} bytes in ${blocks / 2} KiB`,
          `  mode ${modeText(found)}, names ${links}, user ${uid}, group ${gid}, number ${node}`,
          `  contents ${dateText(found.modifiedUs)}, attributes ${dateText(found.changedUs)}, read ${dateText(found.accessedUs)}`,
          "",
        ].join("\n"),
      );
    }
    return status;
  },
);
