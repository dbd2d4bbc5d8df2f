/**
 * The processes of one system: making them, ending them, waiting for their end.
 *
 *     create ─▸ being made ──loaded, its capability installed──▸ runs ──exit, deleted, died──▸ ended, waiters told
 *
 * This server is the parent of all: it decides what each can reach, which is a session of its own here and nothing else.
 * Whatever a process has goes when it ends, in whatever call it is: its own program's text, open files, shared pages, its
 * place. One that is being made when its creator ends is made no further, and goes as well.
 *
 * Places are shared out: all that comes of one command of the first program, a job, has half of them at most, so a program
 * that creates without end keeps nobody else from being run.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Condition } from "../common/activity.js";
import { Failure, fail } from "../common/answer.js";
import type { Handlers } from "../common/handles.js";
import { ANY_PROCESS, type Sos } from "./interface.js";
import type { LoadError, Loader } from "./loader.js";
import { Pids } from "./pids.js";
import type { Job, Process } from "./process.js";
import type { sos_process_t } from "./records.js";
import type { SharedMemory } from "./shared.js";
import type { SystemParts } from "./system.js";

/** How a process has ended. */
export interface HowEnded {
  readonly end: "returned" | "died" | "killed";
  readonly cause: string;
}

/** Told what happens. */
export interface Observer {
  /** A process has ended. */
  ended(process: Process, how: HowEnded): void;
  /** None is left, and none is being made. */
  allEnded(): void;
}

/** What it is made of. */
export interface ProcessesParts {
  readonly system: SystemParts;
  readonly loader: Loader;
  readonly shared: SharedMemory;
  readonly observer: Observer;
  /** Processes at a time. */
  readonly most: number;
}

/** The processes of one system. */
export class Processes {
  readonly #parts: ProcessesParts;
  readonly #alive = new Map<number, Process>();
  /** Their pids. */
  readonly #beingMade = new Set<number>();
  readonly #pids = new Pids();
  readonly #anyEnd: Condition<number>;
  /** By which the process server says that one has ended. */
  readonly #signal: seL4_CPtr<"Notification">;
  #isWatching = false;

  private constructor(parts: ProcessesParts, signal: seL4_CPtr<"Notification">) {
    this.#parts = parts;
    this.#anyEnd = parts.system.self.condition();
    this.#signal = signal;
  }

