/** `sync`: waits until all files are where they survive the loss of power. */
import { calls, Directory } from "@tessera/servers";
import { tool } from "../tool.js";

export const sync = tool(
  "sync",
  { takes: "", does: "wait until all files are where they survive the loss of power" },
  { files: calls(Directory) },
  function* (own, { files }) {
    const { error } = yield* files.sync();
    return error === null ? 0 : yield* own.failed("/", error);
  },
);
