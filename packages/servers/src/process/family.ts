/**
 * Families: who has created which process, and so who sees it. An account is whoever can create processes: a client of
 * the composition, or a process that was delegated to. It sees what it has created, and what that has created in turn.
 *
 *     account (client) ──creates──▸ process ──delegated──▸ account ──creates──▸ process
 */
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Condition } from "../common/activity.js";
import type { AnyInterface } from "../common/define.js";
import type { Edge, OpenSession } from "../common/session.js";
import type { Body } from "./body.js";

/** Whoever can create processes. */
export interface Account {
  /** The client of the composition on whose behalf: it is his share that is used. */
  readonly client: Edge["badge"];
  /** The process that it is; null for the client himself. */
  readonly process: Kin | null;
  readonly children: Set<Kin>;
}

/** How a process has ended. */
export interface HowEnded {
  readonly end: "returned" | "died" | "killed";
  readonly status: number;
  readonly cause: string;
}

/** A process, as long as the session of its creator. */
export interface Kin {
  readonly id: number;
  readonly name: string;
  readonly creator: Account;
  /** Null when it has ended. */
  body: Body | null;
  hasStarted: boolean;
  ended: HowEnded | null;
  usedUs: number;
  /** Woken when it ends. */
  readonly end: Condition;
  /** Signalled when it ends; 0 for nothing. */
  signal: seL4_CPtr<"Notification">;
  /** By which its server hears from it. */
  heard: OpenSession<AnyInterface> | null;
  /** At its server, by need. */
  readonly delegated: Map<string, OpenSession<AnyInterface>>;
  /** Those of `delegated` by which it creates. */
  readonly accounts: Set<Account>;
  /** Its creator's session. */
  session: OpenSession<AnyInterface> | null;
}

/** How far a process is. */
export function stateOf({ hasStarted, ended }: Kin): "made" | "runs" | "ended" {
  if (ended !== null) return "ended";
  return hasStarted ? "runs" : "made";
}

/** All that an account sees, in the order of their numbers. */
export function seenBy({ children }: Account): Kin[] {
  const seen = [...children].flatMap((child) => [child, ...[...child.accounts].flatMap(seenBy)]);
  return seen.sort((a, b) => a.id - b.id);
}

/** The first process behind number `after` that an account sees. */
export function nextSeenBy(account: Account, after: number): Kin | undefined {
  return seenBy(account).find(({ id }) => id > after);
}
