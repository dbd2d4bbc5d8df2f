/**
 * Bob dies in mid-session. Before that he has handed his session on: carol has a request under way with it.
 *
 * Delegation is bob's right, and what carol sends counts as bob's. When he is dead, nothing of his may count any more:
 * not her request, which waits at the server's endpoint, and not the capability that she has. She then opens a session
 * herself, and is given the badge that was bob's. It begins at nothing.
 */
import { load } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_MessageInfo_new,
  seL4_Send,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_SetMR,
  seL4_TCB_Suspend,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import { ADD } from "./protocol.js";
import { add, open } from "./session.js";

const SESSION = 0x10;
const BOBS_SESSION = 0x11;
const NOWHERE = 0x5000_0000;

export const bob = program(function* ({ a0: door, a2: cnode, a4: to_carol }) {
  yield* open(door, cnode, SESSION);
  yield* add(SESSION, 40);

  // A request that wants no answer keeps the server busy.
  seL4_SetMR(0, 1);
  yield* seL4_Send(SESSION, seL4_MessageInfo_new(ADD, 0, 0, 1));

  seL4_SetCap(0, SESSION);
  yield* seL4_Send(to_carol, seL4_MessageInfo_new(0, 0, 1, 0));
  yield* load(NOWHERE);
});

export const carol = program(function* ({ a0: door, a2: cnode, a3: tcb, a4: from_bob }) {
  seL4_SetCapReceivePath(cnode, BOBS_SESSION, seL4_WordBits);
  yield* seL4_Wait(from_bob);
  yield* add(BOBS_SESSION, 2);

  yield* open(door, cnode, SESSION);
  yield* add(SESSION, 2);
  yield* seL4_TCB_Suspend(tcb);
});
