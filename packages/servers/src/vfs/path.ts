/**
 * Paths, from a directory that a program has: one call for a whole path, which the directory's server goes along
 * (`Directory.walk`), or several where it is longer than a message.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import type { Directory } from "./interface.js";
import { FILE_NAME_BYTES, PATH_BYTES, WALK_BYTES } from "./limits.js";

/** The names of a path, resolved in its text alone: ".." takes the name before it away, and nothing lies above. */
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
  | "Loop"
  | "TooLong"
  | "Stale"
  | "IO"
  | "Closed"
  | "Busy"
  | "Malformed"
  | "Gone";

/** Where a path leads: the directory that the last name stands in. */
export interface Walked {
  readonly error: null;
  readonly directory: Client<typeof Directory>;
  /** The last name; "." when the path leads to the directory itself. */
  readonly name: string;
  /** Nothing but a directory may be there, or be made there: the path ends in "/". */
  readonly mustBeDirectory: boolean;
  /** Close what was opened on the way. */
  close(): Thread<void>;
}

/**
 * Walk to the directory in which the last name of `path` stands; the name itself is not looked up, unless a "/" follows
 * it. A path of one name takes no call. Can block.
 * @param from where a path begins that does not begin with "/"
 * @param as what becomes of each directory that is opened: for who makes calls in a way of its own
 * @returns `BadName` for a name that no message holds, `TooLong` for more than PATH_BYTES
 */
export function* walk(
  from: Client<typeof Directory>,
  path: string,
  as = (opened: Client<typeof Directory>): Client<typeof Directory> => opened,
): Thread<Walked | { readonly error: WalkError }> {
  if (/\p{Surrogate}/u.test(path) || !path.split("/").every(isShort)) return { error: "BadName" };
  if (bytesOf(path) > PATH_BYTES) return { error: "TooLong" };
  if (path === "") return { error: "NotFound" };
  if (!path.includes("/") && path !== "..") return walked(from, from, path, path === ".");
  let at = from;
  for (const piece of piecesOf(path)) {
    const before = at;
    try {
      const reached = yield* before.walk({ path: piece });
      if (reached.error !== null) return { error: reached.error };
      at = as(reached.directory);
      if (!piece.endsWith(ON)) return walked(from, at, reached.name, reached.mustBeDirectory);
    } finally {
      if (before !== from) yield* before.close();
    }
  }
  return walked(from, at, ".", true);
}

function walked(
  from: Client<typeof Directory>,
  directory: Client<typeof Directory>,
  name: string,
  isOne: boolean,
): Walked {
  return {
    error: null,
    directory,
    name,
    mustBeDirectory: isOne,
    *close() {
      if (directory !== from) yield* directory.close();
    },
  };
}

/** What makes a piece lead to the directory itself, where another piece goes on. */
const ON = "/.";

/** A path in pieces that can be walked one behind the other. */
function piecesOf(path: string): string[] {
  const pieces: string[] = [];
  let rest = path.replace(/\/+/g, "/");
  while (bytesOf(rest) > WALK_BYTES) {
    let end = Math.min(rest.length - 1, WALK_BYTES);
    do end = rest.lastIndexOf("/", end - 1);
    while (bytesOf(rest.slice(0, end) + ON) > WALK_BYTES);
    pieces.push(rest.slice(0, end) + ON);
    rest = rest.slice(end + 1);
  }
  return [...pieces, rest];
}

function isShort(name: string): boolean {
  return bytesOf(name) <= FILE_NAME_BYTES;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
