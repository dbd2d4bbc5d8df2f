/** The root task of a bench: one or two threads in its own spaces, whose programs then loop for ever. */

import { cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MinSchedContextBits,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_TCB_SetIPCBuffer,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetSpace,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  throwOnError,
} from "@tessera/libsel4";
import { alloc_retype, ut_bootstrap } from "@tessera/ut-alloc";

/** Program n of an image begins on its page n. */
const IMAGE = 0x10000;
const PAGE = 0x1000;
/** Ten seconds: nobody's turn ends while we look. */
const BUDGET_US = 10_000_000;
const REGISTERS_TO_A2 = 19;

interface Started {
  readonly page: number;
  readonly priority: number;
  readonly a0: number;
  readonly a2: number;
}

/** Page 1 is the program that is measured; page 2, when `hasServer`, the one that answers it. */
export function benchRoot(object: "endpoint" | "notification", hasServer: boolean): Program {
  return rootTask(function* (bootinfo) {
    const cspace = ut_bootstrap(bootinfo);
    const isEndpoint = object === "endpoint";
    const type = isEndpoint ? seL4_EndpointObject : seL4_NotificationObject;
    const bits = isEndpoint ? seL4_EndpointBits : seL4_NotificationBits;
    const { cptr: target } = yield* alloc_retype(type, bits, cspace);
    const slot = yield* cspace_alloc_slot(cspace);
    yield* start(bootinfo, cspace, { page: 1, priority: 100, a0: target, a2: slot });
    if (!hasServer) return;
    const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
    yield* start(bootinfo, cspace, { page: 2, priority: 101, a0: target, a2: reply });
  });
}

function* start(bootinfo: seL4_BootInfo, cspace: cspace_t, { page, priority, a0, a2 }: Started): Thread {
  const { cptr: tcb } = yield* alloc_retype(seL4_TCBObject, seL4_TCBBits, cspace);
  const { cptr: sc } = yield* alloc_retype(seL4_SchedContextObject, seL4_MinSchedContextBits, cspace);
  const control = bootinfo.schedcontrol.start;
  throwOnError(yield* seL4_SchedControl_Configure(control, sc, BUDGET_US, BUDGET_US, 0, 0));
  throwOnError(yield* seL4_TCB_SetSpace(tcb, 0, seL4_CapInitThreadCNode, 0, seL4_CapInitThreadVSpace, 0));
  throwOnError(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, priority, sc, 0));
  // The root task has ended by then: its threads share its buffer.
  throwOnError(yield* seL4_TCB_SetIPCBuffer(tcb, bootinfo.ipcBuffer, seL4_CapInitThreadIPCBuffer));
  const pc = IMAGE + page * PAGE;
  throwOnError(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A2, { pc, a0, a1: bootinfo.ipcBuffer, a2 }));
}
