/**
 * Making what a component is made of: address space, CSpace, thread, and the objects of its own in its slots. What it
 * has of others is added when all exist (wire.ts).
 */
import { cspace_adopt, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadTCB,
  seL4_CapRights_new,
  seL4_CNode_CapData_new,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MinPrio,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDPool_Assign,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
  seL4_RISCV_PageTableObject,
  seL4_SchedContext_Bind,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_TCB_BindNotification,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetTimeoutEndpoint,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_VSpaceBits,
  seL4_WordBits,
} from "@tessera/libsel4";
import { BUFFER_ADDRESS, ENVIRONMENT_ADDRESS, PROGRAM_ADDRESS } from "../common/layout.js";
import type { PlannedComponent } from "../plan/plan.js";
import { mapPage, sharePage, type Views } from "./pages.js";
import { type Given, isPassive, type Part } from "./part.js";
import { makeCNode, type Stock } from "./stock.js";

/** log2 of the bytes of a scheduling context, and the pieces that a budget can fall into beyond two. */
export const SCHED_CONTEXT_BITS = 8;
export const EXTRA_REFILLS = 8;
/** What a passive component has to begin on, and for signals: round robin. */
const PASSIVE_US = 1000;
/** Priorities above this one are the supervisor's. */
export const MOST_PRIORITY = 253;

/** Write and GrantReply: to call. */
export const CALL_RIGHTS = seL4_CapRights_new(1, 0, 0, 1);

/** What the kernel objects of all components are made with. */
export interface Making {
  readonly stock: Stock;
  readonly views: Views;
  /** The root task's own endpoint. */
  readonly endpoint: seL4_CPtr<"Endpoint">;
  /** The page of a program of the image, for a component. @throws NotBuilt when there is none */
  programPage(component: string, program: string): seL4_RISCV_Page;
}

/** The address space of a component with the pages that all have. */
interface Space {
  readonly vspace: seL4_RISCV_PageTable;
  readonly bufferPage: seL4_RISCV_Page;
  /** Environment and IPC buffer, as the root task sees them. */
  readonly environment: number;
  readonly buffer: number;
}

/** The objects in its slots. */
interface Own {
  readonly endpoint: seL4_CPtr<"Endpoint">;
  readonly notification: seL4_CPtr<"Notification">;
  readonly replies: readonly seL4_CPtr<"Reply">[];
  readonly parentBadge: number;
  readonly parent: seL4_CPtr<"Endpoint">;
  readonly given: Given[];
}

/** A part, and where its memory is to be mapped. */
export interface MadePart {
  readonly part: Part;
  readonly vspace: seL4_RISCV_PageTable;
}

/** Make a component, which cannot run yet. @throws NotBuilt */
export function* makePart(making: Making, planned: PlannedComponent): Thread<MadePart> {
  const { stock } = making;
  const { name } = planned;
  const program = making.programPage(name, planned.program);
  stock.at(name, "its address space");
  const { vspace, bufferPage, environment, buffer } = yield* makeSpace(making, name, program);
  stock.at(name, "its CSpace");
  const cspace = yield* makeCSpace(stock, planned);
  stock.at(name, "its objects");
  const own = yield* makeOwn(making, planned, cspace);
  stock.at(name, "its thread");
  const tcb = stock.keep(yield* stock.object(seL4_TCBObject, seL4_TCBBits, name));
  yield* seL4_DebugNameThread(tcb, name);
  stock.check(yield* seL4_TCB_Configure(tcb, cspace.root_cnode, 0, vspace, 0, BUFFER_ADDRESS, bufferPage));
  const scBits = SCHED_CONTEXT_BITS;
  const schedContext = yield* stock.object(seL4_SchedContextObject, scBits, `${name}.sc`);
  const part: Part = {
    ...{ planned, tcb, schedContext, cspace, environment, buffer, ...own },
    ...{ edges: [], interrupts: [], callers: [], memory: [], physical: new Map(), isClosed: false },
    resources: { untyped: [], contexts: [], authorities: [] },
  };
  yield* giveTime(making, part);
  return { part, vspace };
}

