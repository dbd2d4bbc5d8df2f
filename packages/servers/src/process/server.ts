/**
 * The process server: makes processes for its clients out of memory, time and programs that the composition has given it,
 * and out of address spaces of a memory server (loaded.ts).
 *
 * A process has what its parent gave it and nothing else: no memory to make objects of, no time but its own. One that runs
 * a program of the image has a way to this server to say that it ends, which is also where its faults go, and no other
 * unless its parent delegates. It can send there what it likes; what is no end and no fault is `Malformed`.
 *
 * When it dies, the root task revokes its memory, and with it all processes end.
 */
import { cspace_delete, cspace_mint, cspace_move } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_PageTableBits,
  type seL4_RISCV_ASIDPool,
  type seL4_SchedContext,
  throwOnError,
} from "@tessera/libsel4";
import { Failure, fail, systemLabel } from "../common/answer.js";
import { type Component, component } from "../common/component.js";
import type { AnyInterface } from "../common/define.js";
import { diedOf } from "../common/died-of.js";
import type {
  Handlers,
  Offer,
  OwnSpace,
  Priorities,
  ProgramPage,
  Self,
  UntypedMemory,
  WindowedClient,
} from "../common/handles.js";
import { ENDPOINT_SLOT } from "../common/layout.js";
import { rightsOf } from "../common/minting.js";
import { calls } from "../common/need.js";
import { addressSpaces, leftover, ownSpace, priorities, programs, time, untyped } from "../common/resource.js";
import type { OpenSession } from "../common/session.js";
import { ENDED } from "../common/start.js";
import { Spaces } from "../memory/interface.js";
import { type Builder, buildBody, type ProgramBody, startBody } from "./body.js";
import { Process, Processes, ProcessTable } from "./interface.js";
import { Lives } from "./lives.js";
import { LOADED_OBJECTS, Loading } from "./loaded.js";
import { FURTHER_SLOTS, makePartitions, usedIn } from "./partitions.js";
import { type Account, nextSeenBy, type ProcessRecord, seenBy, stateOf } from "./process-table.js";
import { type ProgramShape, processBits, shapeOf } from "./program.js";
import { VIEW_TABLES } from "./view.js";

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
  /** Whether it can also be asked for processes in spaces of a memory server (`load`), which it needs then. */
  readonly spaces?: boolean;
  /**
   * How many of its clients ask for these: each of them has an equal share of the pages that can be reserved, and who asks
   * when so many others have had one finds no room. All clients, if left out.
   */
  readonly loaders?: number;
}

const MOST = 16;
/** Slots for signals, and for what is on its way. */
const FREE_SLOTS = 128;
/** Callers who wait for the end of a process. */
const WAITING = 32;
/** Spaces that one client of a memory server can have: each is a session of it. */
const MOST_SPACES = 64;

/**
 * A process server that can run these programs. It needs memory for all its processes, time for each of them, and authority
 * over their priority; for programs, address spaces and their pages; and a memory server, if there are `spaces`.
 * @param list may be empty, if there are `spaces`
 * @throws RangeError for a program that cannot be run in a process, or a number that will not do
 */
export function processServer(list: readonly Component[], options: ProcessServerOptions): Component {
  const { name = "process", most = MOST, priority, budget, slice = "5ms" } = options;
  const { spaces = false, loaders = Infinity } = options;
  if (!(loaders === Infinity || Number.isInteger(loaders)) || loaders < 1) {
    throw new RangeError(`${name}: loaders: a whole number from 1 on, not ${loaders}`);
  }
  if (spaces && most > MOST_SPACES) {
    throw new RangeError(`${name}: a memory server has ${MOST_SPACES} spaces at most, too few for ${most} processes`);
  }
  const shapes = new Map(list.map((program) => [program.name, shapeOf(program)]));
  const kinds = [...[...shapes.values()].map(({ objects }) => objects), ...(spaces ? [LOADED_OBJECTS] : [])];
  // Says what is wrong with a list of none.
  const runs = list.length > 0 || !spaces ? programs(list) : null;
  const bits = processBits(kinds);
  const objects = Math.max(...kinds.map((kind) => kind.length));
  // In front of the first piece lie the tables of the view.
  const tables = runs === null ? 0 : Math.max(2 ** bits, VIEW_TABLES * 2 ** seL4_PageTableBits);
  return component(name, {
    needs: {
      memory: untyped(Math.ceil(Math.log2(most * 2 ** bits + tables))),
      ...(runs === null ? {} : { spaces: addressSpaces(), view: ownSpace() }),
      urgency: priorities(priority),
      time: budget === undefined ? leftover(most, slice) : time(most, budget),
      ...(runs === null ? {} : { programs: runs }),
      ...(spaces ? { pager: calls(Spaces) } : {}),
    },
    offers: { processes: Processes },
    waiting: WAITING,
    // It waits for the memory server's death.
    callers: spaces ? 1 : 0,
    slots: VIEW_TABLES + most * (objects + FURTHER_SLOTS) + FREE_SLOTS,
    *main({ processes, self, ...handles }) {
      yield* serveProcesses({ ...(handles as unknown as Given), processes, self, shapes, bits, objects, loaders });
    },
  });
}

