/** What the tools that change files have in common. */
import { calls, Directory, type Handles, type Nothing } from "@tessera/servers";
import { Paths } from "./paths.js";
import type { Tool } from "./tool.js";

/** The needs of a tool that changes files. */
export const WRITING = { files: calls(Directory), devices: calls(Directory) };

/** The paths of such a tool. */
export function pathsOf({ directory }: Tool, { files, devices }: Handles<typeof WRITING, Nothing>): Paths {
  return new Paths(files, devices, directory);
}
