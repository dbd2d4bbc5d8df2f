/**
 * Lives of processes: each begins in a partition, on the account of its creator, and when it ends everything that it had goes
 * back, whoever ends it and however far it was.
 *
 *     hasRoom ──begin──▸ in a partition ──end──▸ partition free, sessions ended ──forget──▸ nobody knows of it
 *
 * A number is given once: who asks for it later meets nobody else. Of the partitions each client of the composition has an
 * equal share, with all that was delegated on its behalf: a program that creates without end fills the share of whoever
 * started it.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_MessageInfo_new, seL4_NBSend } from "@tessera/libsel4";
import type { Handlers, Offer, Self } from "../common/handles.js";
import type { Process, Processes } from "./interface.js";
import { type Partition, reclaim, usedIn } from "./partitions.js";
import type { Body } from "./parts.js";
import type { Account, Ending, ProcessRecord } from "./process-table.js";

/** How a process ends that somebody ends. */
const KILLED: Ending = { end: "killed", status: 0, cause: "" };

/** What can be asked about the end of a process, whatever it runs. */
type Endings = Pick<Handlers<typeof Process, ProcessRecord>, "wait" | "onEnd" | "kill">;

/** The processes of one server. */
export class Lives {
  readonly #free: Partition[];
  readonly #processes: Offer<typeof Processes>;
  readonly #self: Self;
  /** Processes that each client of the composition may have. */
  readonly #share: number;
  readonly #taken = new Map<Account["client"], number>();
  #lastId = 0;

  constructor(partitions: Partition[], processes: Offer<typeof Processes>, self: Self) {
    this.#free = partitions;
    this.#processes = processes;
    this.#self = self;
    this.#share = Math.max(1, Math.floor(partitions.length / Math.max(1, processes.clients)));
  }

  /** Whether one more can begin on this account. */
  hasRoom({ client }: Account): boolean {
    return this.#free.length > 0 && (this.#taken.get(client) ?? 0) < this.#share;
  }

  /** A process in a partition of its own, which has nothing yet. Only where there is room. */
  *begin<B extends Body>(creator: Account, name: string): Thread<ProcessRecord<B>> {
    const partition = this.#free.pop();
    if (partition === undefined) throw new Error("a process begins, and there is no room");
    const { client } = creator;
    this.#taken.set(client, (this.#taken.get(client) ?? 0) + 1);
    this.#lastId += 1;
    // Used by nobody: what the one before has left over is not its own.
    yield* usedIn(partition);
    const record: ProcessRecord<B> = {
      ...{ id: this.#lastId, name, creator, partition, end: this.#self.condition(), usedUs: 0, signal: 0 },
      ...{ body: null, hasStarted: false, ended: null, session: null, leave: null },
      ...{ held: new Set(), accounts: new Set() },
    };
    creator.children.add(record);
    return record;
  }

  /** It ends, and gives back all that it had; whoever waits for it hears of it. Without effect when it has ended. */
  *end(record: ProcessRecord, how: Ending): Thread<void> {
    if (record.ended !== null) return;
    const { partition, creator, held } = record;
    record.body = null;
    record.ended = how;
    record.usedUs += yield* usedIn(partition);
    yield* reclaim(partition, this.#self.cspace);
    this.#free.push(partition);
    this.#taken.set(creator.client, (this.#taken.get(creator.client) ?? 1) - 1);
    for (const session of held) yield* this.#processes.end(session);
    held.clear();
    if (record.leave !== null) yield* record.leave();
    record.end.wake();
    if (record.signal !== 0) yield* tell(record.signal);
  }

  /** The session of its creator has ended, or there has never been one. */
  *forget(record: ProcessRecord): Thread<void> {
    yield* this.end(record, KILLED);
    if (record.signal !== 0) yield* this.#self.drop(record.signal);
    record.creator.children.delete(record);
  }

  /** Whoever has created processes is no more. */
  *closeAccount(account: Account): Thread<void> {
    for (const { session } of [...account.children]) if (session !== null) yield* this.#processes.end(session);
    account.process?.accounts.delete(account);
  }

  /** Somebody ends it. */
  kill(record: ProcessRecord): Thread<void> {
    return this.end(record, KILLED);
  }

  /** What its creator can ask, whatever it runs. */
  readonly endings: Endings = {
    *wait(record) {
      while (record.ended === null) yield* record.end.wait();
      return record.ended;
    },
    onEnd: (record, { signal }) => this.#onEnd(record, signal),
    kill: (record) => this.kill(record),
  };

  *#onEnd(record: ProcessRecord, signal: seL4_CPtr<"Notification">): Thread<void> {
    if (record.signal !== 0) yield* this.#self.drop(record.signal);
    record.signal = signal;
    if (record.ended !== null) yield* tell(signal);
  }
}

/** Without waiting: what was passed for a notification may be an endpoint at which nobody listens. */
function* tell(signal: seL4_CPtr<"Notification">): Thread<void> {
  yield* seL4_NBSend(signal, seL4_MessageInfo_new(0, 0, 0, 0));
}