/** What it finds for its needs. */
interface Given {
  readonly memory: UntypedMemory;
  readonly urgency: Priorities;
  readonly time: readonly seL4_SchedContext[];
  /** What programs of the image take, if there are any. */
  readonly spaces?: seL4_RISCV_ASIDPool;
  readonly view?: OwnSpace;
  readonly programs?: readonly ProgramPage[];
  /** What loading takes, if there are spaces. */
  readonly pager?: WindowedClient<typeof Spaces>;
}

/** And what is known of it beside. */
interface Parts extends Given {
  readonly processes: Offer<typeof Processes>;
  readonly self: Self;
  readonly shapes: ReadonlyMap<string, ProgramShape>;
  readonly bits: number;
  readonly objects: number;
  readonly loaders: number;
}

function* serveProcesses(parts: Parts): Thread<never> {
  const { memory, view, time: contexts, urgency, spaces, pager, processes, self, bits, objects, loaders } = parts;
  const { cspace } = self;
  const partitions = yield* makePartitions({
    cspace,
    memory: memory.cptr,
    view: view ?? null,
    contexts,
    bits,
    objects,
  });
  const lives = new Lives(partitions, processes, self);
  const builder = spaces === undefined || view === undefined ? null : { cspace, spaces, view, urgency };
  const loader = { cspace, urgency };
  const loading =
    pager === undefined ? null : yield* Loading.create({ pager, lives, builder: loader, processes, self, loaders });
  const { shapes, programs: pages = [] } = parts;
  return yield* new ProcessServer({ shapes, pages, lives, builder, loading, processes, self }).serve();
}

interface ServerParts {
  readonly shapes: ReadonlyMap<string, ProgramShape>;
  readonly pages: readonly ProgramPage[];
  readonly lives: Lives;
  /** Null where there are no programs. */
  readonly builder: Builder | null;
  /** Null where there is no memory server. */
  readonly loading: Loading | null;
  readonly processes: Offer<typeof Processes>;
  readonly self: Self;
}

class ProcessServer {
  readonly #shapes: ReadonlyMap<string, ProgramShape>;
  readonly #pages: readonly ProgramPage[];
  readonly #lives: Lives;
  readonly #builder: Builder | null;
  readonly #loading: Loading | null;
  readonly #processes: Offer<typeof Processes>;
  readonly #self: Self;

  constructor({ shapes, pages, lives, builder, loading, processes, self }: ServerParts) {
    this.#shapes = shapes;
    this.#pages = pages;
    this.#lives = lives;
    this.#builder = builder;
    this.#loading = loading;
    this.#processes = processes;
    this.#self = self;
  }

  *serve(): Thread<never> {
    const admit = ({ badge }: { readonly badge: number }) => accountOf(badge, null);
    return yield* this.#processes.serve(admit, this.#creating, (account) => this.#lives.closeAccount(account));
  }

