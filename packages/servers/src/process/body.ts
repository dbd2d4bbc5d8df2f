/**
 * Bodies: what a process is made of, in its berth. Address space, CSpace and thread are those of a component that offers
 * nothing (layout.ts), made of what the parent does not have: only the server has capabilities to them, and the process
 * has none to them either, but to its own CNode if its program has slots to use.
 *
 * Everything fits, because the berth was made for it; so a step that fails is a mistake of ours, and throws.
 */
import {
  cspace_adopt,
  cspace_copy,
  cspace_delete,
  cspace_mint,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapRights_new,
  seL4_CNode_CapData_new,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_MinPrio,
  seL4_ReadWrite,
  type seL4_RISCV_ASIDPool,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  seL4_RISCV_Page_GetAddress,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTable_Map,
  type seL4_TCB,
  seL4_TCB_BindNotification,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_UserContext_Length,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { type GivenNeed, writeEnvironment } from "../common/environment.js";
import type { OwnSpace, Priorities } from "../common/handles.js";
import {
  BUFFER_ADDRESS,
  ENDPOINT_SLOT,
  ENVIRONMENT_ADDRESS,
  NOTIFICATION_SLOT,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  PROGRAM_ADDRESS,
} from "../common/layout.js";
import { PAGE_BYTES } from "../common/need.js";
import type { Berth } from "./berths.js";
import type { ProgramShape } from "./program.js";

/** Write and GrantReply: to call. */
const CALL_RIGHTS = seL4_CapRights_new(1, 0, 0, 1);

/** What the server builds bodies with. */
export interface Builder {
  /** Its own CSpace. */
  readonly cspace: cspace_t;
  readonly spaces: seL4_RISCV_ASIDPool;
  readonly view: OwnSpace;
  readonly urgency: Priorities;
}

/** A process, as its server has made it. */
export interface Body {
  readonly berth: Berth;
  readonly shape: ProgramShape;
  readonly tcb: seL4_TCB;
  /** Its CSpace, addressed from the server's. */
  readonly cspace: cspace_t;
}

/** What is decided about one process. */
export interface BodyOptions {
  readonly name: string;
  readonly args: string;
  /** The page of its program. */
  readonly page: seL4_RISCV_Page;
  /** Of the session by which its server hears from it. */
  readonly parentBadge: number;
}

/** Objects by their role. */
class Made {
  readonly #slots = new Map<string, seL4_CPtr>();

  set(role: string, slot: seL4_CPtr): void {
    this.#slots.set(role, slot);
  }

  has(role: string): boolean {
    return this.#slots.has(role);
  }

  /** @throws Error for an object that its program's shape does not have */
  get(role: string): seL4_CPtr {
    const slot = this.#slots.get(role);
    if (slot === undefined) throw new Error(`a process has no "${role}"`);
    return slot;
  }
}

/** Build a process that does not run. Cannot block. */
export function* buildBody(builder: Builder, berth: Berth, shape: ProgramShape, options: BodyOptions): Thread<Body> {
  const made = yield* makeObjects(builder.cspace, berth, shape, options.name);
  const vspace: seL4_RISCV_PageTable = made.get("vspace");
  need(yield* seL4_RISCV_ASIDPool_Assign(builder.spaces, vspace), "address space");
  for (const [i, address] of shape.tables.entries()) {
    need(
      yield* seL4_RISCV_PageTable_Map(made.get(`table ${i}`), vspace, address, seL4_RISCV_Default_VMAttributes),
      "page table",
    );
  }
  need(yield* cspace_copy(builder.cspace, berth.page, builder.cspace, options.page, seL4_CanRead), "program");
  yield* map(berth.page, vspace, PROGRAM_ADDRESS, "execute");
  yield* map(made.get("buffer"), vspace, BUFFER_ADDRESS, "write");
  const physical = yield* mapMemory(shape, vspace, made);
  yield* tell(builder.view, vspace, made.get("environment"), environmentOf(shape, options.args, physical));
  const cspace = yield* fillCSpace(builder.cspace, berth, shape, options.parentBadge, made);
  const tcb = yield* makeThread(builder, berth, options, made);
  return { berth, shape, tcb, cspace };
}

/** Let it run, from the beginning of its program. */
export function* startBody({ tcb }: Body): Thread<void> {
  const registers = { pc: PROGRAM_ADDRESS, a0: ENVIRONMENT_ADDRESS, a1: BUFFER_ADDRESS };
  need(yield* seL4_TCB_WriteRegisters(tcb, true, 0, seL4_UserContext_Length, registers), "start");
}

function* makeObjects(cspace: cspace_t, berth: Berth, { objects }: ProgramShape, name: string): Thread<Made> {
  const made = new Made();
  for (const [i, { role, type, sizeBits }] of objects.entries()) {
    const slot = berth.slots[i] as seL4_CPtr;
    const called = role === "tcb" ? name : `${name} ${role}`;
    need(yield* cspace_untyped_retype(cspace, berth.piece, slot, type, sizeBits, called.slice(0, 64)), role);
    made.set(role, slot);
  }
  return made;
}

/** Its own memory, by need: where a device would find it. */
function* mapMemory(shape: ProgramShape, vspace: seL4_RISCV_PageTable, made: Made): Thread<Map<string, number>> {
  const physical = new Map<string, number>();
  for (const { need: name, address, pages } of shape.memory) {
    for (let i = 0; i < pages; i++) yield* map(made.get(`${name} ${i}`), vspace, address + i * PAGE_BYTES, "write");
    const { error, paddr } = yield* seL4_RISCV_Page_GetAddress(made.get(`${name} 0`));
    need(error, "memory");
    physical.set(name, paddr);
  }
  return physical;
}

function environmentOf({ program, layout, memory }: ProgramShape, args: string, physical: Map<string, number>) {
  const { firstFree, endFree, bits } = layout;
  const needs = Object.keys(program.needs).map((need): GivenNeed => {
    const pages = memory.find((one) => one.need === need);
    if (pages === undefined) return { slot: layout.needs.get(need) ?? 0, address: 0, bytes: 0, extra: 0 };
    return { slot: 0, address: pages.address, bytes: pages.pages * PAGE_BYTES, extra: physical.get(need) ?? 0 };
  });
  return writeEnvironment({
    ...{ incarnation: 0, firstFree, endFree, cnodeBits: bits, replies: 0 },
    ...{ needs, clients: [], args },
  });
}

/** Write its environment in the view, and show it to the process to read. */
function* tell(view: OwnSpace, vspace: seL4_RISCV_PageTable, page: seL4_RISCV_Page, bytes: Uint8Array): Thread<void> {
  yield* map(page, view.vspace, view.address, "write");
  yield* copyOut(view.address, bytes);
  need(yield* seL4_RISCV_Page_Unmap(page), "view");
  yield* map(page, vspace, ENVIRONMENT_ADDRESS, "read");
}

/** Its slots, but for what its parent gives. */
function* fillCSpace(
  own: cspace_t,
  { cnode }: Berth,
  { layout }: ProgramShape,
  parentBadge: number,
  made: Made,
): Thread<cspace_t> {
  const guard = seL4_CNode_CapData_new(0, seL4_WordBits - layout.bits);
  need(yield* cspace_mint(own, cnode, own, made.get("cnode"), seL4_AllRights, guard), "CSpace");
  const cspace = cspace_adopt(cnode, layout.bits, { start: 1, end: 2 ** layout.bits }, null);
  if (layout.endFree > layout.firstFree) {
    need(yield* cspace_copy(cspace, OWN_CNODE_SLOT, own, cnode, seL4_AllRights), "CNode");
  }
  if (made.has("notification")) {
    const notification = made.get("notification");
    need(yield* cspace_copy(cspace, NOTIFICATION_SLOT, own, notification, seL4_AllRights), "notification");
  }
  need(yield* cspace_mint(cspace, PARENT_SLOT, own, ENDPOINT_SLOT, CALL_RIGHTS, parentBadge), "parent");
  return cspace;
}

function* makeThread(
  { cspace, urgency }: Builder,
  { cnode, context, faults }: Berth,
  { name, parentBadge }: BodyOptions,
  made: Made,
): Thread<seL4_TCB> {
  const tcb = made.get("tcb");
  yield* seL4_DebugNameThread(tcb, name);
  const buffer = [BUFFER_ADDRESS, made.get("buffer")] as const;
  need(yield* seL4_TCB_Configure(tcb, cnode, 0, made.get("vspace"), 0, ...buffer), "thread");
  // The thread keeps a copy of its own.
  need(yield* cspace_mint(cspace, faults, cspace, ENDPOINT_SLOT, CALL_RIGHTS, parentBadge), "faults");
  const { authority, most } = urgency;
  need(yield* seL4_TCB_SetSchedParams(tcb, authority, seL4_MinPrio, most, context, faults), "time");
  need(yield* cspace_delete(cspace, faults), "faults");
  if (made.has("notification")) {
    need(yield* seL4_TCB_BindNotification(tcb, made.get("notification")), "notification");
  }
  return tcb;
}

function* map(
  page: seL4_RISCV_Page,
  vspace: seL4_RISCV_PageTable,
  address: number,
  access: "read" | "write" | "execute",
): Thread<void> {
  const rights = access === "write" ? seL4_ReadWrite : seL4_CanRead;
  const attributes = access === "execute" ? seL4_RISCV_Default_VMAttributes : seL4_RISCV_ExecuteNever;
  need(yield* seL4_RISCV_Page_Map(page, vspace, address, rights, attributes), "page");
}

function need(err: number, what: string): void {
  throwOnError(err, `a process, its ${what}`);
}
