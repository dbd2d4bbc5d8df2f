/**
 * The process server: makes processes for its clients out of memory, time and programs that the composition has given it.
 *
 * A process has what its parent gave it for its needs and nothing else: no memory to make objects of, no time but its own,
 * no way to this server but to say that it ends (which is also where its faults go), unless its parent delegates. It can
 * send there what it likes; what is no end and no fault is `Malformed`.
 *
 * Each client of the composition has its share of the places, with all that was delegated on its behalf: a program that
 * creates without end fills the share of whoever started it.
 *
 * It needs no other server. When it dies, the root task revokes its memory, and with it all processes end.
 */
import { cspace_delete, cspace_mint, cspace_move } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_NBSend,
  seL4_PageTableBits,
  throwOnError,
} from "@tessera/libsel4";
import { Failure, fail, systemLabel } from "../common/answer.js";
import { type Component, component } from "../common/component.js";
import type { AnyInterface } from "../common/define.js";
import { diedOf } from "../common/died-of.js";
import type { Handlers, Offer, ProgramPage, Self } from "../common/handles.js";
import { ENDPOINT_SLOT } from "../common/layout.js";
import { rightsOf } from "../common/minting.js";
import { addressSpaces, leftover, ownSpace, priorities, programs, time, untyped } from "../common/resource.js";
import type { OpenSession } from "../common/session.js";
import { ENDED } from "../common/start.js";
import { type Berth, FURTHER_SLOTS, makeBerths, usedIn, VIEW_TABLES, vacate } from "./berths.js";
import { type Builder, buildBody, startBody } from "./body.js";
import { type Account, type HowEnded, type Kin, nextSeenBy, seenBy, stateOf } from "./family.js";
import { Process, Processes, ProcessTable } from "./interface.js";
import { type ProgramShape, processBits, shapeOf } from "./program.js";

/** What is decided about a process server. */
export interface ProcessServerOptions {
  /** What plans call it, and its program: "process" if left out. */
  readonly name?: string;
  /** Processes at a time: 16 if left out. */
  readonly most?: number;
  /** Of all its processes; below its own. */
  readonly priority: number;
  /** What each process may use of each period: `"2ms/10ms"`. If left out, they run in turns when nobody else wants to. */
  readonly budget?: string;
  /** How long a turn is: `"5ms"` if left out. */
  readonly slice?: string;
}

const MOST = 16;
/** Slots for signals, and for what is on its way. */
const FREE_SLOTS = 128;
/** Callers who wait for the end of a process. */
const WAITING = 32;

/**
 * A process server that can run these programs. It needs memory for all its processes, time for each of them, address
 * spaces, authority over their priority, and the programs.
 * @throws RangeError for a program that cannot be run in a process, or a number that will not do
 */
export function processServer(list: readonly Component[], options: ProcessServerOptions): Component {
  const { name = "process", most = MOST, priority, budget, slice = "5ms" } = options;
  const shapes = new Map(list.map((program) => [program.name, shapeOf(program)]));
  const bits = processBits([...shapes.values()]);
  const objects = Math.max(...[...shapes.values()].map((shape) => shape.objects.length));
  // In front of the first piece lie the tables of the view.
  const bytes = most * 2 ** bits + Math.max(2 ** bits, VIEW_TABLES * 2 ** seL4_PageTableBits);
  return component(name, {
    needs: {
      memory: untyped(Math.ceil(Math.log2(bytes))),
      spaces: addressSpaces(),
      view: ownSpace(),
      urgency: priorities(priority),
      time: budget === undefined ? leftover(most, slice) : time(most, budget),
      programs: programs(list),
    },
    offers: { processes: Processes },
    waiting: WAITING,
    slots: VIEW_TABLES + most * (objects + FURTHER_SLOTS) + FREE_SLOTS,
    *main({ memory, spaces, view, urgency, time: contexts, programs: pages, processes, self }) {
      const { cspace } = self;
      const berths = yield* makeBerths({ cspace, memory: memory.cptr, view, contexts, bits, objects });
      const builder = { cspace, spaces, view, urgency };
      yield* new ProcessServer({ shapes, pages, berths, builder, processes, self }).serve();
    },
  });
}

interface ServerParts {
  readonly shapes: ReadonlyMap<string, ProgramShape>;
  readonly pages: readonly ProgramPage[];
  readonly berths: Berth[];
  readonly builder: Builder;
  readonly processes: Offer<typeof Processes>;
  readonly self: Self;
}

class ProcessServer {
  readonly #shapes: ReadonlyMap<string, ProgramShape>;
  readonly #pages: readonly ProgramPage[];
  readonly #free: Berth[];
  readonly #builder: Builder;
  readonly #processes: Offer<typeof Processes>;
  readonly #self: Self;
  /** Processes that each client of the composition may have. */
  readonly #share: number;
  readonly #taken = new Map<Account["client"], number>();
  #lastId = 0;

