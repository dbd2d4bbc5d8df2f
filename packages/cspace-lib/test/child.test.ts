import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
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
import {
  cspace_alloc_slot,
  cspace_create_two_level,
  cspace_destroy,
  cspace_mint,
  type cspace_t,
  cspace_untyped_retype,
} from "../src/index.js";
import { withWindow } from "./support/window.js";

/** Where the first program behind the root task begins. */
const CHILD_ENTRY = 0x11000;
/** Addresses of the child's: in the first CNode of its CSpace, at the ends of the second, in the third. */
const ADDRESSES = [6, 128, 255, 256];

function* make(cspace: cspace_t, type: number, bits: number): Thread<seL4_CPtr> {
  const page = (yield* cspace.alloc!.alloc_4k_ut())!;
  const slot = yield* cspace_alloc_slot(cspace);
  expect(yield* cspace_untyped_retype(cspace, page.cap, slot, type, bits)).toBe(seL4_NoError);
  return slot;
}

/** A thread that runs the child's page on a CSpace of its own. */
function* start(bootinfo: seL4_BootInfo, cspace: cspace_t, child: cspace_t): Thread {
  const tcb = yield* make(cspace, seL4_TCBObject, seL4_TCBBits);
  const sc = yield* make(cspace, seL4_SchedContextObject, seL4_MinSchedContextBits);
  const vspace = seL4_CapInitThreadVSpace;
  const steps = [
    () => seL4_TCB_Configure(tcb, child.root_cnode, 0, vspace, 0, 0, seL4_CapNull),
    () => seL4_SchedControl_Configure(bootinfo.schedcontrol.start, sc, 1000, 1000, 0, 0),
    () => seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, 100, sc, seL4_CapNull),
    () => seL4_TCB_WriteRegisters(tcb, true, 0, 2, { pc: CHILD_ENTRY }),
  ];
  for (const step of steps) expect(yield* step()).toBe(seL4_NoError);
}

it("a thread uses slot numbers of its two-level CSpace as addresses, until that is destroyed", () => {
  const seen: number[] = [];
  let resumed = 0;
  world({
    *root(bootinfo, root) {
      const cspace = withWindow(root);
      const ntfn: seL4_CPtr<"Notification"> = yield* make(cspace, seL4_NotificationObject, seL4_NotificationBits);
      const child = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
      while ((yield* cspace_alloc_slot(child)) < 300);
      for (const slot of ADDRESSES) {
        expect(yield* cspace_mint(child, slot, cspace, ntfn, seL4_AllRights, slot)).toBe(seL4_NoError);
      }
      yield* start(bootinfo, cspace, child);
      for (const _ of ADDRESSES) seen.push((yield* seL4_Wait(ntfn)).badge);
      yield* cspace_destroy(child);
    },
    programs: {
      child: program(function* () {
        for (const slot of ADDRESSES) {
          resumed++;
          yield* seL4_Signal(slot);
        }
        // The root task has the higher priority: the CSpace is gone by now.
        yield* seL4_Signal(ADDRESSES[0]!);
        resumed++;
      }),
    },
  });
  expect(seen).toEqual(ADDRESSES);
  expect(resumed).toBe(ADDRESSES.length);
});
