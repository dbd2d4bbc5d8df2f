/**
 * Bodies: what a process that runs a program of the image is made of. Address space, CSpace and thread are those of a
 * component that offers nothing (layout.ts), made of what the parent does not have: only the server has capabilities to
 * them, and the process has none to them either, but to its own CNode if its program has slots to use.
 */
import { cspace_copy, cspace_delete, cspace_mint, type cspace_t } from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CanRead,
  seL4_CapRights_new,
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
} from "@tessera/libsel4";
import type { AnyInterface } from "../common/define.js";
import { type GivenNeed, writeEnvironment } from "../common/environment.js";
import type { OwnSpace } from "../common/handles.js";
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
import type { OpenSession } from "../common/session.js";
import type { Partition } from "./partitions.js";
import {
  type Body,
  check,
  type Made,
  makeCSpace,
  makeObjects,
  makeThread,
  startThread,
  type ThreadBuilder,
} from "./parts.js";
import type { ProgramShape } from "./program.js";

/** Write and GrantReply: to call. */
const CALL_RIGHTS = seL4_CapRights_new(1, 0, 0, 1);

/** What the server builds bodies of programs with. */
export interface Builder extends ThreadBuilder {
  readonly spaces: seL4_RISCV_ASIDPool;
  readonly view: OwnSpace;
}

/** A process that runs a program of the image. */
export interface ProgramBody extends Body {
  readonly shape: ProgramShape;
  /** Sessions at its server, by the need that they were delegated for. */
  readonly delegated: Map<string, OpenSession<AnyInterface>>;
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

/** Build a process that does not run. Cannot block. */
export function* buildBody(
  builder: Builder,
  partition: Partition,
  shape: ProgramShape,
  options: BodyOptions,
): Thread<ProgramBody> {
  const made = yield* makeObjects(builder.cspace, partition, shape.objects, options.name);
  const vspace: seL4_RISCV_PageTable = made.get("vspace");
  check(yield* seL4_RISCV_ASIDPool_Assign(builder.spaces, vspace), "address space");
  for (const [i, address] of shape.tables.entries()) {
    check(
      yield* seL4_RISCV_PageTable_Map(made.get(`table ${i}`), vspace, address, seL4_RISCV_Default_VMAttributes),
      "page table",
    );
  }
  check(yield* cspace_copy(builder.cspace, partition.page, builder.cspace, options.page, seL4_CanRead), "program");
  yield* map(partition.page, vspace, PROGRAM_ADDRESS, "execute");
  yield* map(made.get("buffer"), vspace, BUFFER_ADDRESS, "write");
  const physical = yield* mapMemory(shape, vspace, made);
  yield* tell(builder.view, vspace, made.get("environment"), environmentOf(shape, options.args, physical));
  const cspace = yield* fillCSpace(builder.cspace, partition, shape, options.parentBadge, made);
  const tcb = yield* makeOwnThread(builder, partition, options, made);
  return { shape, tcb, cspace, delegated: new Map() };
}

/** Let it run, from the beginning of its program. */
export function* startBody({ tcb }: ProgramBody): Thread<void> {
  yield* startThread(tcb, { pc: PROGRAM_ADDRESS, a0: ENVIRONMENT_ADDRESS, a1: BUFFER_ADDRESS });
}

/** Its own memory, by need: where a device would find it. */
function* mapMemory(shape: ProgramShape, vspace: seL4_RISCV_PageTable, made: Made): Thread<Map<string, number>> {
  const physical = new Map<string, number>();
  for (const { need: name, address, pages } of shape.memory) {
    for (let i = 0; i < pages; i++) yield* map(made.get(`${name} ${i}`), vspace, address + i * PAGE_BYTES, "write");
    const { error, paddr } = yield* seL4_RISCV_Page_GetAddress(made.get(`${name} 0`));
    check(error, "memory");
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
  check(yield* seL4_RISCV_Page_Unmap(page), "view");
  yield* map(page, vspace, ENVIRONMENT_ADDRESS, "read");
}

/** Its slots, but for what its parent gives. */
function* fillCSpace(
  own: cspace_t,
  partition: Partition,
  { layout }: ProgramShape,
  parentBadge: number,
  made: Made,
): Thread<cspace_t> {
  const cspace = yield* makeCSpace(own, partition, layout.bits, made);
  if (layout.endFree > layout.firstFree) {
    check(yield* cspace_copy(cspace, OWN_CNODE_SLOT, own, partition.cnode, seL4_AllRights), "CNode");
  }
  if (made.has("notification")) {
    const notification = made.get("notification");
    check(yield* cspace_copy(cspace, NOTIFICATION_SLOT, own, notification, seL4_AllRights), "notification");
  }
  check(yield* cspace_mint(cspace, PARENT_SLOT, own, ENDPOINT_SLOT, CALL_RIGHTS, parentBadge), "parent");
  return cspace;
}

/** Its thread, whose faults are heard by the session by which it is heard itself. */
function* makeOwnThread(
  builder: Builder,
  partition: Partition,
  { name, parentBadge }: BodyOptions,
  made: Made,
): Thread<seL4_TCB> {
  const { cspace } = builder;
  const { faults } = partition;
  check(yield* cspace_mint(cspace, faults, cspace, ENDPOINT_SLOT, CALL_RIGHTS, parentBadge), "faults");
  const options = { name, vspace: made.get("vspace"), buffer: BUFFER_ADDRESS, faults };
  const tcb = yield* makeThread(builder, partition, options, made);
  check(yield* cspace_delete(cspace, faults), "faults");
  if (made.has("notification")) {
    check(yield* seL4_TCB_BindNotification(tcb, made.get("notification")), "notification");
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
  check(yield* seL4_RISCV_Page_Map(page, vspace, address, rights, attributes), "page");
}
