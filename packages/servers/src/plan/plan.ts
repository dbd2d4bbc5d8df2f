/**
 * Plans: a distribution of authority as data. Which components exist, which capability lies in which of their slots, what
 * memory they see, and on what time they run. Nothing else exists in the system when it has been built.
 *
 * A plan is made by composing components (package `personality`), printed as text, reviewed, and read by the root task
 * that builds it: what is reviewed is what is built. Components stand in the order in which they are started, servers
 * before their clients. The numbers follow from the components (layout.ts) and from the names of the clients, so that
 * the order of writing is no difference.
 */
import type { AnyInterface } from "../common/define.js";

/** What a capability to an endpoint allows: Write, Read, Grant, GrantReply, in capDL's letters. */
export type PlannedRights = "WP" | "WGP" | "RWGP";

/** A capability in the CSpace of a component. */
export type PlannedSlot =
  /** Its own CNode: authority over its own slots. */
  | { readonly what: "cnode"; readonly slot: number }
  /** Its endpoint, with all rights: it receives by it, and mints sessions of it. */
  | { readonly what: "endpoint"; readonly slot: number }
  /** Its notification, with all rights, bound to its thread. */
  | { readonly what: "notification"; readonly slot: number }
  /** The endpoint of whoever started it, to say that it has ended; the same capability is its fault handler. */
  | { readonly what: "parent"; readonly slot: number; readonly badge: number }
  /** Reply objects, in `count` slots from `slot` up. */
  | { readonly what: "replies"; readonly slot: number; readonly count: number }
  /** Notifications of its callers, in `count` slots from `slot` up; each of them may run so long in the period. */
  | { readonly what: "callers"; readonly slot: number; readonly count: number; readonly budgetUs: number }
  /** A need: another component's endpoint. */
  | {
      readonly what: "calls";
      readonly slot: number;
      readonly need: string;
      readonly interface: string;
      /** The component that serves, and its offer. */
      readonly server: string;
      readonly offer: string;
      readonly badge: number;
      readonly rights: PlannedRights;
    }
  /** A need: the handler of an interrupt, which signals the component's notification with source number `source`. */
  | {
      readonly what: "interrupt";
      readonly slot: number;
      readonly need: string;
      readonly interrupt: number;
      readonly source: number;
    }
  | PlannedResource;

/** A need of a component that makes processes (resource.ts): what the root task makes for it, and then has no more. */
export type PlannedResource =
  /** Untyped memory of 2^bits bytes. */
  | { readonly what: "untyped"; readonly slot: number; readonly need: string; readonly bits: number }
  /** A pool of numbers for address spaces. */
  | { readonly what: "spaces"; readonly slot: number; readonly need: string }
  /** The root of its own page tables; from `address` up it may map what it likes. */
  | { readonly what: "ownSpace"; readonly slot: number; readonly need: string; readonly address: number }
  /** A thread that never runs, by which threads are given priorities up to `most`. */
  | { readonly what: "priorities"; readonly slot: number; readonly need: string; readonly most: number }
  /** Scheduling contexts, in `count` slots from `slot` up, of this budget each. */
  | {
      readonly what: "time";
      readonly slot: number;
      readonly count: number;
      readonly need: string;
      readonly budgetUs: number;
      readonly periodUs: number;
    }
  /** Scheduling contexts, likewise, that run in turns of `sliceUs` when nobody with a budget wants to. */
  | {
      readonly what: "leftover";
      readonly slot: number;
      readonly count: number;
      readonly need: string;
      readonly sliceUs: number;
    }
  /** Pages of programs of the image, one a slot from `slot` up, to be read and executed. */
  | { readonly what: "programs"; readonly slot: number; readonly need: string; readonly programs: readonly string[] };

/** How many slots a capability of a plan stands for, from its own up. */
export function slotCount(slot: PlannedSlot): number {
  if (slot.what === "programs") return slot.programs.length;
  return "count" in slot ? slot.count : 1;
}

/** An offer as its plan has it. */
export function plannedOffer(offer: string, of: AnyInterface): PlannedOffer {
  const sessions = of.sessionsSendCapabilities && !of.sendsCapabilities;
  return {
    offer,
    interface: of.name,
    ...(sessions ? { sessions: "WGP" as const } : {}),
    ...(of.signals ? { signals: true as const } : {}),
  };
}

/** The programs that an image of a plan has, in the order in which its root task expects them. */
export function programNames({ components }: Plan): string[] {
  const own = components.map(({ program }) => program);
  const started = components.flatMap(({ slots }) => slots.flatMap((s) => (s.what === "programs" ? s.programs : [])));
  return [...new Set([...own, ...started])];
}

/** Pages that a component sees, beside its program, its environment and its IPC buffer. */
export type PlannedMemory =
  /** Of its own. */
  | { readonly what: "memory"; readonly need: string; readonly address: number; readonly pages: number }
  /** Of its own and of those that are started in its place: not zeroed when it dies. */
  | { readonly what: "kept"; readonly need: string; readonly address: number; readonly pages: number }
  /** Registers of a device. */
  | {
      readonly what: "device";
      readonly need: string;
      readonly address: number;
      readonly pages: number;
      readonly physical: number;
    }
  /** Shared with the server of this need; the server has it at `serverAddress`. */
  | {
      readonly what: "window";
      readonly need: string;
      readonly address: number;
      readonly pages: number;
      readonly server: string;
      readonly serverAddress: number;
    };

/** What a component offers. */
export interface PlannedOffer {
  readonly offer: string;
  readonly interface: string;
  /** Sessions that clients open by it have the right to send capabilities, which the call that opens them has not. */
  readonly sessions?: "WGP";
  /** Clients that give it a notification are signalled. */
  readonly signals?: true;
}

/** How a component is started again. */
export interface PlannedRestart {
  /** How soon the first time, and after how long at most: each death in a row doubles it. */
  readonly firstUs: number;
  readonly mostUs: number;
  /** How often it is asked whether it still answers: if it does not until the next time, it counts as dead. */
  readonly watchUs?: number;
}

/** A component of a plan. */
export interface PlannedComponent {
  readonly name: string;
  /** The program of the image that it runs. */
  readonly program: string;
  /** What its environment says as arguments. */
  readonly args: string;
  readonly priority: number;
  /** Microseconds that its thread may run in each period; both 0: it is passive, and runs on its callers' time. */
  readonly budgetUs: number;
  readonly periodUs: number;
  /** log2 of the slots of its CNode. */
  readonly cnodeBits: number;
  /** Slots that are free for what it makes and gets while it runs: from `start` to before `end`; both 0: none. */
  readonly free: { readonly start: number; readonly end: number };
  /** Its offers, in the order of declaration. */
  readonly offers: readonly PlannedOffer[];
  /** Ordered by slot. */
  readonly slots: readonly PlannedSlot[];
  /** Ordered by address. */
  readonly memory: readonly PlannedMemory[];
  /** Whether it is started again when it dies, and how soon; null: it stays dead. */
  readonly restart: PlannedRestart | null;
}

/** A plan. */
export interface Plan {
  readonly personality: string;
  readonly components: readonly PlannedComponent[];
}
