/**
 * Parts: what the root task holds of each component, to start it, to bury it, and to start it again.
 *
 * All capabilities lie in the root task's CSpace. Those that a component is given are copies of these, so that revoking
 * one takes away every copy, also of those that were handed on.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type {
  seL4_CapRights_t,
  seL4_CPtr,
  seL4_IRQHandler,
  seL4_SchedContext,
  seL4_TCB,
  seL4_Untyped,
} from "@tessera/libsel4";
import type { PlannedComponent } from "../plan/plan.js";

/** A capability of a component. */
export interface Given {
  readonly slot: number;
  /** What it is copied from. */
  readonly from: seL4_CPtr;
  readonly rights: seL4_CapRights_t;
  /** The component whose endpoint it leads to; null when it leads to none. */
  readonly server: Part | null;
}

/** A need to call. */
export interface PartEdge {
  readonly server: Part;
  readonly badge: number;
  /** With this badge and all rights: whatever the client has by this edge was derived from it. */
  readonly master: seL4_CPtr<"Endpoint">;
}

/** An interrupt that a component handles. */
export interface PartInterrupt {
  readonly handler: seL4_IRQHandler;
  /** What it adds to the notification's word. */
  readonly badge: number;
  /** The slot for the capability that it signals by. */
  readonly signal: seL4_CPtr<"Notification">;
}

/** A thread of a component that makes calls for it (common/caller.ts). */
export interface PartCaller {
  readonly tcb: seL4_TCB;
  /** The notification that wakes it, as the component addresses it. */
  readonly slot: number;
  /** Its page, as the component and as the root task address it. */
  readonly page: number;
  readonly view: number;
}

/** What a component makes processes of. */
export interface PartResources {
  readonly untyped: seL4_Untyped[];
  readonly contexts: seL4_SchedContext[];
  /** Threads that never run, by whose authority others are given priorities. */
  readonly authorities: seL4_TCB[];
}

/** A component, as the root task has made it. */
export interface Part {
  readonly planned: PlannedComponent;
  readonly tcb: seL4_TCB;
  readonly schedContext: seL4_SchedContext;
  /** Its CSpace, addressed from outside. */
  readonly cspace: cspace_t;
  /** The originals; 0 when the plan has none. */
  readonly endpoint: seL4_CPtr<"Endpoint">;
  readonly notification: seL4_CPtr<"Notification">;
  readonly replies: readonly seL4_CPtr<"Reply">[];
  /** By which it tells the root task that it ends; its badge says who it is. */
  readonly parentBadge: number;
  readonly parent: seL4_CPtr<"Endpoint">;
  readonly given: Given[];
  readonly edges: PartEdge[];
  readonly interrupts: PartInterrupt[];
  readonly callers: PartCaller[];
  /** What it makes processes of: the originals. */
  readonly resources: PartResources;
  /** Its own memory, but what is kept, in the root task's view. */
  readonly memory: { readonly address: number; readonly pages: number }[];
  /** The physical address of the first page of each memory, by need. */
  readonly physical: Map<string, number>;
  /** Its environment and its IPC buffer in the root task's view. */
  readonly environment: number;
  readonly buffer: number;
  /** It is dead for good: its endpoint does not exist any more. */
  isClosed: boolean;
}

/** Whether it runs on its callers' time. */
export function isPassive({ planned }: Part): boolean {
  return planned.budgetUs === 0;
}
