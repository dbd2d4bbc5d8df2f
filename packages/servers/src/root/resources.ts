/**
 * What a component makes processes of: made once, given at each start, and taken back when it dies.
 *
 * The root task keeps the originals and gives copies. So everything that was made of an untyped memory ends when that is
 * revoked, whoever has it by then, and the next life begins with all of it. Scheduling contexts and the thread by whose
 * authority priorities are given are objects of the root task's own: revoking them takes back the copies.
 *
 * seL4 manual, "Untyped memory" (revoking), "Scheduling contexts", "Thread priorities".
 */
import { cspace_revoke, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_ASIDPoolBits,
  seL4_CanRead,
  seL4_CapASIDControl,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_RISCV_ASIDControl_MakePool,
  type seL4_SchedContext,
  seL4_SchedContext_Unbind,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_TCB_SetMCPriority,
  seL4_TCB_Suspend,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_UntypedObject,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import type { PlannedResource } from "../plan/plan.js";
import { EXTRA_REFILLS, type MadePart, type Making, SCHED_CONTEXT_BITS } from "./make-part.js";
import type { Part } from "./part.js";

/** Make what a need asks for, and have it given to the component. @throws NotBuilt */
export function* addResource(making: Making, { part, vspace }: MadePart, planned: PlannedResource): Thread<void> {
  const { stock } = making;
  const { slot, need } = planned;
  const name = `${part.planned.name}.${need}`;
  const give = (first: number, from: readonly seL4_CPtr[], rights = seL4_AllRights) => {
    for (const [i, cptr] of from.entries()) {
      part.given.push({ slot: first + i, from: stock.keep(cptr), rights, server: null });
    }
  };
  switch (planned.what) {
    case "untyped": {
      const made = yield* stock.row(seL4_UntypedObject, planned.bits, 1, name);
      part.resources.untyped.push(...made);
      return give(slot, made);
    }
    case "spaces":
      return give(slot, [yield* makePool(making, name)]);
    case "ownSpace":
      return give(slot, [vspace]);
    case "priorities": {
      const tcb = yield* stock.object(seL4_TCBObject, seL4_TCBBits, name);
      yield* seL4_DebugNameThread(tcb, name);
      stock.check(yield* seL4_TCB_SetMCPriority(tcb, seL4_CapInitThreadTCB, planned.most));
      part.resources.authorities.push(tcb);
      return give(slot, [tcb]);
    }
    case "time":
    case "leftover": {
      const contexts = yield* makeContexts(making, name, planned);
      part.resources.contexts.push(...contexts);
      return give(slot, contexts);
    }
    case "programs":
      return give(
        slot,
        planned.programs.map((program) => making.programPage(part.planned.name, program)),
        seL4_CanRead,
      );
  }
}

/**
 * Take back what a component that is dead has had, and what it has made. Not taken back are a pool and pages of programs
 * that it has handed on: they end with the processes that it had made, or can only be read.
 */
export function* takeBack({ resources }: Part, cspace: cspace_t): Thread<void> {
  for (const untyped of resources.untyped) yield* revoke(cspace, untyped);
  for (const context of resources.contexts) {
    yield* revoke(cspace, context);
    throwOnError(yield* seL4_SchedContext_Unbind(context), "taking time back");
  }
  for (const tcb of resources.authorities) {
    yield* revoke(cspace, tcb);
    throwOnError(yield* seL4_TCB_Suspend(tcb), "stopping an authority");
  }
}

function* makePool({ stock }: Making, name: string): Thread<seL4_CPtr<"ASIDPool">> {
  const memory = yield* stock.object(seL4_UntypedObject, seL4_ASIDPoolBits, name);
  const pool = yield* stock.slot();
  const root = seL4_CapInitThreadCNode;
  stock.check(yield* seL4_RISCV_ASIDControl_MakePool(seL4_CapASIDControl, memory, root, pool, seL4_WordBits));
  return pool;
}

function* makeContexts(
  { stock }: Making,
  name: string,
  planned: Extract<PlannedResource, { what: "time" | "leftover" }>,
): Thread<seL4_SchedContext[]> {
  const [budget, period] =
    planned.what === "time" ? [planned.budgetUs, planned.periodUs] : [planned.sliceUs, planned.sliceUs];
  const { start: control } = stock.bootinfo.schedcontrol;
  const contexts: seL4_SchedContext[] = [];
  while (contexts.length < planned.count) {
    const called = `${name}[${contexts.length}]`;
    const context = yield* stock.object(seL4_SchedContextObject, SCHED_CONTEXT_BITS, called);
    stock.check(yield* seL4_SchedControl_Configure(control, context, budget, period, EXTRA_REFILLS, 0));
    contexts.push(context);
  }
  return contexts;
}

function* revoke(cspace: cspace_t, cptr: seL4_CPtr): Thread<void> {
  throwOnError(yield* cspace_revoke(cspace, cptr), "taking back what processes are made of");
}
