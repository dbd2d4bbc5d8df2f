/**
 * Starting a component, the first time and again: its slots are filled, its environment is written, its thread begins
 * at its program's entry. Everything exists already, so nothing of this can run out.
 */
import { cspace_copy, cspace_delete, type cspace_t } from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_IllegalOperation,
  seL4_SchedContext_Bind,
  seL4_TCB_WriteRegisters,
  seL4_UserContext_Length,
  throwOnError,
} from "@tessera/libsel4";
import { CALLER } from "../common/caller.js";
import { BUFFER_ADDRESS, ENVIRONMENT_ADDRESS, PROGRAM_ADDRESS } from "../common/layout.js";
import { isPassive, type Part } from "./part.js";

/**
 * Start a component that is empty: new, or buried (bury.ts).
 * @param cspace the CSpace that the root task runs on
 * @param environment what it is told
 */
export function* startPart(part: Part, cspace: cspace_t, environment: Uint8Array): Thread<void> {
  for (const { slot, from, rights, server } of part.given) {
    // What led to a server that is dead for good is gone, and the slot stays empty.
    if (server?.isClosed === true) continue;
    throwOnError(yield* cspace_copy(part.cspace, slot, cspace, from, rights), `slot ${slot} of ${part.planned.name}`);
  }
  yield* copyOut(part.environment, environment);
  if (isPassive(part)) {
    // Illegal when it has died on this one, so that it is still its own.
    const err = yield* seL4_SchedContext_Bind(part.schedContext, part.tcb);
    if (err !== seL4_IllegalOperation) throwOnError(err, `the time to start ${part.planned.name}`);
  }
  const { name } = part.planned;
  const entry = { pc: PROGRAM_ADDRESS, a0: ENVIRONMENT_ADDRESS };
  for (const { tcb, slot, page } of part.callers) {
    const registers = { ...entry, a1: page, a2: CALLER, a3: slot };
    const err = yield* seL4_TCB_WriteRegisters(tcb, true, 0, seL4_UserContext_Length, registers);
    throwOnError(err, `starting a caller of ${name}`);
  }
  const registers = { ...entry, a1: BUFFER_ADDRESS, a2: 0 };
  const err = yield* seL4_TCB_WriteRegisters(part.tcb, true, 0, seL4_UserContext_Length, registers);
  throwOnError(err, `starting ${name}`);
}

/** Empty a component's slots: all of them, if it has had authority over them. */
export function* emptySlots({ planned, cspace, given }: Part): Thread<void> {
  if (!planned.slots.some(({ what }) => what === "cnode")) {
    for (const { slot } of given) yield* cspace_delete(cspace, slot);
    return;
  }
  for (let slot = 1; slot < 2 ** planned.cnodeBits; slot++) yield* cspace_delete(cspace, slot);
}
