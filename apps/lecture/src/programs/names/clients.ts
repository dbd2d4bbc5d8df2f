/**
 * Alice keeps something under a name. Mole knows a secret and may tell nobody. Mallory is curious, and was never given
 * anything of alice's, nor any way to hear from mole.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_get_label,
  seL4_MessageInfo_new,
  seL4_Send,
  seL4_SetMR,
  seL4_TCB_Suspend,
} from "@tessera/libsel4";
import { GET, PUT } from "./protocol.js";

/** A name that is easily guessed. */
const NAME = 7;
/** Names that mole and mallory have agreed upon: one for each bit. */
const BITS = [100, 101, 102];
const SECRET = 0b101;

export const alice = program(function* ({ a0: directory, a3: tcb }) {
  yield* put(directory, NAME, 4711);
  yield* seL4_TCB_Suspend(tcb);
});

export const mole = program(function* ({ a0: directory, a3: tcb }) {
  for (const [i, name] of BITS.entries()) {
    if ((SECRET >> i) & 1) yield* put(directory, name, 1);
  }
  yield* seL4_TCB_Suspend(tcb);
});

export const mallory = program(function* ({ a0: directory, a3: tcb, a4: report }) {
  const guessed = (yield* get(directory, NAME)) ?? 0;
  let heard = 0;
  for (const [i, name] of BITS.entries()) {
    if ((yield* get(directory, name)) !== null) heard |= 1 << i;
  }
  seL4_SetMR(0, guessed);
  seL4_SetMR(1, heard);
  yield* seL4_Send(report, seL4_MessageInfo_new(0, 0, 0, 2));
  yield* seL4_TCB_Suspend(tcb);
});

function* put(directory: seL4_CPtr, name: number, value: number): Thread {
  seL4_SetMR(0, name);
  seL4_SetMR(1, value);
  yield* seL4_Call(directory, seL4_MessageInfo_new(PUT, 0, 0, 2));
}

function* get(directory: seL4_CPtr, name: number): Thread<number | null> {
  seL4_SetMR(0, name);
  const info = yield* seL4_Call(directory, seL4_MessageInfo_new(GET, 0, 0, 1));
  return seL4_MessageInfo_get_label(info) === 0 ? seL4_GetMR(0) : null;
}
