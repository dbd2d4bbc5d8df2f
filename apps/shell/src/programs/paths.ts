/**
 * Paths as the desk's programs mean them: from "/", or from the directory in which a command was typed. A program finds
 * what it was given and nothing else: "/" is the directory that it got as `files`, "/dev" the one that it got as `devices`.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { absolute, type Client, type Directory, type File, Namespace, type Walked } from "@tessera/servers";

/** Why something cannot be had, by the word of the server that said so. */
const SENTENCES: Readonly<Record<string, string>> = {
  NotFound: "there is no such file or directory",
  IsDirectory: "it is a directory",
  NotDirectory: "it is no directory",
  NotEmpty: "it is not empty",
  Exists: "there is something of that name",
  Loop: "links lead on without end",
  TooLong: "it is too long",
  TooLarge: "a file cannot be as large",
  TooManyLinks: "it has as many names as it can have",
  CrossDevice: "that is on another file system",
  NotSupported: "this file system has no such thing",
  NotLink: "it is no symbolic link",
  ReadOnly: "nothing can be changed there",
  Stale: "it is gone",
  BadName: "a name cannot be like that",
  Denied: "that is not allowed here",
  Full: "there is no room left",
  IO: "the device does not work",
  BrokenPipe: "nobody reads it",
  Closed: "it was closed",
  Busy: "the server is busy",
  Gone: "the server died; whether it was done is not known",
};

/** The word of an error as the end of a sentence. */
export function inWords(error: string): string {
  return SENTENCES[error] ?? error;
}

/** An entry of a directory. */
export interface Entry {
  readonly name: string;
  readonly kind: "file" | "directory" | "device" | "link";
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Names that it has. */
  readonly links: number;
  readonly modifiedUs: number;
  /** Of a symbolic link: where it leads; else "". */
  readonly target: string;
}

/** Where another file system begins, for who lists what is around it. */
const MOUNT = { kind: "directory", size: 0, mode: 0o755, links: 1, modifiedUs: 0, target: "" } as const;

/** Something that was found, or the word that says why not. */
export type Found<T> = ({ readonly error: null } & T) | { readonly error: string };

/** What a program sees of files. All that is opened here is the caller's to close. Everything can block. */
export class Paths {
  readonly #files: Namespace;
  /** Where paths without "/" at their beginning begin. */
  directory: string;

  constructor(files: Client<typeof Directory>, devices: Client<typeof Directory>, directory: string) {
    this.#files = new Namespace({ "/": files, "/dev": devices });
    this.directory = directory;
  }

  /** A path from "/" on: two that are the same lead to the same. */
  whole(path: string): string {
    return absolute(this.directory, path);
  }

  /** Do something in the directory that the last name of `path` stands in. */
  *at<T>(
    path: string,
    act: (directory: Client<typeof Directory>, name: string, at: Walked) => Thread<Found<T>>,
  ): Thread<Found<T>> {
    const walked = yield* this.#files.walk(path, this.directory);
    if (walked.error !== null) return walked;
    const done = yield* act(walked.directory, walked.name, walked);
    yield* walked.close();
    return done;
  }

  /** Open a file. @param create whether one is made where none is */
  *open(
    path: string,
    { create = false, write = false }: { readonly create?: boolean; readonly write?: boolean } = {},
  ): Thread<Found<{ readonly file: Client<typeof File> }>> {
    return yield* this.at(path, function* (directory, name, { mustBeDirectory }) {
      return mustBeDirectory ? { error: "IsDirectory" } : yield* directory.open({ name, create, write });
    });
  }

  /** What a path leads to. */
  *stat(path: string): Thread<Found<Entry>> {
    return yield* this.at(path, function* (directory, name): Thread<Found<Entry>> {
      const stat = yield* directory.stat({ name });
      return stat.error === null ? { ...stat, name, target: "" } : stat;
    });
  }

  /** What is in a directory, in the order of names. */
  *list(path: string): Thread<Found<{ readonly entries: readonly Entry[] }>> {
    const below = this.#files.below(this.whole(path));
    return yield* this.at(path, function* (parent, name): Thread<Found<{ readonly entries: readonly Entry[] }>> {
      const entered = name === "." ? null : yield* parent.enter({ name, create: false });
      if (entered !== null && entered.error !== null) return entered;
      const directory = entered?.directory ?? parent;
      const entries: Entry[] = below.map((mount) => ({ ...MOUNT, name: mount }));
      let error: string | null = null;
      for (let after = ""; error === null; ) {
        const next = yield* directory.next({ after });
        error = next.error;
        if (next.error !== null) continue;
        after = next.name;
        if (below.includes(next.name)) continue;
        entries.push({ ...next, target: next.kind === "link" ? yield* targetOf(directory, next.name) : "" });
      }
      if (entered !== null) yield* directory.close();
      entries.sort((one, other) => (one.name < other.name ? -1 : 1));
      return error === "End" ? { error: null, entries } : { error: error ?? "IO" };
    });
  }
}

/** Where a link leads, as far as one answer says; "" where that cannot be read. */
function* targetOf(directory: Client<typeof Directory>, name: string): Thread<string> {
  const read = yield* directory.readLink({ name, from: 0 });
  return read.error === null ? new TextDecoder().decode(read.target) : "";
}