function* makeSpace({ stock, views }: Making, name: string, program: seL4_RISCV_Page): Thread<Space> {
  const vspace = yield* stock.object(seL4_RISCV_PageTableObject, seL4_VSpaceBits, `${name}.vspace`);
  stock.check(yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
  yield* sharePage(stock, vspace, program, PROGRAM_ADDRESS, "execute");
  const page = yield* stock.object(seL4_RISCV_4K_Page, seL4_PageBits, `${name}.environment`);
  yield* mapPage(stock, vspace, page, ENVIRONMENT_ADDRESS, "read");
  const bufferPage = yield* stock.object(seL4_RISCV_4K_Page, seL4_PageBits, `${name}.buffer`);
  yield* mapPage(stock, vspace, bufferPage, BUFFER_ADDRESS, "write");
  const environment = yield* views.show([page]);
  return { vspace, bufferPage, environment, buffer: yield* views.show([bufferPage]) };
}

/** One CNode, whose guard makes a slot's number its address. */
function* makeCSpace(stock: Stock, { name, cnodeBits }: PlannedComponent): Thread<cspace_t> {
  const bare = yield* makeCNode(stock, cnodeBits, `${name}.cspace`);
  const guard = seL4_CNode_CapData_new(0, seL4_WordBits - cnodeBits);
  const cnode = stock.keep(yield* stock.mint(bare, seL4_AllRights, guard));
  return cspace_adopt(cnode, cnodeBits, { start: 1, end: 2 ** cnodeBits }, null);
}

function* makeOwn({ stock, endpoint: root }: Making, planned: PlannedComponent, cspace: cspace_t): Thread<Own> {
  const { name, slots } = planned;
  const own = { endpoint: 0, notification: 0, replies: [] as seL4_CPtr<"Reply">[], parentBadge: 0, parent: 0 };
  const given: Given[] = [];
  const give = (slot: number, from: seL4_CPtr, rights = seL4_AllRights) => {
    given.push({ slot, from, rights, server: null });
  };
  for (const planned of slots) {
    switch (planned.what) {
      case "cnode":
        give(planned.slot, cspace.root_cnode);
        break;
      case "endpoint":
        own.endpoint = stock.keep(yield* stock.object(seL4_EndpointObject, seL4_EndpointBits, `${name}.endpoint`));
        give(planned.slot, own.endpoint);
        break;
      case "notification":
        own.notification = stock.keep(
          yield* stock.object(seL4_NotificationObject, seL4_NotificationBits, `${name}.notification`),
        );
        give(planned.slot, own.notification);
        break;
      case "replies":
        own.replies = yield* makeReplies(stock, name, planned.count);
        for (const [i, reply] of own.replies.entries()) give(planned.slot + i, reply);
        break;
      case "parent":
        own.parentBadge = planned.badge;
        own.parent = stock.keep(yield* stock.mint(root, CALL_RIGHTS, planned.badge));
        give(planned.slot, own.parent);
        break;
    }
  }
  if (own.parent === 0) stock.fail("without a parent nobody would hear of its faults");
  return { ...own, given };
}

function* makeReplies(stock: Stock, name: string, count: number): Thread<seL4_CPtr<"Reply">[]> {
  const replies = yield* stock.row(seL4_ReplyObject, seL4_ReplyBits, count, `${name}.reply`);
  for (const reply of replies) stock.keep(reply);
  return replies;
}

/**
 * Priority, time, and who hears of faults. A passive component begins on a scheduling context that is bound to its
 * notification as well: the kernel takes it back there when the component first waits at its endpoint (seL4 manual,
 * "Passive Threads"), and lends it again for each signal, by which a thread without one would be stranded.
 */
function* giveTime({ stock, endpoint: root }: Making, part: Part): Thread<void> {
  const { planned, tcb, schedContext, notification, parentBadge } = part;
  const { priority, budgetUs, periodUs } = planned;
  if (priority > MOST_PRIORITY) stock.fail(`priority ${priority} is the supervisor's; ${MOST_PRIORITY} is the highest`);
  const time = isPassive(part) ? { budget: PASSIVE_US, period: PASSIVE_US } : { budget: budgetUs, period: periodUs };
  const { start: control } = stock.bootinfo.schedcontrol;
  stock.check(
    yield* seL4_SchedControl_Configure(control, schedContext, time.budget, time.period, EXTRA_REFILLS, parentBadge),
  );
  // Another one than what the component has: that is revoked when it dies, and its thread's must not be.
  const faults = yield* stock.mint(root, CALL_RIGHTS, parentBadge);
  const mcp = seL4_MinPrio;
  stock.check(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, mcp, priority, schedContext, faults));
  if (notification !== 0) stock.check(yield* seL4_TCB_BindNotification(tcb, notification));
  if (!isPassive(part)) {
    stock.hold(schedContext);
    return;
  }
  // It is given back to the component at each start.
  stock.keep(schedContext);
  stock.check(yield* seL4_TCB_SetTimeoutEndpoint(tcb, faults));
  stock.check(yield* seL4_SchedContext_Bind(schedContext, notification));
}
