/**
 * Jobs: pipelines under way, and what becomes of their processes.
 *
 *     started ──each process ends──▸ its ends of pipes are closed ──all have ended──▸ done, with the last one's status
 *
 * A pipe's end belongs to whoever opened it, and that is the shell: only when it closes the end of a process that is
 * over, its neighbour gets the end of input, or hears that nobody reads. So it looks whenever a process has ended: while
 * it waits for jobs or for keys. While it stands in a call, such as writing to a full terminal, its neighbours wait with
 * it; no server that it calls waits for them.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client, ClientBase, Process, Processes } from "@tessera/servers";

/** Status of a process that did not end by itself, in the tradition of shells. */
export const Status = {
  Misused: 2,
  Lost: 70,
  CannotRun: 126,
  NotFound: 127,
  Interrupted: 130,
  Killed: 137,
  Died: 139,
} as const;

/** The greatest status of a process; those above it are taken for it. */
const MOST_STATUS = 255;

/** How a process has ended. */
export interface Ending {
  readonly end: "returned" | "died" | "killed";
  readonly status: number;
  /** What it died of. */
  readonly cause: string;
}

/** A process of a job. */
export interface Member {
  readonly name: string;
  readonly id: number;
  readonly process: Client<typeof Process>;
  /** What the shell has opened for it, and closes when it is over. */
  readonly opened: readonly ClientBase[];
  ending: Ending | null;
}

/** A pipeline under way. */
export interface Job {
  /** 0 in the foreground; then the number that `jobs` shows. */
  number: number;
  /** As it was typed. */
  readonly text: string;
  readonly members: readonly Member[];
}

/** Whether all of a job's processes have ended. */
export function isDone({ members }: Job): boolean {
  return members.every(({ ending }) => ending !== null);
}

/** The status of a job that is done. */
export function statusOf({ members }: Job): number {
  const ending = members.at(-1)?.ending ?? null;
  if (ending === null) return 0;
  if (ending.end === "returned") return Math.min(ending.status, MOST_STATUS);
  return ending.end === "died" ? Status.Died : Status.Killed;
}

/** How a job has ended, or that it has not, in a few words. */
export function stateOf(job: Job): string {
  return isDone(job) ? endingOf(job.members.at(-1) as Member) : "running";
}

/** How a process has ended, in a few words. */
export function endingOf({ ending }: Member): string {
  if (ending?.end === "died") return `died: ${ending.cause}`;
  if (ending?.end === "killed") return "killed";
  const status = Math.min(ending?.status ?? 0, MOST_STATUS);
  return status === 0 ? "done" : `status ${status}`;
}

/** Jobs in the background, and the one in the foreground. */
export class Jobs {
  readonly #processes: Client<typeof Processes>;
  #jobs: Job[] = [];

  constructor(processes: Client<typeof Processes>) {
    this.#processes = processes;
  }

  /** Those in the background, in the order in which they were started. */
  get background(): readonly Job[] {
    return this.#jobs.filter(({ number }) => number > 0);
  }

  /** Have a job looked after. */
  add(job: Job, inBackground: boolean): void {
    if (inBackground) job.number = Math.max(0, ...this.#jobs.map(({ number }) => number)) + 1;
    this.#jobs.push(job);
  }

  /** Forget a job that is done. */
  remove(job: Job): void {
    this.#jobs = this.#jobs.filter((other) => other !== job);
  }

  /** Look after processes that have ended. Does not wait for any. */
  *reap(): Thread<void> {
    for (const { members } of this.#jobs) for (const member of members) yield* this.#reap(member);
  }

  /** End all processes of a job. */
  *kill({ members }: Job): Thread<void> {
    for (const { process, ending } of members) if (ending === null) yield* process.kill();
  }

  *#reap(member: Member): Thread<void> {
    if (member.ending !== null) return;
    const found = yield* this.#processes.next({ after: member.id - 1 });
    const isThere = found.error === null && found.id === member.id;
    if (isThere && found.state !== "ended") return;
    const ended = yield* member.process.wait();
    // A process server that died has taken its processes along.
    const lost = { end: "killed", status: 0, cause: "" } as const;
    member.ending = ended.error === null ? ended : lost;
    for (const session of member.opened) yield* session.close();
    yield* member.process.close();
  }
}
