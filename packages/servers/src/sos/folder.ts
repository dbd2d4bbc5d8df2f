/**
 * The directory of SOS, by paths. It is flat for who wants it to be: "console" is its first entry, its files are the
 * others. A path may go through directories that lie in it; nothing that lies above can be reached.
 *
 * All of it parks. What was opened on the way is closed, however the way ends.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Answer, Failure, fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { Reopening } from "../common/retry.js";
import type { Directory, File } from "../vfs/interface.js";
import { namesOf, walk } from "../vfs/path.js";
import { FM_EXEC, FM_READ, FM_WRITE, ST_FILE, ST_SPECIAL } from "./api.js";
import type { Lane } from "./lane.js";
import type { Cursor } from "./process.js";
import type { sos_stat_t } from "./records.js";

/** The name by which the console is opened. */
const CONSOLE = "console";
const CONSOLE_STAT = { st_type: ST_SPECIAL, st_fmode: FM_READ + FM_WRITE, st_size: 0, st_ctime: 0, st_atime: 0 };
/** The directory itself. */
const ROOT_STAT = { ...CONSOLE_STAT, st_fmode: FM_READ };

/** What an executable begins with. */
const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46];

/** What is wrong with a path, in the words of a file system. */
const BAD_PATH = ["NotDirectory", "IsDirectory", "BadName", "Loop", "TooLong"];

/** Why a path cannot be used. */
export type PathError = "BadPath" | "NotFound" | "Denied" | "IO";
/** Why a file cannot be opened. */
export type OpenError = PathError | "Full" | "TooMany";

/** Where a path leads: the directory in which the last name stands. */
interface Place {
  readonly directory: Client<typeof Directory>;
  readonly name: string;
  readonly mustBeDirectory: boolean;
}

/** An entry, and where the next one is looked for. */
interface Entry {
  readonly name: string;
  readonly cursor: Cursor;
}

/** What a file is to be opened for. */
export interface Opening {
  readonly create: boolean;
  readonly writes: boolean;
  readonly truncate: boolean;
}

/** Whether a path means the console. */
export function isConsole(path: string): boolean {
  const names = namesOf(path);
  return names.length === 1 && names[0] === CONSOLE;
}

/** What a folder is opened by. */
export interface FolderParts {
  readonly lane: Lane;
  /** Lent for each folder; once more, when its server was started anew. */
  readonly root: Client<typeof Directory>;
  /** Of the machine's clock, when the system was started. */
  readonly bootUs: number;
}

/** A directory, as one process has it. */
export class Folder {
  readonly #lane: Lane;
  readonly #root: Reopening<Answer<{ readonly lent: Client<typeof Directory> }, never>, Client<typeof Directory>>;
  readonly #bootUs: number;

