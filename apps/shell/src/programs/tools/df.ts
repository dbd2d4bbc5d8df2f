/** `df [PATH…]`: how full file systems are. */
import { calls, Directory } from "@tessera/servers";
import { Paths } from "../paths.js";
import { tool } from "../tool.js";

const KIB = 1024;

export const df = tool(
  "df",
  { takes: "[PATH...]", does: "how full the file systems are that these lie in" },
  { look: calls(Directory), devices: calls(Directory) },
  function* (own, { look, devices }) {
    const paths = new Paths(look, devices, own.directory);
    let status = 0;
    for (const path of own.words.length === 0 ? ["/"] : own.words) {
      const space = yield* paths.at(path, (directory) => directory.space());
      if (space.error !== null) {
        status = yield* own.failed(path, space.error);
        continue;
      }
      const { blockBytes, blocks, free, available, nodes, freeNodes, isReadOnly } = space;
      const kib = (count: number): number => (count * blockBytes) / KIB;
      const told =
        blocks === 0
          ? "its file system does not say how full it is"
          : `${kib(blocks)} KiB, ${kib(blocks - free)} used, ${kib(available)} to be had; files: ${nodes - freeNodes} of ${nodes}${isReadOnly ? "; nothing can be changed" : ""}`;
      yield* own.print(`${path}: ${told}\n`);
    }
    return status;
  },
);
