/**
 * Many processes that take turns: each has an address space, page tables, a CSpace, a thread, its time and an IPC buffer of
 * its own, and gives its turn to the next one.
 */
import { cspace_alloc_slot } from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  seL4_ASIDPoolBits,
  seL4_CanRead,
  seL4_CapASIDControl,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapTableObject,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  type seL4_CPtr,
  seL4_MinSchedContextBits,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDControl_MakePool,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_UntypedObject,
  seL4_WordBits,
  seL4_Yield,
  throwOnError,
} from "@tessera/libsel4";
import { fold, type Tally } from "../measure/work.js";
import { BUDGET_US, builder, IMAGE, make, PAGE, type Setup } from "./setup.js";

const OWN = seL4_CapInitThreadCNode;
const PRIORITY = 100;
/** Number of the program in the image: the root task is 0. */
const TAKER = 1;
const CNODE_BITS = 4;
const BUFFER = IMAGE + 2 * PAGE;
/** Address spaces of one pool. In the first one the root task has its own, and number 0 is nobody's. */
const POOL = 512;
const NOT_FREE = 2;
const REGISTERS_TO_A2 = 19;

/** Bytes of RAM that one process takes here. */
export const PROCESS_RAM = 5 * 4096;

/** What a root task of many processes shares with the bench. */
export interface Crowd {
  readonly tally: Tally;
  readonly processes: number;
  made: number;
}

/** Makes all processes, and ends: then they take turns. */
export function crowdRoot(crowd: Crowd): Program {
  return builder(function* (setup) {
    let pool = seL4_CapInitThreadASIDPool as seL4_CPtr<"ASIDPool">;
    for (let room = POOL - NOT_FREE; crowd.made < crowd.processes; room--, crowd.made++) {
      if (room === 0) {
        pool = yield* makePool(setup);
        room = POOL;
      }
      yield* startProcess(setup, pool, crowd.made);
    }
  });
}

function* makePool(setup: Setup): Thread<seL4_CPtr<"ASIDPool">> {
  const memory = yield* make(setup, seL4_UntypedObject, seL4_ASIDPoolBits);
  const pool = (yield* cspace_alloc_slot(setup.cspace)) as seL4_CPtr<"ASIDPool">;
  throwOnError(yield* seL4_RISCV_ASIDControl_MakePool(seL4_CapASIDControl, memory, OWN, pool, seL4_WordBits));
  return pool;
}

function* startProcess(setup: Setup, pool: seL4_CPtr<"ASIDPool">, number: number): Thread {
  const vspace = yield* make(setup, seL4_RISCV_PageTableObject, seL4_PageTableBits);
  throwOnError(yield* seL4_RISCV_ASIDPool_Assign(pool, vspace));
  const attributes = seL4_RISCV_Default_VMAttributes;
  for (let level = 0; level < 2; level++) {
    const table = yield* make(setup, seL4_RISCV_PageTableObject, seL4_PageTableBits);
    throwOnError(yield* seL4_RISCV_PageTable_Map(table, vspace, IMAGE, attributes));
  }
  const text = (yield* cspace_alloc_slot(setup.cspace)) as seL4_CPtr<"Page">;
  const { start } = setup.bootinfo.userImageFrames;
  throwOnError(yield* seL4_CNode_Copy(OWN, text, seL4_WordBits, OWN, start + TAKER, seL4_WordBits, seL4_CanRead));
  throwOnError(yield* seL4_RISCV_Page_Map(text, vspace, IMAGE, seL4_CanRead, attributes));
  const buffer = yield* make(setup, seL4_RISCV_4K_Page, seL4_PageBits);
  throwOnError(yield* seL4_RISCV_Page_Map(buffer, vspace, BUFFER, seL4_ReadWrite, attributes));
  const bare = yield* make(setup, seL4_CapTableObject, CNODE_BITS);
  const cnode = (yield* cspace_alloc_slot(setup.cspace)) as seL4_CPtr<"CNode">;
  const guard = seL4_CNode_CapData_new(0, seL4_WordBits - CNODE_BITS);
  throwOnError(yield* seL4_CNode_Mint(OWN, cnode, seL4_WordBits, OWN, bare, seL4_WordBits, seL4_AllRights, guard));
  const tcb = yield* make(setup, seL4_TCBObject, seL4_TCBBits);
  const sc = yield* make(setup, seL4_SchedContextObject, seL4_MinSchedContextBits);
  const control = setup.bootinfo.schedcontrol.start;
  throwOnError(yield* seL4_SchedControl_Configure(control, sc, BUDGET_US, BUDGET_US, 0, 0));
  throwOnError(yield* seL4_TCB_Configure(tcb, cnode, 0, vspace, 0, BUFFER, buffer));
  throwOnError(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, PRIORITY, sc, 0));
  const registers = { pc: IMAGE, a0: number, a1: BUFFER, a2: 0 };
  throwOnError(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A2, registers));
}

/** Each takes its turn behind the one before. Who was made last has the first one, so their numbers come from the highest down. */
export function taker(tally: Tally): Program {
  return program(function* ({ a0: number }) {
    for (;;) {
      tally.done++;
      tally.sum = fold(tally.sum, number);
      yield* seL4_Yield();
    }
  });
}
