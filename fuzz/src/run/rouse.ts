/**
 * Putting threads on their feet again: each that still has a TCB gets its CSpace and VSpace, its time if that is left,
 * the priority it began with, and begins anew, whatever it was in the middle of. So a world goes on when its threads have
 * stopped, starved or locked up each other.
 */
import { GUARD, type Sandbox } from "@tessera/conformance/replay";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_DebugCapIdentify,
  seL4_SchedContext_Bind,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSpace,
  seL4_TCB_WriteRegisters,
} from "@tessera/libsel4";
import {
  CapTag,
  seL4_AllRights,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_NoError,
  seL4_WordBits,
} from "@tessera/libsel4/abi";
import type { FuzzProgram } from "../program/program.js";

/** Slots of the sandbox: the first TCB and the first scheduling context. */
const TCBS = 3;
const SCHED_CONTEXTS = 7;
const RADIX = 8;

/** Slots that rousing takes for a while. */
export const ROUSE_SLOTS = 2;

/** @param free the first of `ROUSE_SLOTS` slots of the root task's */
export function* rouse(
  { cnode }: Sandbox,
  { scenario }: FuzzProgram,
  entries: readonly number[],
  free: number,
): Thread {
  for (const [thread, entry] of entries.entries()) {
    const isThere = yield* borrow(cnode, TCBS + thread, free, CapTag.thread);
    const hasTime = yield* borrow(cnode, SCHED_CONTEXTS + thread, free + 1, CapTag.schedContext);
    if (isThere && hasTime) yield* seL4_SchedContext_Bind(free + 1, free);
    if (isThere) {
      yield* seL4_TCB_SetSpace(free, 0, cnode, GUARD, seL4_CapInitThreadVSpace, 0);
      yield* seL4_TCB_SetPriority(free, seL4_CapInitThreadTCB, scenario.prio[thread] ?? 0);
      yield* seL4_TCB_WriteRegisters(free, true, 0, 1, { pc: entry });
    }
    yield* giveBack(free);
    yield* giveBack(free + 1);
  }
}

/** A copy of what is in the sandbox's slot; whether it is of the type. The program may have put anything there. */
function* borrow(cnode: number, slot: number, to: number, type: number): Thread<boolean> {
  const copy = yield* seL4_CNode_Copy(
    ...([seL4_CapInitThreadCNode, to, seL4_WordBits, cnode, slot, RADIX, seL4_AllRights] as const),
  );
  return copy === seL4_NoError && (yield* seL4_DebugCapIdentify(to)) === type;
}

function* giveBack(slot: number): Thread {
  yield* seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, seL4_WordBits);
}