  constructor({ lane, root, bootUs }: FolderParts) {
    this.#lane = lane;
    this.#root = new Reopening(
      () => root.lend(),
      ({ lent }) => lane.client(lent),
    );
    this.#bootUs = bootUs;
  }

  /** Open a file. Its calls park. */
  *open(path: string, opening: Opening): Thread<Client<typeof File> | Failure<OpenError>> {
    const opened = yield* this.#at(path, (place) => this.#openAt(place, opening));
    return opened instanceof Failure ? fail(openError(opened.error)) : opened;
  }

  /** What a path is. */
  *stat(path: string): Thread<sos_stat_t | Failure<PathError>> {
    if (isConsole(path)) return CONSOLE_STAT;
    if (namesOf(path).length === 0) return ROOT_STAT;
    const stat = yield* this.#at(path, (place) => this.#stat(place));
    return stat instanceof Failure ? fail(pathError(stat.error)) : stat;
  }

  /**
   * The name of entry number `pos`; "" when it is one behind the last, null when there is none.
   * @param from where the last one was found, which is where this goes on if it can
   */
  *entry(pos: number, from: Cursor): Thread<Entry | null | Failure<"IO">> {
    if (pos === 0) return { name: CONSOLE, cursor: from };
    const found = yield* this.#ask((root) => entryBehind(root, pos, from.pos < pos ? from : START));
    return found instanceof Failure ? fail("IO") : found;
  }

  /** Everything that was opened here is closed. Does not park. */
  close(): Thread<void> {
    return this.#root.close();
  }

  *#openAt({ directory, name, mustBeDirectory }: Place, opening: Opening) {
    return mustBeDirectory ? fail("IsDirectory") : yield* this.#open(directory, name, opening);
  }

  *#open(directory: Client<typeof Directory>, name: string, { create, writes, truncate }: Opening) {
    let opened = yield* directory.open({ name, create: false, write: writes });
    if (opened.error === "NotFound" && create) opened = yield* directory.open({ name, create: true, write: writes });
    if (opened.error !== null) return fail(opened.error as string);
    const file = this.#lane.client(opened.file);
    let isKept = false;
    try {
      const cut = writes && truncate ? yield* file.truncate({ size: 0 }) : null;
      if (cut !== null && cut.error !== null) return fail(cut.error as string);
      isKept = true;
      return file;
    } finally {
      if (!isKept) yield* file.close();
    }
  }

  *#stat({ directory, name }: Place): Thread<sos_stat_t | Failure<string>> {
    const stat = yield* directory.stat({ name });
    if (stat.error !== null) return fail(stat.error as string);
    const ms = Math.max(0, Math.floor((stat.modifiedUs - this.#bootUs) / 1000));
    const known = { st_size: stat.size, st_ctime: ms, st_atime: ms };
    if (stat.kind === "directory") return { ...ROOT_STAT, ...known };
    if (stat.kind === "device") return { ...CONSOLE_STAT, ...known };
    const isProgram = yield* this.#isProgram(directory, name);
    return { ...known, st_type: ST_FILE, st_fmode: FM_READ + FM_WRITE + (isProgram ? FM_EXEC : 0) };
  }

  *#isProgram(directory: Client<typeof Directory>, name: string): Thread<boolean> {
    const file = yield* this.#open(directory, name, { create: false, writes: false, truncate: false });
    if (file instanceof Failure) return false;
    try {
      const read = yield* file.read({ offset: 0, length: ELF_MAGIC.length });
      return read.error === null && ELF_MAGIC.every((byte, i) => read.data[i] === byte);
    } finally {
      yield* file.close();
    }
  }

  /** Do `work` where a path leads. */
  *#at<T>(path: string, work: (place: Place) => Thread<T | Failure<string>>): Thread<T | Failure<string>> {
    const lane = this.#lane;
    return yield* this.#ask(function* (root): Thread<T | Failure<string>> {
      const walked = yield* walk(root, path, (opened) => lane.client(opened));
      if (walked.error !== null) return fail(walked.error as string);
      try {
        return yield* work(walked);
      } finally {
        yield* walked.close();
      }
    });
  }

  /** Do `work` with the root, and once more with another one if that has ended. */
  *#ask<T>(work: (root: Client<typeof Directory>) => Thread<T | Failure<string>>): Thread<T | Failure<string>> {
    const answer = yield* this.#root.ask(function* (root) {
      const value = yield* work(root);
      return value instanceof Failure ? value : { error: null, value };
    });
    return answer.error === null ? (answer as { readonly value: T }).value : fail(answer.error);
  }
}

/** The first entry. */
const START: Cursor = { pos: 0, after: "" };

/** Entry number `pos` of what lies behind `cursor`. */
function* entryBehind(
  root: Client<typeof Directory>,
  pos: number,
  from: Cursor,
): Thread<Entry | null | Failure<string>> {
  let cursor = from;
  while (cursor.pos < pos) {
    const next = yield* root.next({ after: cursor.after });
    if (next.error === "End") return cursor.pos + 1 === pos ? { name: "", cursor } : null;
    if (next.error !== null) return fail(next.error as string);
    // One of that name is hidden behind the console.
    cursor = { pos: cursor.pos + (next.name === CONSOLE ? 0 : 1), after: next.name };
  }
  return { name: cursor.after, cursor };
}

function openError(error: string): OpenError {
  if (error === "Busy") return "TooMany";
  return error === "Full" ? error : pathError(error);
}

function pathError(error: string): PathError {
  if (error === "NotFound" || error === "Denied") return error;
  return BAD_PATH.includes(error) ? "BadPath" : "IO";
}
