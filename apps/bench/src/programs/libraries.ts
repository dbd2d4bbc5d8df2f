/** Root tasks that call the libraries for ever, and trap now and then, so that the machine can be stopped. */
import {
  cspace_alloc_slot,
  type cspace_alloc_t,
  cspace_create_two_level,
  cspace_delete,
  cspace_free_slot,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadSC,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NBWait,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_ReadWrite,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_SchedControl_Configure,
  throwOnError,
} from "@tessera/libsel4";
import { alloc_retype, ut_alloc, ut_free } from "@tessera/ut-alloc";
import { fold, type Tally } from "../measure/work.js";
import { BUDGET_US, BUFFERS, builder, make, PAGE, type Setup } from "./setup.js";

/** Operations between two traps, of those that make no system call themselves. */
export const CALLS_A_TRAP = 500;

/** One library operation and its opposite; 1 when both did what they should. */
type Operation = () => Thread<number>;
/** Makes ready for an operation. */
export type Preparation = (setup: Setup) => Thread<Operation>;

/** A root task that does an operation for ever. `traps`: it makes no system call, so the root task makes some. */
export function libraryRoot(tally: Tally, prepare: Preparation, traps: boolean): Program {
  return builder(function* (setup) {
    yield* takeTime(setup);
    const notification = yield* make(setup, seL4_NotificationObject, seL4_NotificationBits);
    const operation = yield* prepare(setup);
    for (let i = 0; ; i++) {
      const did = yield* operation();
      tally.done++;
      tally.sum = fold(tally.sum, did);
      if (traps && i % CALLS_A_TRAP === 0) yield* seL4_NBWait(notification);
    }
  });
}

/** Nobody's turn ends while we look. */
function* takeTime({ bootinfo }: Setup): Thread {
  const control = bootinfo.schedcontrol.start;
  throwOnError(yield* seL4_SchedControl_Configure(control, seL4_CapInitThreadSC, BUDGET_US, BUDGET_US, 0, 0));
}

function* slotAndBack(cspace: cspace_t): Thread<number> {
  const slot = yield* cspace_alloc_slot(cspace);
  yield* cspace_free_slot(cspace, slot);
  return slot === seL4_CapNull ? 0 : 1;
}

/** A slot of the root task's own CSpace, and back. */
export const slotOfFew: Preparation = function* ({ cspace }) {
  return () => slotAndBack(cspace);
};

/** The same when 8 of all slots are left: the last ones. */
export const slotOfFull: Preparation = function* ({ cspace }) {
  const taken: seL4_CPtr[] = [];
  for (;;) {
    const slot = yield* cspace_alloc_slot(cspace);
    if (slot === seL4_CapNull) break;
    taken.push(slot);
  }
  for (const slot of taken.slice(-8)) yield* cspace_free_slot(cspace, slot);
  return () => slotAndBack(cspace);
};

/** A slot of a CSpace of two levels, and back. */
export const slotOfTwoLevels: Preparation = function* ({ cspace }) {
  const alloc = mapping(cspace.alloc!);
  const { target } = yield* cspace_create_two_level({ ...cspace, alloc }, alloc);
  if (target === null) throw new Error("no CSpace of two levels can be made");
  return () => slotAndBack(target);
};

/** An allocator that also maps frames: one behind the other, where the image's page table reaches. */
function mapping(alloc: cspace_alloc_t): cspace_alloc_t {
  let next = BUFFERS;
  return {
    ...alloc,
    *map_frame(frame) {
      const vaddr = next;
      next += PAGE;
      const vspace = seL4_CapInitThreadVSpace;
      throwOnError(yield* seL4_RISCV_Page_Map(frame, vspace, vaddr, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes));
      return { vaddr, used: 0 };
    },
  };
}

/** 2^bits bytes of untyped memory, and back. */
export function memoryAndBack(bits: number): Preparation {
  // biome-ignore lint/correctness/useYield: others have something to prepare
  return function* ({ cspace }) {
    return function* () {
      const ut = yield* ut_alloc(bits, cspace);
      ut_free(ut);
      return 1;
    };
  };
}

/** An endpoint with its memory and its slot, and everything back. */
// biome-ignore lint/correctness/useYield: others have something to prepare
export const objectAndBack: Preparation = function* ({ cspace }) {
  return function* () {
    const { ut, cptr } = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
    if (ut === null) return 0;
    throwOnError(yield* cspace_delete(cspace, cptr));
    yield* cspace_free_slot(cspace, cptr);
    ut_free(ut);
    return 1;
  };
};
