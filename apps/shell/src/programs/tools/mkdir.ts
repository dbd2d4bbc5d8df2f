/** `mkdir PATH…`: new directories. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client, Directory } from "@tessera/servers";
import type { Found } from "../paths.js";
import { tool } from "../tool.js";
import { pathsOf, WRITING } from "../writing.js";

export const mkdir = tool("mkdir", { takes: "PATH...", does: "new directories" }, WRITING, function* (own, handles) {
  if (own.words.length === 0) return yield* own.complain("takes the paths of new directories");
  const paths = pathsOf(own, handles);
  let status = 0;
  for (const path of own.words) {
    const { error } = yield* paths.at(path, make);
    if (error !== null) status = yield* own.failed(path, error);
  }
  return status;
});

/** `enter` takes what is there already for what is wanted; this does not. */
function* make(parent: Client<typeof Directory>, name: string): Thread<Found<object>> {
  const entry = yield* parent.entry({ name });
  if (entry.error === null) return { error: "Exists" };
  const made = yield* parent.enter({ name, create: true });
  if (made.error === null) yield* made.directory.close();
  return made;
}
