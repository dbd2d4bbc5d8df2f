/**
 * Plans: a distribution of authority as data. Which components exist, which capability lies in which of their slots, what
 * memory they see, and on what time they run. Nothing else exists in the system when it has been built.
 *
 * A plan is made by composing components (package `personality`), printed as text, reviewed, and read by the root task
 * that builds it: what is reviewed is what is built. Components stand in the order in which they are started, servers
 * before their clients. The numbers follow from the components (layout.ts) and from the names of the clients, so that
 * the order of writing is no difference.
 */

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
    };

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
  /** Its offers, in the order of declaration: interface by name. */
  readonly offers: readonly { readonly offer: string; readonly interface: string }[];
  /** Ordered by slot. */
  readonly slots: readonly PlannedSlot[];
  /** Ordered by address. */
  readonly memory: readonly PlannedMemory[];
  /** Whether it is started again when it dies, and how soon; null: it stays dead. */
  readonly restart: { readonly firstUs: number; readonly mostUs: number } | null;
}

/** A plan. */
export interface Plan {
  readonly personality: string;
  readonly components: readonly PlannedComponent[];
}
