/** What root tasks of benches build: threads with buffers of their own, passive servers, CSpaces of several levels. */
import { cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  type seL4_CPtr,
  seL4_MinSchedContextBits,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_SchedContext_Unbind,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_TCB_SetIPCBuffer,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetSpace,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Wait,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { alloc_retype, ut_bootstrap } from "@tessera/ut-alloc";

/** Program n of an image begins on its page n. */
export const IMAGE = 0x10000;
export const PAGE = 0x1000;
/** Buffers are mapped from here up, below the page table of the image. */
export const BUFFERS = 0x100000;
/** Ten seconds: nobody's turn ends while we look. */
export const BUDGET_US = 10_000_000;
const REGISTERS_TO_A5 = 22;

/** What a root task has to build with. */
export interface Setup {
  readonly bootinfo: seL4_BootInfo;
  readonly cspace: cspace_t;
}

export interface NewThread {
  /** Number of its program in the image; the root task is 0. */
  readonly program: number;
  readonly priority: number;
  /** Its registers a0, a2, a3, a4, a5; a1 is the address of its buffer. */
  readonly args: readonly number[];
  /** The root of its CSpace; the root task's if left out. */
  readonly root?: seL4_CPtr<"CNode">;
}

export interface Started {
  readonly tcb: seL4_CPtr<"TCB">;
  readonly sc: seL4_CPtr<"SchedContext">;
}

/** A root task that builds something, and ends. */
export function builder(main: (setup: Setup) => Thread): Program {
  return rootTask(function* (bootinfo) {
    yield* main({ bootinfo, cspace: ut_bootstrap(bootinfo) });
  });
}

/** An object in a slot of the root task's CSpace. */
export function* make<T extends number>(setup: Setup, type: T, bits: number) {
  const { ut, cptr } = yield* alloc_retype(type, bits, setup.cspace);
  if (ut === null) throw new Error(`no memory for an object of type ${type}`);
  return cptr;
}

/** The largest untyped of RAM that the kernel listed; at least one object of 2^bits bytes fits. */
export function largestUntyped({ bootinfo }: Setup, bits = 0): seL4_CPtr<"Untyped"> {
  const { untyped, untypedList } = bootinfo;
  const sizes = untypedList.map(({ isDevice, sizeBits }) => (isDevice ? -1 : sizeBits));
  const largest = Math.max(...sizes);
  if (largest < bits) throw new Error(`no untyped has 2^${bits} bytes`);
  return (untyped.start + sizes.indexOf(largest)) as seL4_CPtr<"Untyped">;
}

/** A thread that is ready to run, in the root task's address space, with a buffer and a scheduling context of its own. */
export function* startThread(setup: Setup, { program, priority, args, root }: NewThread): Thread<Started> {
  const { bootinfo } = setup;
  const tcb = yield* make(setup, seL4_TCBObject, seL4_TCBBits);
  const sc = yield* make(setup, seL4_SchedContextObject, seL4_MinSchedContextBits);
  const frame = yield* make(setup, seL4_RISCV_4K_Page, seL4_PageBits);
  const buffer = BUFFERS + program * PAGE;
  const vspace = seL4_CapInitThreadVSpace;
  throwOnError(yield* seL4_RISCV_Page_Map(frame, vspace, buffer, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes));
  const control = bootinfo.schedcontrol.start;
  throwOnError(yield* seL4_SchedControl_Configure(control, sc, BUDGET_US, BUDGET_US, 0, 0));
  throwOnError(yield* seL4_TCB_SetSpace(tcb, 0, root ?? seL4_CapInitThreadCNode, 0, vspace, 0));
  throwOnError(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, priority, sc, 0));
  throwOnError(yield* seL4_TCB_SetIPCBuffer(tcb, buffer, frame));
  const pc = IMAGE + program * PAGE;
  const [a0 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0] = args;
  const registers = { pc, a0, a1: buffer, a2, a3, a4, a5 };
  throwOnError(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A5, registers));
  return { tcb, sc };
}

/** A server that signals `ready` when it is about to wait for its first message, and then loses its own time. */
export function* startPassive(setup: Setup, ready: seL4_CPtr<"Notification">, thread: NewThread): Thread<Started> {
  const started = yield* startThread(setup, thread);
  yield* seL4_Wait(ready);
  throwOnError(yield* seL4_SchedContext_Unbind(started.sc));
  return started;
}

/** log2 slots of the CNodes of a deep CSpace: what fits 4 KiB. */
const NODE_BITS = 7;

/**
 * A CSpace of `levels` CNodes, each in slot 0 of the one above, whose guards are zero and make up all 64 bits: so the
 * last slots of the way have small addresses. `caps[i]` is copied to address i + 1 of it.
 */
export function* deepCSpace(setup: Setup, levels: number, caps: readonly seL4_CPtr[]): Thread<seL4_CPtr<"CNode">> {
  const own = seL4_CapInitThreadCNode;
  const bitsEach = seL4_WordBits / levels;
  const last = yield* make(setup, seL4_CapTableObject, NODE_BITS);
  for (const [i, cap] of caps.entries()) {
    throwOnError(yield* seL4_CNode_Copy(last, i + 1, NODE_BITS, own, cap, seL4_WordBits, seL4_AllRights));
  }
  const guard = seL4_CNode_CapData_new(0, bitsEach - NODE_BITS);
  let below = last;
  for (let level = 1; level < levels; level++) {
    const above = yield* make(setup, seL4_CapTableObject, NODE_BITS);
    throwOnError(yield* seL4_CNode_Mint(above, 0, NODE_BITS, own, below, seL4_WordBits, seL4_AllRights, guard));
    below = above;
  }
  const root = (yield* cspace_alloc_slot(setup.cspace)) as seL4_CPtr<"CNode">;
  throwOnError(yield* seL4_CNode_Mint(own, root, seL4_WordBits, own, below, seL4_WordBits, seL4_AllRights, guard));
  return root;
}
