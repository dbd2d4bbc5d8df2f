/**
 * Loaded processes: their address spaces are sessions of a memory server, which mends their faults, and what lies in them
 * is put there by their parents. This server makes thread, CSpace and IPC buffer, and ends all of it together.
 *
 *     load ─▸ a space, a thread whose faults go to the memory server ──cannot be mended──▸ told by a signal ─▸ it died
 *
 * The memory server is trusted, and answers what is asked of it here without waiting for anybody. All spaces are this
 * server's sessions, so it sees to it that no client has more than its share of the pages that can be reserved: an equal one
 * of those who load, of whom the composition may say how many there are. Frames are reserved by nobody: who may have many
 * in memory has them as long as others do not want them.
 */
import { cspace_delete, cspace_move } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapTableObject,
  type seL4_CPtr,
  seL4_PageBits,
  seL4_RISCV_4K_Page,
  seL4_SlotBits,
  seL4_TCBBits,
  seL4_TCBObject,
  throwOnError,
} from "@tessera/libsel4";
import { PROCESS_IPC_BUFFER } from "@tessera/ut-alloc";
import { fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { Handlers, Offer, Self } from "../common/handles.js";
import type { Space, Spaces } from "../memory/interface.js";
import { LoadedProcess, type Processes } from "./interface.js";
import type { Lives } from "./lives.js";
import { type Body, makeCSpace, makeObjects, makeThread, startThread, type ThreadBuilder } from "./parts.js";
import type { Account, ProcessRecord } from "./process-table.js";
import { object, type ProcessObject } from "./program.js";

/** log2 of the slots of a CSpace. */
const CNODE_BITS = 4;
/** The number of the one thread of a space at the memory server. */
const THREAD = 1;
/** What processes die of whose memory server has died. */
const PAGER_DIED = "the memory server has died";

/** What a loaded process is made of, the largest first. */
export const LOADED_OBJECTS: readonly ProcessObject[] = [
  object("buffer", seL4_RISCV_4K_Page, seL4_PageBits),
  object("tcb", seL4_TCBObject, seL4_TCBBits),
  { ...object("cnode", seL4_CapTableObject, CNODE_BITS), bits: CNODE_BITS + seL4_SlotBits },
];

/** A process in an address space of the memory server. */
export interface LoadedBody extends Body {
  readonly space: Client<typeof Space>;
}

/** How loading can fail. */
type Trouble = "Full" | "TooFew" | "Busy" | "NoPager";

/** How much memory a process may have. */
interface Limits {
  readonly frames: number;
  readonly pages: number;
}

/** What loads processes. */
export interface LoadingParts {
  readonly pager: Client<typeof Spaces>;
  readonly lives: Lives;
  readonly builder: ThreadBuilder;
  readonly processes: Offer<typeof Processes>;
  readonly self: Self;
  /** Clients that load, at most. */
  readonly loaders: number;
}

/** Loads processes, and hears what they die of. */
export class Loading {
  readonly #pager: Client<typeof Spaces>;
  readonly #lives: Lives;
  readonly #builder: ThreadBuilder;
  readonly #processes: Offer<typeof Processes>;
  readonly #self: Self;
  /** By which the memory server says that there is a fault that it cannot mend. */
  readonly #alarm: seL4_CPtr<"Notification">;
  #isWatching = false;
  readonly #alive = new Set<ProcessRecord<LoadedBody>>();
  readonly #loaders: number;
  /** Pages that are reserved for each client of the composition that has loaded anything. */
  readonly #pages = new Map<Account["client"], number>();

  private constructor(parts: LoadingParts, alarm: seL4_CPtr<"Notification">) {
    const { pager, lives, builder, processes, self, loaders } = parts;
    this.#pager = pager;
    this.#lives = lives;
    this.#builder = builder;
    this.#processes = processes;
    this.#self = self;
    this.#loaders = Math.max(1, Math.min(loaders, processes.clients));
    this.#alarm = alarm;
  }

  static *create(parts: LoadingParts): Thread<Loading> {
    const alarm = yield* parts.self.signal(() => loading.#lookAtFaults());
    const loading: Loading = new Loading(parts, alarm);
    loading.#keepWatch();
    return loading;
  }

  *load(account: Account, name: string, limits: Limits) {
    this.#keepWatch();
    if (!this.#lives.hasRoom(account)) return fail("Full");
    if (!this.#processes.hasRoom()) return fail("Busy");
    const space = yield* this.#space(account, limits);
    if (typeof space === "string") return fail(space);
    const record = yield* this.#lives.begin<LoadedBody>(account, name);
    record.leave = () => this.#leave(record, space, limits.pages);
    this.#reserve(account, limits.pages);
    const body = yield* this.#build(record, space);
    if (typeof body === "string") {
      yield* this.#lives.forget(record);
      return fail(body);
    }
    record.body = body;
    this.#alive.add(record);
    const process = this.#processes.session(LoadedProcess, record, this.#parenting, (ended) =>
      this.#lives.forget(ended),
    );
    record.session = process;
    return { process, id: record.id };
  }

  /** What the creator of a loaded process can do with it. */
  get #parenting(): Handlers<typeof LoadedProcess, ProcessRecord<LoadedBody>> {
    return {
      ...this.#lives.endings,
      space: ({ body }) => (body === null ? fail("Ended") : { space: body.space }),
      install: ({ body }, { slot, capability }) => this.#install(body, slot, capability),
      *run(record, { entry, ...registers }) {
        if (record.body === null || record.hasStarted) return fail("Started");
        record.hasStarted = true;
        yield* startThread(record.body.tcb, { pc: entry, ...registers });
        return undefined;
      },
    };
  }

  /** A space with as many pages as are left of the client's share. */
  *#space({ client }: Account, { frames, pages }: Limits): Thread<Client<typeof Space> | Trouble> {
    // One more would have what the others were promised.
    if (!this.#pages.has(client) && this.#pages.size === this.#loaders) return "Full";
    const stat = yield* this.#pager.stat();
    if (stat.error !== null) return troubleOf(stat.error);
    const share = Math.floor(stat.capacity / this.#loaders);
    if ((this.#pages.get(client) ?? 0) + pages > share) return "Full";
    const made = yield* this.#pager.space({ frames, pages });
    return made.error === null ? made.space : troubleOf(made.error);
  }

  #reserve({ client }: Account, pages: number): void {
    this.#pages.set(client, (this.#pages.get(client) ?? 0) + pages);
  }

  /** Make thread, CSpace and IPC buffer, and connect them with the space. */
  *#build({ id, name, partition }: ProcessRecord, space: Client<typeof Space>): Thread<LoadedBody | Trouble> {
    const { cspace: own } = this.#builder;
    const called = `${name}.${id}`;
    const made = yield* makeObjects(own, partition, LOADED_OBJECTS, called);
    const placed = yield* space.page({ address: PROCESS_IPC_BUFFER, access: "rw", page: made.get("buffer") });
    if (placed.error !== null) return troubleOf(placed.error);
    const told = yield* space.onFault({ signal: this.#alarm });
    if (told.error !== null) return troubleOf(told.error);
    const cspace = yield* makeCSpace(own, partition, CNODE_BITS, made);

    const root = yield* space.vspace();
    if (root.error !== null) return troubleOf(root.error);
    const mends = yield* space.handler({ thread: THREAD });
    if (mends.error === null) {
      const { vspace } = root;
      const options = { name: called, vspace, buffer: PROCESS_IPC_BUFFER, faults: mends.handler.cptr };
      yield* makeThread(this.#builder, partition, options, made);
      // The thread keeps copies of its own.
      yield* mends.handler.forget();
    }
    yield* this.#self.drop(root.vspace);
    return mends.error === null ? { tcb: made.get("tcb"), cspace, space } : troubleOf(mends.error);
  }

  /** It ends: the thread is gone already, and with it goes its memory. */
  *#leave(record: ProcessRecord<LoadedBody>, space: Client<typeof Space>, pages: number): Thread<void> {
    this.#alive.delete(record);
    yield* space.close();
    this.#reserve(record.creator, -pages);
  }

  *#install(body: LoadedBody | null, slot: number, capability: seL4_CPtr<"Endpoint">) {
    const trouble = body === null ? "Ended" : isSlot(slot) ? null : "BadSlot";
    if (body !== null && trouble === null) {
      const { cspace } = this.#builder;
      throwOnError(yield* cspace_delete(body.cspace, slot), "taking back what was installed");
      // It fails when the capability is gone again: then the slot is as empty as it would be a moment later.
      yield* cspace_move(body.cspace, slot, cspace, capability);
    }
    yield* this.#self.drop(capability);
    return trouble === null ? undefined : fail(trouble);
  }

  /** See to it that the death of the memory server is heard of. */
  #keepWatch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#self.task(this.#watch());
  }

  /** When the memory server dies, so do all that live in its spaces. Until there is none any more. A task. */
  *#watch(): Thread<void> {
    const pager = this.#self.parking(this.#pager);
    for (let isThere = true; isThere; ) {
      // Busy: it cannot keep us waiting now; whoever loads next has it asked again.
      if ((yield* pager.watch()).error !== "Gone") break;
      for (const record of [...this.#alive])
        yield* this.#lives.end(record, { end: "died", status: 0, cause: PAGER_DIED });
      isThere = (yield* pager.stat()).error === null;
    }
    this.#isWatching = false;
  }

  /** There is a fault somewhere that cannot be mended, or several. */
  *#lookAtFaults(): Thread<void> {
    for (const record of [...this.#alive]) {
      const fault = record.body === null ? null : yield* record.body.space.fault();
      if (fault === null || fault.error !== null) continue;
      const { isAccess, address, why } = fault;
      const cause = isAccess ? `VMFault at 0x${address.toString(16)}: ${why}` : why;
      yield* this.#lives.end(record, { end: "died", status: 0, cause });
    }
  }
}

function isSlot(slot: number): boolean {
  return slot >= 1 && slot < 2 ** CNODE_BITS;
}

/** What an error of the memory server means to who wants a process. */
function troubleOf(error: string): Trouble {
  if (error === "Full" || error === "TooFew" || error === "Busy") return error;
  return "NoPager";
}
