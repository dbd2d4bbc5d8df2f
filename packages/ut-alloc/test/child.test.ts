import {
  CSPACE_NOERROR,
  cspace_alloc_slot,
  cspace_create_one_level,
  cspace_destroy,
  cspace_mint,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  seL4_CNode_CapData_new,
  type seL4_CPtr,
  seL4_MinSchedContextBits,
  seL4_NoError,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  seL4_Signal,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Wait,
} from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { expect, it } from "vitest";
import { alloc_retype } from "../src/index.js";

/** Where the first program behind the root task begins. */
const CHILD_ENTRY = 0x11000;

/** A thread that runs the child's page on a CSpace of its own. */
function* start(bootinfo: seL4_BootInfo, cspace: cspace_t, child: cspace_t): Thread<void> {
  const { cptr: tcb } = yield* alloc_retype(seL4_TCBObject, seL4_TCBBits, cspace);
  const { cptr: sc } = yield* alloc_retype(seL4_SchedContextObject, seL4_MinSchedContextBits, cspace);
  const none = seL4_CNode_CapData_new(0, 0);
  const vspace = seL4_CapInitThreadVSpace;
  // Root data of 0 keeps the guard that the CSpace was made with.
  const steps = [
    () => seL4_TCB_Configure(tcb, child.root_cnode, none, vspace, 0, 0, seL4_CapNull),
    () => seL4_SchedControl_Configure(bootinfo.schedcontrol.start, sc, 1000, 1000, 0, 0),
    () => seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, 100, sc, seL4_CapNull),
    () => seL4_TCB_WriteRegisters(tcb, true, 0, 2, { pc: CHILD_ENTRY }),
  ];
  for (const step of steps) expect(yield* step()).toBe(seL4_NoError);
}

it("a thread uses slot numbers of its own one-level CSpace as addresses, until that is destroyed", () => {
  const seen: string[] = [];
  world({
    *root(bootinfo, cspace) {
      const { error, target: child } = yield* cspace_create_one_level(cspace);
      if (error !== CSPACE_NOERROR) throw new Error("no CSpace");
      const { cptr: ntfn } = yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace);
      const badged: seL4_CPtr<"Notification"> = yield* cspace_alloc_slot(child);
      expect(yield* cspace_mint(child, badged, cspace, ntfn, seL4_AllRights, 101)).toBe(seL4_NoError);
      yield* start(bootinfo, cspace, child);
      expect((yield* seL4_Wait(ntfn)).badge).toBe(101);
      yield* cspace_destroy(child);
    },
    programs: {
      child: program(function* () {
        seen.push("started");
        yield* seL4_Signal(1);
        seen.push("signalled");
        yield* seL4_Signal(1);
        seen.push("survived");
      }),
    },
    onReport: () => {},
  });
  // The root task has the higher priority: the CSpace is gone before the child goes on, and the second signal faults.
  expect(seen).toEqual(["started", "signalled"]);
});
