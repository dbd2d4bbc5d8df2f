/**
 * Handles: what `main` of a component is given for its needs and its offers, and for itself.
 *
 * A need becomes a client, a device or memory; an offer becomes the means to serve it. The types follow from the
 * declarations: a handler that answers too little, takes a field that is not sent, or refuses by an error that is not
 * declared, does not compile.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import type {
  CapKind,
  seL4_CPtr,
  seL4_IRQHandler,
  seL4_MessageInfo_t,
  seL4_RISCV_ASIDPool,
  seL4_RISCV_Page,
  seL4_RISCV_PageTable,
  seL4_SchedContext,
  seL4_TCB,
  seL4_Untyped,
} from "@tessera/libsel4";
import type { Condition } from "./activity.js";
import type { Failure } from "./answer.js";
import type { AnyClient, Client, SentFields, SessionInterface } from "./client.js";
import type { Offers } from "./component.js";
import type { AnyInterface, AnyOperation, Fields, Operation, OwnField, SessionField } from "./define.js";
import type { CapabilityField, WordField } from "./field.js";
import type { CallsNeed, DeviceNeed, MemoryNeed, Need, Needs } from "./need.js";
import type { Raw } from "./raw.js";
import type { ImageProgram } from "./raw-program.js";
import type {
  LeftoverNeed,
  OwnSpaceNeed,
  PrioritiesNeed,
  ProgramsNeed,
  SpacesNeed,
  TimeNeed,
  UntypedNeed,
} from "./resource.js";
import type { Edge, OpenSession, SessionOptions } from "./session.js";
import type { SignalHandler } from "./signals.js";
import type { Window } from "./window.js";

/** What a handler gets for a field of its arguments. */
export type Argument<F, Self extends AnyInterface> =
  F extends WordField<infer T>
    ? T
    : F extends CapabilityField<infer Kind extends CapKind>
      ? seL4_CPtr<Kind>
      : F extends SessionField<infer I>
        ? Client<SessionInterface<I, Self>>
        : F extends OwnField<AnyInterface | null>
          ? unknown
          : never;

/** The arguments of an operation, as its handler gets them. */
export type Arguments<F extends Fields, Self extends AnyInterface> = { readonly [K in keyof F]: Argument<F[K], Self> };

/** What a handler may return. `Busy`: for what it keeps a limit of its own. */
export type Outcome<R extends Fields, E extends string, Self extends AnyInterface> =
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler without results just ends
  (keyof R extends never ? void : SentFields<R, Self>) | Failure<E | "Busy">;

/** The handler of an operation: a generator if it makes calls or waits, else a plain function. */
export type Handler<Op extends AnyOperation, S, Self extends AnyInterface> =
  Op extends Operation<infer A, infer R, infer E>
    ? (state: S, args: Arguments<A, Self>) => Generator<void, Outcome<R, E, Self>, void> | Outcome<R, E, Self>
    : never;

/** A handler for each operation of an interface. */
export type Handlers<I extends AnyInterface, S> = {
  readonly [K in keyof I["operations"]]: Handler<I["operations"][K], S, I>;
};

/** Called when a session has ended: it was closed, or its client is dead. Nobody waits by it any more. */
export type Closed<S> = (state: S) => Thread<void> | void;

/** The means to serve an interface. */
export interface Offer<I extends AnyInterface> {
  /** How many clients the composition has given it. */
  readonly clients: number;
  /**
   * From now on `handlers` carry out what clients ask; the loop has to run (`serve`, of this or another offer).
   * @param admit makes what is kept for a client, when it calls for the first time
   * @param closed called when a client is dead
   */
  on<S>(admit: (client: Edge) => S, handlers: Handlers<I, S>, closed?: Closed<S>): void;
  /** `on`, and serve for ever: all offers of the component, and its signals. Can block. */
  serve<S>(admit: (client: Edge) => S, handlers: Handlers<I, S>, closed?: Closed<S>): Thread<never>;
  /**
   * Open a session for the caller of the operation that is being handled; to be returned in the answer, or it ends
   * with it. Where he has as many as he may, the handler ends here and he is answered `Busy`, though nothing of what it
   * did before is undone: see `hasRoom`.
   * @param state what is kept for it
   * @param closed called when it has ended
   */
  session<J extends AnyInterface, S>(
    of: J,
    state: S,
    handlers: Handlers<J, S>,
    closed?: Closed<S>,
    options?: SessionOptions,
  ): OpenSession<J>;
  /** Whether the caller of the operation that is being handled can have one more session. */
  hasRoom(): boolean;
  /**
   * Open a session by which messages of no interface are heard, as they are: faults of a thread whose handler it is, and
   * whatever else a program sends. It is opened by the handler of an operation, ends with that one's client, or by `end`,
   * and is none of those that the client may have open. Its capability can be handed out as `sessionOf(Raw)`, in any
   * answer, or be minted of `ENDPOINT_SLOT` with its badge.
   * @param hears called with the message info; the words are in the message registers until the next system call. It
   *   returns the answer, whose words are staged; null when nobody is to be answered, so that a thread stays stopped
   * @param options `waits`: it may park; where there is no room for that the message is answered at once, not heard
   */
  hear<S>(
    state: S,
    hears: (state: S, info: seL4_MessageInfo_t) => Thread<seL4_MessageInfo_t | null> | seL4_MessageInfo_t | null,
    options?: { readonly waits?: boolean; readonly closed?: Closed<S> },
  ): OpenSession<typeof Raw>;
  /** End a session that was opened: who still has its capability is answered `Closed`. Can block as `closed` can. */
  end(session: OpenSession<AnyInterface>): Thread<void>;
}

