/**
 * The process table: what is known of each process, who has created which, and so who sees it. An
 * account is whoever can create processes: a client of the composition, or a process that was delegated to. It sees what it
 * has created, and what that has created in turn.
 *
 *     account (client) ──creates──▸ process ──delegated──▸ account ──creates──▸ process
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Condition } from "../common/activity.js";
import type { AnyInterface } from "../common/define.js";
import type { Edge, OpenSession } from "../common/session.js";
import type { Partition } from "./partitions.js";
import type { Body } from "./parts.js";

/** Whoever can create processes. */
export interface Account {
  /** The client of the composition on whose behalf: it is his share that is used. */
  readonly client: Edge["badge"];
  /** The process that it is; null for the client himself. */
  readonly process: ProcessRecord | null;
  readonly children: Set<ProcessRecord>;
}

/** How a process has ended. */
export interface Ending {
  readonly end: "returned" | "died" | "killed";
  readonly status: number;
  readonly cause: string;
}

/** A process, as long as the session of its creator. */
export interface ProcessRecord<B extends Body = Body> {
  readonly id: number;
  readonly name: string;
  readonly creator: Account;
  /** Where it lives, or has lived. */
  readonly partition: Partition;
  /** Null before it is made, and when it has ended. */
  body: B | null;
  hasStarted: boolean;
  ended: Ending | null;
  usedUs: number;
  /** Woken when it ends. */
  readonly end: Condition;
  /** Signalled when it ends; 0 for nothing. */
  signal: seL4_CPtr<"Notification">;
  /** Sessions that end with it: by which its server hears from it, and what was delegated to it. */
  readonly held: Set<OpenSession<AnyInterface>>;
  /** Gives back what it has in other places than its partition and this server; null: there is nothing. */
  leave: (() => Thread<void>) | null;
  /** Those of what was delegated by which it creates. */
  readonly accounts: Set<Account>;
  /** Its creator's session. */
  session: OpenSession<AnyInterface> | null;
}

/** How far a process is. */
export function stateOf({ hasStarted, ended }: ProcessRecord): "made" | "runs" | "ended" {
  if (ended !== null) return "ended";
  return hasStarted ? "runs" : "made";
}

/** All that an account sees, in the order of their numbers. */
export function seenBy({ children }: Account): ProcessRecord[] {
  const seen = [...children].flatMap((child) => [child, ...[...child.accounts].flatMap(seenBy)]);
  return seen.sort((a, b) => a.id - b.id);
}

/** The first process behind number `after` that an account sees. */
export function nextSeenBy(account: Account, after: number): ProcessRecord | undefined {
  return seenBy(account).find(({ id }) => id > after);
}
