/**
 * A process, as its operating system keeps it. It has a pid from the moment when it is made; it runs when it is loaded,
 * and when it has ended nobody but those who waited for it know of it.
 *
 *     being made ──loaded──▸ runs ──exit, deleted, dies──▸ ended
 */
import type { Condition } from "../common/activity.js";
import { type Failure, fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { OpenSession } from "../common/session.js";
import type { Space } from "../memory/interface.js";
import type { LoadedProcess } from "../process/interface.js";
import type { FileTable } from "./file-table.js";
import type { Folder } from "./folder.js";
import type { Sos } from "./interface.js";
import type { Layout } from "./layout.js";
import type { OpenFile } from "./open-file.js";
import type { UserMemory } from "./user-memory.js";

/** Ends of children that are kept for somebody to wait for. */
const UNWAITED = 16;

/** A job: what the first program has started, and all that came of it. So many places are its. */
export interface Job {
  processes: number;
}

/** Where the next entry of the directory is looked for: behind the last one that was given. */
export interface Cursor {
  readonly pos: number;
  readonly after: string;
}

/** What a process is made of. */
export interface ProcessParts {
  readonly pid: number;
  readonly command: string;
  /** Number at the process server. */
  readonly id: number;
  /** Milliseconds since the system was started. */
  readonly startedMs: number;
  /** Null: nobody, it is the first. */
  readonly parent: Process | null;
  /** Null: it is the first program's own. */
  readonly job: Job | null;
  readonly life: Client<typeof LoadedProcess>;
  /** Its address space; `memory` is the same, by calls that park. */
  readonly space: Client<typeof Space>;
  readonly memory: UserMemory;
  readonly layout: Layout;
  /** All files that it has open, its own one among them, end with this. */
  readonly folder: Folder;
  readonly files: FileTable<OpenFile>;
  /** Woken when it has ended. */
  readonly end: Condition;
}

/** A process that runs. */
export class Process {
  readonly parts: ProcessParts;
  /** By which it calls; null: not yet. */
  session: OpenSession<typeof Sos> | null = null;
  /** What it said when it ended; null: it did not. */
  status: number | null = null;
  cursor: Cursor = { pos: 0, after: "" };
  /** Pids of children that have ended, and whose end it was not told yet. */
  readonly unwaited: number[] = [];
  #isCalling = false;

  constructor(parts: ProcessParts) {
    this.parts = parts;
  }

  /** A child has ended. */
  lost(pid: number): void {
    if (this.unwaited.length === UNWAITED) this.unwaited.shift();
    this.unwaited.push(pid);
  }

  /** It is told the end of a child, once. @returns whether there was something to tell */
  tell(pid: number): boolean {
    const at = this.unwaited.indexOf(pid);
    if (at >= 0) this.unwaited.splice(at, 1);
    return at >= 0;
  }

  /** Carry out a call of it; refused, while one is under way: it is one thread, so that is none of its program. */
  *alone<T>(call: () => Generator<void, T, void>): Generator<void, T | Failure<"Busy">, void> {
    if (this.#isCalling) return fail("Busy");
    this.#isCalling = true;
    try {
      return yield* call();
    } finally {
      this.#isCalling = false;
    }
  }
}
