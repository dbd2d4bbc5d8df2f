/** What the tools that change files have in common. */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Client, calls, Directory, type File, type Handles, type Nothing } from "@tessera/servers";
import { type Found, Paths } from "./paths.js";
import type { Tool } from "./tool.js";

/** The needs of a tool that changes files. */
export const WRITING = { files: calls(Directory), devices: calls(Directory) };

/** The paths of such a tool. */
export function pathsOf({ directory }: Tool, { files, devices }: Handles<typeof WRITING, Nothing>): Paths {
  return new Paths(files, devices, directory);
}

/** Where something goes that is to be put at `to`: there, or under its own name into the directory that is there. Can block. */
export function* placeOf(paths: Paths, from: string, to: string): Thread<string> {
  const place = yield* paths.stat(to);
  if (place.error !== null || place.kind !== "directory") return to;
  const whole = paths.whole(from);
  return `${to}/${whole.slice(whole.lastIndexOf("/") + 1)}`;
}

/** Open a file to be written anew: there is nothing in it. Can block. */
export function* openAnew(paths: Paths, path: string): Thread<Found<{ readonly file: Client<typeof File> }>> {
  const opened = yield* paths.open(path, { create: true, write: true });
  if (opened.error !== null) return opened;
  const { error } = yield* opened.file.truncate({ size: 0 });
  if (error === null) return opened;
  yield* opened.file.close();
  return { error };
}
