/**
 * The building site of a world that is deleted piece by piece: objects out of one untyped, in slots that are the same
 * whenever the world is built again, and threads that run scripts of the test.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_EndpointObject,
  seL4_MinSchedContextBits,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
} from "@tessera/libsel4";
import { type Kit, must } from "../support/kit.js";
import { PROGRAM } from "../support/process.js";

export type Kind =
  | "endpoint"
  | "notification"
  | "reply"
  | "cnode"
  | "tcb"
  | "schedContext"
  | "frame"
  | "pageTable"
  | "untyped";

const OBJECT_TYPE: Readonly<Record<Kind, number>> = {
  endpoint: seL4_EndpointObject,
  notification: seL4_NotificationObject,
  reply: seL4_ReplyObject,
  cnode: seL4_CapTableObject,
  tcb: seL4_TCBObject,
  schedContext: seL4_SchedContextObject,
  frame: seL4_RISCV_4K_Page,
  pageTable: seL4_RISCV_PageTableObject,
  untyped: seL4_UntypedObject,
};

/** A slot, as programs address it, and what the world puts there. */
export interface Place {
  readonly name: string;
  readonly kind: Kind;
  readonly cnode: number;
  readonly index: number;
  readonly depth: number;
}

/** What a thread of a world does. */
export type Script = () => Thread<unknown>;

/** The program that runs scripts, and how many slots a site has. */
export const ACTOR = "actor";
const SLOTS = 40;
/** Scripts have no interrupt of their own time: budgets outlast every run. */
const LONG = { budget: 1_000_000 };
const REGISTERS_TO_A1 = 18;

export class Site {
  readonly kit: Kit;
  readonly memory: number;
  readonly #scripts: Script[];
  readonly #base: number;
  #next = 0;

  /** `scripts`: what the program ACTOR runs, by its argument; they are added to. */
  constructor(kit: Kit, memory: number, scripts: Script[]) {
    this.kit = kit;
    this.memory = memory;
    this.#scripts = scripts;
    this.#base = kit.slots(SLOTS);
  }

  /** Everything that was built is gone: build from the first slot again. */
  clear(): void {
    this.#next = 0;
  }

  /** The next free slot of the root CNode. */
  slot(name: string, kind: Kind): Place {
    if (this.#next === SLOTS) throw new Error("a site has no more slots");
    return { name, kind, cnode: this.kit.cnode, index: this.#base + this.#next++, depth: this.kit.depth };
  }

  /** Slot `index` of a CNode of 2^radix slots. */
  in(cnode: Place, radix: number, index: number, name: string, kind: Kind): Place {
    return { name, kind, cnode: cnode.index, index, depth: radix };
  }

  *make(name: string, kind: Kind, bits = 0, from = this.memory): Thread<Place> {
    const place = this.slot(name, kind);
    const { cnode } = this.kit;
    must(yield* seL4_Untyped_Retype(from, OBJECT_TYPE[kind], bits, cnode, 0, 0, place.index, 1), `Retype: ${name}`);
    return place;
  }

  *move(to: Place, from: Place): Thread<Place> {
    const source = [from.cnode, from.index, from.depth] as const;
    must(yield* seL4_CNode_Move(to.cnode, to.index, to.depth, ...source), `Move: ${to.name}`);
    return to;
  }

  *copy(to: Place, from: Place): Thread<Place> {
    const source = [from.cnode, from.index, from.depth] as const;
    must(yield* seL4_CNode_Copy(to.cnode, to.index, to.depth, ...source, seL4_AllRights), `Copy: ${to.name}`);
    return to;
  }

  *mint(to: Place, from: Place, badge: number): Thread<Place> {
    const source = [from.cnode, from.index, from.depth] as const;
    must(yield* seL4_CNode_Mint(to.cnode, to.index, to.depth, ...source, seL4_AllRights, badge), `Mint: ${to.name}`);
    return to;
  }

  /** A thread that does `script`, less urgent than whoever deletes unless told otherwise; it starts at once. */
  *thread(name: string, script: Script, options: ActorOptions = {}): Thread<{ tcb: Place; sc: Place }> {
    const { kit } = this;
    const { priority = 50, from = this.memory, cspace, faultHandler = 0 } = options;
    const { buffer = { frame: 0, address: 0 } } = options;
    const tcb = yield* this.make(name, "tcb", 0, from);
    const sc = yield* this.make(`the time of ${name}`, "schedContext", seL4_MinSchedContextBits, from);
    yield* kit.configure(sc.index, LONG);
    const authority = seL4_CapInitThreadTCB;
    const root = cspace === undefined ? kit.cnode : cspace.index;
    const spaces = [root, 0, seL4_CapInitThreadVSpace, 0] as const;
    must(yield* seL4_TCB_Configure(tcb.index, ...spaces, buffer.address, buffer.frame), "Configure");
    must(yield* seL4_TCB_SetSchedParams(tcb.index, authority, 0, priority, sc.index, faultHandler), "SetSchedParams");
    const registers = { pc: kit.entryOf(ACTOR), a0: this.#scripts.push(script) - 1, a1: buffer.address };
    must(yield* seL4_TCB_WriteRegisters(tcb.index, true, 0, REGISTERS_TO_A1, registers), "WriteRegisters");
    return { tcb, sc };
  }

  /** A VSpace of its own with a mapped frame: its tables from the root down, and the frame's mapped copy. */
  *vspace(): Thread<{ tables: Place[]; frame: Place }> {
    const { kit } = this;
    const tables: Place[] = [];
    for (const name of ["the VSpace", "a page table", "the last page table"]) {
      const table = yield* this.make(name, "pageTable");
      tables.push(table);
      const [root] = tables;
      if (table === root) must(yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, table.index), "Assign");
      else must(yield* seL4_RISCV_PageTable_Map(table.index, root!.index, PROGRAM, seL4_RISCV_Default_VMAttributes));
    }
    const frame = yield* this.make("a frame", "frame");
    yield* kit.map(frame.index, PROGRAM, tables[0]!.index);
    return { tables, frame };
  }
}

export interface ActorOptions {
  readonly priority?: number;
  /** The untyped that it is made of. */
  readonly from?: number;
  /** Its CSpace; by default that of the root task. */
  readonly cspace?: Place;
  readonly buffer?: Buffer;
  readonly faultHandler?: number;
}

/** An IPC buffer: the frame's capability and where it is mapped. */
export interface Buffer {
  readonly frame: number;
  readonly address: number;
}