  /** What can be asked about all processes that an account sees. */
  readonly #looking: Handlers<typeof ProcessTable, Account> = {
    next: (account, { after }) => this.#next(account, after),
    kill: (account, { id }) => this.#killSeen(account, id),
  };

  readonly #creating: Handlers<typeof Processes, Account> = {
    create: (account, { program, args }) => this.#create(account, program, args),
    load: (account, { name, ...limits }) => this.#loading?.load(account, name, limits) ?? fail("NoPager"),
    programs: (_, { index }) => {
      const page = this.#pages[index];
      return page === undefined ? fail("End") : { name: page.program.name };
    },
    next: (account, { after }) => this.#next(account, after),
    kill: (account, { id }) => this.#killSeen(account, id),
  };

  /** What the creator of a process can do with it. */
  get #parenting(): Handlers<typeof Process, ProcessRecord<ProgramBody>> {
    return {
      ...this.#lives.endings,
      needs: ({ name }, { index }) => {
        const call = this.#shapes.get(name)?.calls[index];
        return call === undefined ? fail("End") : { need: call.need, interface: call.interface };
      },
      give: (record, { need, capability }) => this.#give(record, need, capability),
      delegate: (record, { need }) => this.#delegate(record, need),
      *start(record) {
        if (record.body === null || record.hasStarted) return fail("Started");
        record.hasStarted = true;
        yield* startBody(record.body);
        return undefined;
      },
    };
  }

  *#create(account: Account, program: string, args: string) {
    const shape = this.#shapes.get(program);
    const page = this.#pages.find((one) => one.program.name === program)?.page;
    if (this.#builder === null || shape === undefined || page === undefined) return fail("NotFound");
    if (!this.#lives.hasRoom(account)) return fail("Full");
    if (!this.#processes.hasRoom()) return fail("Busy");

    const record = yield* this.#lives.begin<ProgramBody>(account, program);
    const process = this.#processes.session(Process, record, this.#parenting, (ended) => this.#lives.forget(ended));
    record.session = process;
    const heard = this.#processes.hear(record, (sender, info) => this.#hear(sender, info));
    record.held.add(heard);
    const options = { name: `${program}.${record.id}`, args, page, parentBadge: heard.badge };
    record.body = yield* buildBody(this.#builder, record.partition, shape, options);
    return { process, id: record.id };
  }

  *#give(record: ProcessRecord<ProgramBody>, need: string, capability: seL4_CPtr<"Endpoint">) {
    const to = slotToFill(record, need, null);
    if (to instanceof Failure) {
      yield* this.#self.drop(capability);
      return to;
    }
    yield* this.#takeBack(record, need, to);
    // It fails when the capability is gone again: then the slot is as empty as it would be a moment later.
    yield* cspace_move(to.cspace, to.slot, this.#self.cspace, capability);
    yield* this.#self.drop(capability);
    return undefined;
  }

  *#delegate(record: ProcessRecord<ProgramBody>, need: string) {
    const to = slotToFill(record, need, [Processes, ProcessTable]);
    if (to instanceof Failure) return to;
    yield* this.#takeBack(record, need, to);
    const session = to.interface === Processes.name ? this.#account(record) : this.#table(record);
    to.delegated.set(need, session);
    record.held.add(session);
    const { cspace } = this.#self;
    const rights = rightsOf(session.of);
    throwOnError(
      yield* cspace_mint(to.cspace, to.slot, cspace, ENDPOINT_SLOT, rights, session.badge),
      `delegating "${need}"`,
    );
    return undefined;
  }

  #account(record: ProcessRecord): OpenSession<typeof Processes> {
    const account = accountOf(record.creator.client, record);
    record.accounts.add(account);
    const closed = (ended: Account) => this.#lives.closeAccount(ended);
    const options = { detached: true, separate: true };
    return this.#processes.session(Processes, account, this.#creating, closed, options);
  }

  #table(record: ProcessRecord): OpenSession<typeof ProcessTable> {
    return this.#processes.session(ProcessTable, record.creator, this.#looking, undefined, { detached: true });
  }

  /** What was given for a need before. */
  *#takeBack(record: ProcessRecord, need: string, { cspace, slot, delegated }: SlotToFill): Thread<void> {
    const session = delegated.get(need);
    if (session !== undefined) {
      delegated.delete(need);
      record.held.delete(session);
      yield* this.#processes.end(session);
    }
    throwOnError(yield* cspace_delete(cspace, slot), `taking back "${need}"`);
  }

  *#next(account: Account, after: number) {
    const record = nextSeenBy(account, after);
    if (record === undefined) return fail("End");
    if (record.ended === null) record.usedUs += yield* usedIn(record.partition);
    const { id, name, usedUs } = record;
    return { id, parent: record.creator.process?.id ?? 0, name, state: stateOf(record), usedUs };
  }

  *#killSeen(account: Account, id: number) {
    const record = seenBy(account).find((one) => one.id === id);
    if (record === undefined || record.ended !== null) return fail("NotFound");
    yield* this.#lives.kill(record);
    return undefined;
  }

  /** A process says that it ends, or dies, or sends what it likes. */
  *#hear(record: ProcessRecord, info: seL4_MessageInfo_t): Thread<seL4_MessageInfo_t | null> {
    if (info.label === ENDED) {
      yield* this.#lives.end(record, { end: "returned", status: seL4_GetMR(0) % 2 ** 32, cause: "" });
      return null;
    }
    const cause = diedOf(info);
    if (cause === null) return seL4_MessageInfo_new(systemLabel("Malformed"), 0, 0, 0);
    yield* this.#lives.end(record, { end: "died", status: 0, cause });
    return null;
  }
}

function accountOf(client: Account["client"], process: ProcessRecord | null): Account {
  return { client, process, children: new Set() };
}

/** A slot of a process, and what it is for. */
interface SlotToFill extends Pick<ProgramBody, "cspace" | "delegated"> {
  readonly slot: number;
  readonly interface: string;
}

/** Where the capability for a need goes. @param among interfaces that it may be of; null: any */
function slotToFill(
  { body, hasStarted }: ProcessRecord<ProgramBody>,
  need: string,
  among: readonly AnyInterface[] | null,
) {
  if (body === null || hasStarted) return fail("Started");
  const { shape, cspace, delegated } = body;
  const call = shape.calls.find((one) => one.need === need);
  if (call === undefined) return fail("NotFound");
  if (among !== null && !among.some(({ name }) => name === call.interface)) return fail("NotFound");
  return { cspace, delegated, slot: call.slot, interface: call.interface } satisfies SlotToFill;
}