/** A device that a component drives. */
export interface Device {
  /** Where its registers are, in the component's address space. */
  readonly address: number;
  readonly bytes: number;
  /**
   * Call `handler` at each interrupt of it, once the component serves. It has to acknowledge each: on boards where a
   * claim is completed by that there is no other before. On this one it is completed when it is taken, and so the next
   * interrupt comes all the same.
   */
  onInterrupt(handler: SignalHandler): void;
  /** Acknowledge the interrupt: on every board, the next one can come. Cannot block. */
  acknowledge(): Thread<void>;
  /** Its interrupt, for those who go on without this package; 0 when it has none. */
  readonly handler: seL4_IRQHandler;
}

/** Memory of a component. */
export interface Memory {
  readonly address: number;
  readonly bytes: number;
  /** Where a device finds its first byte; all others follow. */
  readonly physical: number;
}

/** Memory to make objects of. */
export interface UntypedMemory {
  readonly cptr: seL4_Untyped;
  /** log2 of its bytes. */
  readonly bits: number;
}

/** The root of a component's own page tables, and where in its address space it may map what it likes. */
export interface OwnSpace {
  readonly vspace: seL4_RISCV_PageTable;
  readonly address: number;
  readonly bytes: number;
}

/** Authority over priorities. */
export interface Priorities {
  /** A thread that never runs, as the authority by which other threads are given priorities up to `most`. */
  readonly authority: seL4_TCB;
  readonly most: number;
}

/** A program that processes can run. */
export interface ProgramPage {
  readonly program: ImageProgram;
  /** Its page: to be copied for each address space that it is mapped into, at `PROGRAM_ADDRESS`. */
  readonly page: seL4_RISCV_Page;
}

/** A client with the window that was asked for. */
export type WindowedClient<I extends AnyInterface> = Client<I> & {
  /** Memory shared with the server; null when none was asked for. */
  readonly window: Window | null;
};

/** What a component has beside its needs and offers. */
export interface Self {
  /** What its composition, or whoever started it, has to say to it. */
  readonly args: string;
  /** How many were started in its place before it: 0 for the first. */
  readonly incarnation: number;
  /** Something that its handlers can wait for. */
  condition<T = void>(): Condition<T>;
  /**
   * `client`, whose methods make the handler wait that calls them while the component goes on serving. For handlers of
   * operations that declare `waits`, in components with callers (`callers: 2`): as many such calls can be under way,
   * further handlers wait for their turn. Its `close` is the client's own.
   * @throws Error in a component without callers
   */
  parking<C extends AnyClient>(client: C): C;
  /**
   * Have `work` carried out beside the calls, once the handler that runs has ended or parked. It may park like a handler,
   * and ends when it has come to its end: no session ends it, and nobody is answered.
   * @throws Error in a component that offers nothing
   */
  task(work: Thread<void>): void;
  /**
   * A capability by which others can signal this component, and nothing else; `handler` is called then, while the
   * component serves, or waits by `signalled`. Several signals before that are one. Cannot block.
   * @throws Error when the component hears no signals (`signals: true`), or has no slot or source left
   */
  signal(handler: SignalHandler): Thread<seL4_CPtr<"Notification">>;
  /**
   * Wait until there is at least one signal, and the handlers of all that there are have run: for components that offer
   * nothing and declare `signals: true`, or drive a device. A signal that has come before is there still. Can block.
   * @throws Error in a component with offers, which hears signals while it serves, and in one that hears none
   */
  signalled(): Thread<void>;
  /**
   * Serve all offers that have handlers, and signals, for ever. Can block.
   * @throws Error in a component that offers nothing and hears no signals
   */
  serve(): Thread<never>;
  /**
   * A capability that has come as such, as a client of what it leads to: only the two sides know that, and when it is
   * wrong, calls fail. `close` ends the session, if it is one, and deletes the capability.
   */
  client<I extends AnyInterface>(of: I, cptr: seL4_CPtr<"Endpoint">): Client<I>;
  /** Its own CSpace, for who makes capabilities itself. @throws Error in a component without slots */
  readonly cspace: cspace_t;
  /** Delete a capability that has come, and free its slot. A client, which knows of it then, has `forget`. Cannot block. */
  drop(cptr: seL4_CPtr): Thread<void>;
}

/** What a need becomes. */
export type NeedHandle<N extends Need> =
  N extends CallsNeed<infer I>
    ? WindowedClient<I>
    : N extends DeviceNeed
      ? Device
      : N extends MemoryNeed
        ? Memory
        : N extends UntypedNeed
          ? UntypedMemory
          : N extends SpacesNeed
            ? seL4_RISCV_ASIDPool
            : N extends OwnSpaceNeed
              ? OwnSpace
              : N extends PrioritiesNeed
                ? Priorities
                : N extends TimeNeed | LeftoverNeed
                  ? readonly seL4_SchedContext[]
                  : N extends ProgramsNeed
                    ? readonly ProgramPage[]
                    : never;

/** What `main` is given. */
export type Handles<N extends Needs, O extends Offers> = { readonly [K in keyof N]: NeedHandle<N[K]> } & {
  readonly [K in keyof O]: Offer<O[K]>;
} & { readonly self: Self };
