/**
 * Lives of processes: each begins in a berth, on the account of its creator, and when it ends everything that it had goes
 * back, whoever ends it and however far it was.
 *
 *     hasRoom ──begin──▸ in a berth ──end──▸ berth free, sessions ended ──forget──▸ nobody knows of it
 *
 * A number is given once: who asks for it later meets nobody else. Of the berths each client of the composition has an
 * equal share, with all that was delegated on its behalf: a program that creates without end fills the share of whoever
 * started it.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_MessageInfo_new, seL4_NBSend } from "@tessera/libsel4";
import type { Handlers, Offer, Self } from "../common/handles.js";
import { type Berth, usedIn, vacate } from "./berths.js";
import type { Account, HowEnded, Kin } from "./family.js";
import type { Process, Processes } from "./interface.js";
import type { Body } from "./parts.js";

/** How a process ends that somebody ends. */
const KILLED: HowEnded = { end: "killed", status: 0, cause: "" };

/** What can be asked about the end of a process, whatever it runs. */
type Endings = Pick<Handlers<typeof Process, Kin>, "wait" | "onEnd" | "kill">;

/** The processes of one server. */
export class Lives {
  readonly #free: Berth[];
  readonly #processes: Offer<typeof Processes>;
  readonly #self: Self;
  /** Processes that each client of the composition may have. */
  readonly #share: number;
  readonly #taken = new Map<Account["client"], number>();
  #lastId = 0;

  constructor(berths: Berth[], processes: Offer<typeof Processes>, self: Self) {
    this.#free = berths;
    this.#processes = processes;
    this.#self = self;
    this.#share = Math.max(1, Math.floor(berths.length / Math.max(1, processes.clients)));
  }

  /** Whether one more can begin on this account. */
  hasRoom({ client }: Account): boolean {
    return this.#free.length > 0 && (this.#taken.get(client) ?? 0) < this.#share;
  }

  /** A process in a berth of its own, which has nothing yet. Only where there is room. */
  *begin<B extends Body>(creator: Account, name: string): Thread<Kin<B>> {
    const berth = this.#free.pop();
    if (berth === undefined) throw new Error("a process begins, and there is no room");
    const { client } = creator;
    this.#taken.set(client, (this.#taken.get(client) ?? 0) + 1);
    this.#lastId += 1;
    // Used by nobody: what the one before has left over is not its own.
    yield* usedIn(berth);
    const kin: Kin<B> = {
      ...{ id: this.#lastId, name, creator, berth, end: this.#self.condition(), usedUs: 0, signal: 0 },
      ...{ body: null, hasStarted: false, ended: null, session: null, leave: null },
      ...{ held: new Set(), accounts: new Set() },
    };
    creator.children.add(kin);
    return kin;
  }

  /** It ends, and gives back all that it had; whoever waits for it hears of it. Without effect when it has ended. */
  *end(kin: Kin, how: HowEnded): Thread<void> {
    if (kin.ended !== null) return;
    const { berth, creator, held } = kin;
    kin.body = null;
    kin.ended = how;
    kin.usedUs += yield* usedIn(berth);
    yield* vacate(berth, this.#self.cspace);
    this.#free.push(berth);
    this.#taken.set(creator.client, (this.#taken.get(creator.client) ?? 1) - 1);
    for (const session of held) yield* this.#processes.end(session);
    held.clear();
    if (kin.leave !== null) yield* kin.leave();
    kin.end.wake();
    if (kin.signal !== 0) yield* tell(kin.signal);
  }

  /** The session of its creator has ended, or there has never been one. */
  *forget(kin: Kin): Thread<void> {
    yield* this.end(kin, KILLED);
    if (kin.signal !== 0) yield* this.#self.drop(kin.signal);
    kin.creator.children.delete(kin);
  }

  /** Whoever has created processes is no more. */
  *closeAccount(account: Account): Thread<void> {
    for (const { session } of [...account.children]) if (session !== null) yield* this.#processes.end(session);
    account.process?.accounts.delete(account);
  }

  /** Somebody ends it. */
  kill(kin: Kin): Thread<void> {
    return this.end(kin, KILLED);
  }

  /** What its creator can ask, whatever it runs. */
  readonly endings: Endings = {
    *wait(kin) {
      while (kin.ended === null) yield* kin.end.wait();
      return kin.ended;
    },
    onEnd: (kin, { signal }) => this.#onEnd(kin, signal),
    kill: (kin) => this.kill(kin),
  };

  *#onEnd(kin: Kin, signal: seL4_CPtr<"Notification">): Thread<void> {
    if (kin.signal !== 0) yield* this.#self.drop(kin.signal);
    kin.signal = signal;
    if (kin.ended !== null) yield* tell(signal);
  }
}

/** Without waiting: what was passed for a notification may be an endpoint at which nobody listens. */
function* tell(signal: seL4_CPtr<"Notification">): Thread<void> {
  yield* seL4_NBSend(signal, seL4_MessageInfo_new(0, 0, 0, 0));
}