  static *create(parts: ProcessesParts): Thread<Processes> {
    const signal = yield* parts.system.self.signal(() => processes.#lookForEnded());
    const processes: Processes = new Processes(parts, signal);
    return processes;
  }

  /**
   * Run the program in the file `path`. Parks.
   * @param parent null: it is the first
   * @param handlers by which it calls
   */
  *create(
    parent: Process | null,
    path: string,
    handlers: Handlers<typeof Sos, Process>,
  ): Thread<Process | Failure<LoadError>> {
    const job = parent === null ? null : (parent.parts.job ?? { processes: 0 });
    if (!this.#hasRoom(job)) return fail("Full");
    const pid = this.#pids.next((pid) => this.#isTaken(pid));
    this.#beingMade.add(pid);
    if (job !== null) job.processes += 1;
    let made: Process | Failure<LoadError> | null = null;
    try {
      made = yield* this.#parts.loader.load({ pid, parent, job, path, handlers, signal: this.#signal });
      if (!(made instanceof Failure)) this.#alive.set(pid, made);
      return made;
    } finally {
      this.#beingMade.delete(pid);
      if (made === null || made instanceof Failure) this.#gone(job);
      else this.#keepWatch();
    }
  }

  /** The process of this pid that runs. */
  get(pid: number): Process | undefined {
    return this.#alive.get(pid);
  }

  /** End a process. Does not park. */
  *kill(process: Process): Thread<void> {
    yield* this.#end(process, { end: process.status === null ? "killed" : "returned", cause: "" });
  }

  /** Wait for the end of `pid`, or of any. Parks until then. */
  *wait(process: Process, pid: number): Thread<number | Failure<"NoProcess">> {
    if (pid === ANY_PROCESS) return yield* this.#waitForAny(process);
    const other = this.#alive.get(pid);
    // A child may have ended before somebody asked, and its parent is told once.
    if (other === undefined || other === process) return process.tell(pid) ? pid : fail("NoProcess");
    yield* other.parts.end.wait();
    process.tell(pid);
    return pid;
  }

  /** The first `most` processes, in the order of their pids. Does not park. */
  *status(most: number): Thread<sos_process_t[]> {
    const processes = [...this.#alive.values()].sort((a, b) => a.parts.pid - b.parts.pid);
    const found: sos_process_t[] = [];
    for (const { parts } of processes.slice(0, most)) {
      const stat = yield* parts.space.stat();
      const size = stat.error === null ? stat.resident + stat.swapped : 0;
      found.push({ pid: parts.pid, size, stime: parts.startedMs, command: parts.command });
    }
    return found;
  }

  *#waitForAny(process: Process): Thread<number | Failure<"NoProcess">> {
    const [first] = process.unwaited;
    if (first === undefined && this.#alive.size === 1 && this.#beingMade.size === 0) return fail("NoProcess");
    const pid = first ?? (yield* this.#anyEnd.wait());
    process.tell(pid);
    return pid;
  }

  #hasRoom(job: Job | null): boolean {
    const { most } = this.#parts;
    const share = Math.max(1, Math.floor(most / 2));
    return this.#alive.size + this.#beingMade.size < most && (job === null || job.processes < share);
  }

  /** Whether somebody has this pid, or may still ask for the end of the one who had it. */
  #isTaken(pid: number): boolean {
    if (this.#alive.has(pid) || this.#beingMade.has(pid)) return true;
    return [...this.#alive.values()].some(({ unwaited }) => unwaited.includes(pid));
  }

  /** It ends, with all that it has. Without effect when it has ended. Does not park. */
  *#end(process: Process, how: HowEnded): Thread<void> {
    const { pid, life, space, folder, files, parent, job, end } = process.parts;
    if (this.#alive.get(pid) !== process) return;
    this.#alive.delete(pid);
    // First of all it stops. What it has under way here ends with its session.
    yield* life.close();
    if (process.session !== null) yield* this.#parts.system.offer.end(process.session);
    yield* this.#parts.shared.leave(process);
    for (const file of new Set(files.clear())) yield* file.close();
    yield* folder.close();
    yield* space.forget();
    if (parent !== null && this.#alive.get(parent.parts.pid) === parent) parent.lost(pid);
    end.wake();
    this.#anyEnd.wake(pid);
    this.#parts.observer.ended(process, how);
    this.#gone(job);
  }

  /** A place is free. */
  #gone(job: Job | null): void {
    if (job !== null) job.processes -= 1;
    if (this.#alive.size === 0 && this.#beingMade.size === 0) this.#parts.observer.allEnded();
  }

  /** Some process has ended of itself. */
  *#lookForEnded(): Thread<void> {
    for (const process of [...this.#alive.values()]) {
      const next = yield* this.#parts.system.processes.next({ after: process.parts.id - 1 });
      if (next.error !== null || next.id !== process.parts.id || next.state !== "ended") continue;
      // It has ended, so this does not wait.
      const how = yield* process.parts.life.wait();
      yield* this.#end(process, how.error === null ? how : { end: "died", cause: "" });
    }
  }

  #any(): Process | undefined {
    return this.#alive.values().next().value;
  }

  /** See to it that the end of the process server is heard of. */
  #keepWatch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#parts.system.self.task(this.#watch());
  }

  /**
   * When the process server dies all processes are gone, and nobody is told. Until there is none. A task.
   * @throws Error when it has died: this server knows nothing any more that is true, and is started anew
   */
  *#watch(): Thread<void> {
    const { self } = this.#parts.system;
    for (let process = this.#any(); process !== undefined; process = this.#any()) {
      const { error } = yield* self.parking(process.parts.life).wait();
      if (error === "Gone") throw new Error("the process server has died, and all processes with it");
      // Closed: it was ended from here. Busy: as many wait there as may; whoever is created next has it tried again.
      if (error !== null && error !== "Closed") break;
      yield* this.#lookForEnded();
    }
    this.#isWatching = false;
  }
}
