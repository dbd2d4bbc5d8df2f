/** A client's side of a session: a request a function. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_get_extraCaps,
  seL4_MessageInfo_get_label,
  seL4_MessageInfo_new,
  seL4_SetCapReceivePath,
  seL4_SetMR,
  seL4_WordBits,
} from "@tessera/libsel4";
import { ADD, AWAIT, OPEN } from "./protocol.js";

/** Ask for a session, which arrives in `slot` of the CSpace that `cnode` is the root of. */
export function* open(door: seL4_CPtr, cnode: seL4_CPtr<"CNode">, slot: seL4_CPtr): Thread<boolean> {
  seL4_SetCapReceivePath(cnode, slot, seL4_WordBits);
  const info = yield* seL4_Call(door, seL4_MessageInfo_new(OPEN, 0, 0, 0));
  return seL4_MessageInfo_get_extraCaps(info) === 1;
}

/** Add `n`; the session's total, or null when the server or the kernel refuses. */
export function* add(session: seL4_CPtr, n: number): Thread<number | null> {
  seL4_SetMR(0, n);
  const info = yield* seL4_Call(session, seL4_MessageInfo_new(ADD, 0, 0, 1));
  return seL4_MessageInfo_get_label(info) === 0 ? seL4_GetMR(0) : null;
}

/** Wait until somebody adds something. */
export function* await_any(session: seL4_CPtr): Thread<number> {
  yield* seL4_Call(session, seL4_MessageInfo_new(AWAIT, 0, 0, 0));
  return seL4_GetMR(0);
}
