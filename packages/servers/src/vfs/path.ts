/**
 * Paths, which are the client's business: a walk from a directory that it has, one name at a time.
 *
 * ".." is resolved in the text before anything is opened, and nothing lies above the directory that the walk starts
 * from: "/../x" is "x". Directories on the way are closed again.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import { type Directory, FILE_NAME_BYTES } from "./interface.js";

/** The names that a path goes through, without ".", ".." and empty ones. */
export function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

/** Why a walk came to its end before it was there. */
export type WalkError =
  | "NotFound"
  | "NotDirectory"
  | "BadName"
  | "Denied"
  | "Full"
  | "IO"
  | "Closed"
  | "Busy"
  | "Malformed"
  | "Gone";

/** Where a path leads: the directory that the last name stands in. */
export interface Walked {
  readonly error: null;
  readonly directory: Client<typeof Directory>;
  /** The last name; "" when the path leads to where the walk started. */
  readonly name: string;
  /** Close what was opened on the way. */
  close(): Thread<void>;
}

/**
 * Walk to the directory in which the last name of `path` stands; the name itself is not looked up. Can block.
 * @param from where the walk starts
 * @returns `BadName` also for a path with a name that no message holds, the last one among them
 */
export function* walk(from: Client<typeof Directory>, path: string): Thread<Walked | { readonly error: WalkError }> {
  const names = namesOf(path);
  if (!names.every(canBeSent)) return { error: "BadName" };
  const name = names.pop() ?? "";
  let at = from;
  for (const step of names) {
    const entered = yield* at.enter({ name: step, create: false });
    if (at !== from) yield* at.close();
    if (entered.error !== null) return { error: entered.error };
    at = entered.directory;
  }
  const reached = at;
  return {
    error: null,
    directory: reached,
    name,
    *close() {
      if (reached !== from) yield* reached.close();
    },
  };
}

/** Whether a directory can be asked for a name at all: what is longer, or is no text, would be a mistake of the caller's. */
function canBeSent(name: string): boolean {
  return new TextEncoder().encode(name).length <= FILE_NAME_BYTES && !/\p{Surrogate}/u.test(name);
}