  constructor({ shapes, pages, berths, builder, processes, self }: ServerParts) {
    this.#shapes = shapes;
    this.#pages = pages;
    this.#free = berths;
    this.#builder = builder;
    this.#processes = processes;
    this.#self = self;
    this.#share = Math.max(1, Math.floor(berths.length / Math.max(1, processes.clients)));
  }

  *serve(): Thread<never> {
    const admit = ({ badge }: { readonly badge: number }) => accountOf(badge, null);
    return yield* this.#processes.serve(admit, this.#creating, (account) => this.#closeAccount(account));
  }

  /** What can be asked about all processes that an account sees. */
  readonly #looking: Handlers<typeof ProcessTable, Account> = {
    next: (account, { after }) => this.#next(account, after),
    kill: (account, { id }) => this.#killSeen(account, id),
  };

  readonly #creating: Handlers<typeof Processes, Account> = {
    create: (account, { program, args }) => this.#create(account, program, args),
    programs: (_, { index }) => {
      const page = this.#pages[index];
      return page === undefined ? fail("End") : { name: page.program.name };
    },
    next: (account, { after }) => this.#next(account, after),
    kill: (account, { id }) => this.#killSeen(account, id),
  };

  /** What the creator of a process can do with it. */
  readonly #parenting: Handlers<typeof Process, Kin> = {
    needs: ({ name }, { index }) => {
      const call = this.#shapes.get(name)?.calls[index];
      return call === undefined ? fail("End") : { need: call.need, interface: call.interface };
    },
    give: (kin, { need, capability }) => this.#give(kin, need, capability),
    delegate: (kin, { need }) => this.#delegate(kin, need),
    *start(kin) {
      if (kin.body === null || kin.hasStarted) return fail("Started");
      kin.hasStarted = true;
      yield* startBody(kin.body);
      return undefined;
    },
    *wait(kin) {
      while (kin.ended === null) yield* kin.end.wait();
      return kin.ended;
    },
    onEnd: (kin, { signal }) => this.#onEnd(kin, signal),
    kill: (kin) => this.#end(kin, KILLED),
  };

  *#create(account: Account, program: string, args: string) {
    const shape = this.#shapes.get(program);
    const page = this.#pages.find((one) => one.program.name === program)?.page;
    if (shape === undefined || page === undefined) return fail("NotFound");
    const taken = this.#taken.get(account.client) ?? 0;
    if (taken >= this.#share) return fail("Full");
    if (this.#free.length === 0) return fail("Full");

    const id = this.#lastId + 1;
    const kin: Kin = {
      ...{ id, name: program, creator: account, end: this.#self.condition(), usedUs: 0, signal: 0 },
      ...{ body: null, hasStarted: false, ended: null, heard: null, session: null },
      ...{ delegated: new Map(), accounts: new Set() },
    };
    // Refuses whom has as many as it may, so nothing else is done before it.
    const process = this.#processes.session(Process, kin, this.#parenting, (ended) => this.#forget(ended));
    const berth = this.#free.pop() as Berth;
    this.#lastId = id;
    this.#taken.set(account.client, taken + 1);
    kin.session = process;
    kin.heard = this.#processes.hear(kin, (heard, info) => this.#hear(heard, info));
    // Used by nobody: what the one before has left over is not its own.
    yield* usedIn(berth);
    const options = { name: `${program}.${id}`, args, page, parentBadge: kin.heard.badge };
    kin.body = yield* buildBody(this.#builder, berth, shape, options);
    account.children.add(kin);
    return { process, id };
  }

  *#give(kin: Kin, need: string, capability: seL4_CPtr<"Endpoint">) {
    const to = slotToFill(kin, need, null);
    if (to instanceof Failure) {
      yield* this.#self.drop(capability);
      return to;
    }
    yield* this.#takeBack(kin, need, to);
    const { cspace } = this.#self;
    throwOnError(yield* cspace_move(to.cspace, to.slot, cspace, capability), `giving "${need}"`);
    yield* this.#self.drop(capability);
    return undefined;
  }

  *#delegate(kin: Kin, need: string) {
    const to = slotToFill(kin, need, [Processes, ProcessTable]);
    if (to instanceof Failure) return to;
    yield* this.#takeBack(kin, need, to);
    const session = to.interface === Processes.name ? this.#account(kin) : this.#table(kin);
    kin.delegated.set(need, session);
    const { cspace } = this.#self;
    const rights = rightsOf(session.of);
    throwOnError(
      yield* cspace_mint(to.cspace, to.slot, cspace, ENDPOINT_SLOT, rights, session.badge),
      `delegating "${need}"`,
    );
    return undefined;
  }

  #account(kin: Kin): OpenSession<typeof Processes> {
    const account = accountOf(kin.creator.client, kin);
    kin.accounts.add(account);
    const closed = (ended: Account) => this.#closeAccount(ended);
    return this.#processes.session(Processes, account, this.#creating, closed, { detached: true });
  }

  #table(kin: Kin): OpenSession<typeof ProcessTable> {
    return this.#processes.session(ProcessTable, kin.creator, this.#looking, undefined, { detached: true });
  }

  /** What was given for a need before. */
  *#takeBack(kin: Kin, need: string, { cspace, slot }: SlotToFill): Thread<void> {
    const session = kin.delegated.get(need);
    if (session !== undefined) yield* this.#processes.end(session);
    kin.delegated.delete(need);
    throwOnError(yield* cspace_delete(cspace, slot), `taking back "${need}"`);
  }

  *#onEnd(kin: Kin, signal: seL4_CPtr<"Notification">): Thread<void> {
    if (kin.signal !== 0) yield* this.#self.drop(kin.signal);
    kin.signal = signal;
    if (kin.ended !== null) yield* tell(signal);
  }

  *#next(account: Account, after: number) {
    const kin = nextSeenBy(account, after);
    if (kin === undefined) return fail("End");
    if (kin.body !== null) kin.usedUs += yield* usedIn(kin.body.berth);
    const { id, name, usedUs } = kin;
    return { id, parent: kin.creator.process?.id ?? 0, name, state: stateOf(kin), usedUs };
  }

  *#killSeen(account: Account, id: number) {
    const kin = seenBy(account).find((one) => one.id === id);
    if (kin === undefined || kin.ended !== null) return fail("NotFound");
    yield* this.#end(kin, KILLED);
    return undefined;
  }

  /** A process says that it ends, or dies, or sends what it likes. */
  *#hear(kin: Kin, info: seL4_MessageInfo_t): Thread<seL4_MessageInfo_t | null> {
    if (info.label === ENDED) {
      yield* this.#end(kin, { end: "returned", status: seL4_GetMR(0) % 2 ** 32, cause: "" });
      return null;
    }
    const cause = diedOf(info);
    if (cause === null) return seL4_MessageInfo_new(systemLabel("Malformed"), 0, 0, 0);
    yield* this.#end(kin, { end: "died", status: 0, cause });
    return null;
  }

  /** It ends, and gives back all that it had; whoever waits for it hears of it. */
  *#end(kin: Kin, how: HowEnded): Thread<void> {
    const { body } = kin;
    if (body === null) return;
    kin.body = null;
    kin.ended = how;
    kin.usedUs += yield* usedIn(body.berth);
    yield* vacate(body.berth, this.#self.cspace);
    this.#free.push(body.berth);
    const { client } = kin.creator;
    this.#taken.set(client, (this.#taken.get(client) ?? 1) - 1);
    if (kin.heard !== null) yield* this.#processes.end(kin.heard);
    for (const session of kin.delegated.values()) yield* this.#processes.end(session);
    kin.delegated.clear();
    kin.end.wake();
    if (kin.signal !== 0) yield* tell(kin.signal);
  }

  /** The session of its creator has ended. */
  *#forget(kin: Kin): Thread<void> {
    yield* this.#end(kin, KILLED);
    if (kin.signal !== 0) yield* this.#self.drop(kin.signal);
    kin.creator.children.delete(kin);
  }

  /** Whoever has created processes is no more. */
  *#closeAccount(account: Account): Thread<void> {
    for (const { session } of [...account.children]) if (session !== null) yield* this.#processes.end(session);
    account.process?.accounts.delete(account);
  }
}

const KILLED: HowEnded = { end: "killed", status: 0, cause: "" };

function accountOf(client: Account["client"], process: Kin | null): Account {
  return { client, process, children: new Set() };
}

/** A slot of a process, and what it is for. */
interface SlotToFill {
  readonly cspace: NonNullable<Kin["body"]>["cspace"];
  readonly slot: number;
  readonly interface: string;
}

/** Where the capability for a need goes. @param among interfaces that it may be of; null: any */
function slotToFill({ body, hasStarted }: Kin, need: string, among: readonly AnyInterface[] | null) {
  if (body === null || hasStarted) return fail("Started");
  const { shape, cspace } = body;
  const call = shape.calls.find((one) => one.need === need);
  if (call === undefined) return fail("NotFound");
  if (among !== null && !among.some(({ name }) => name === call.interface)) return fail("NotFound");
  return { cspace, slot: call.slot, interface: call.interface } satisfies SlotToFill;
}

/** Without waiting: what was passed for a notification may be an endpoint at which nobody listens. */
function* tell(signal: seL4_CPtr<"Notification">): Thread<void> {
  yield* seL4_NBSend(signal, seL4_MessageInfo_new(0, 0, 0, 0));
}
