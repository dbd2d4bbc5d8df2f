/**
 * Mallory has a session of her own and wants more than that. Alice is a client who waits, twice.
 *
 * All that mallory tries is done with what she has: her CNode, her session, and a reply object that the server lent her
 * for one answer. What she is refused is refused by the kernel; the server never hears of it.
 */
import {
  program,
  seL4_AllRights,
  seL4_Call,
  seL4_CNode_Mint,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_SetCapReceivePath,
  seL4_SetMR,
  seL4_TCB_Suspend,
  seL4_WordBits,
  seL4_Yield,
} from "@tessera/libsel4";
import { TAKE_OVER } from "./protocol.js";
import { add, await_any, open } from "./session.js";

const SESSION = 0x10;
const FORGED = 0x11;
const ANSWER = 0x12;
/** Where alice has her session, in her own CSpace, and the badge that it has. */
const ALICES_SLOT = 0x20;
const ALICES_BADGE = 0x101;

const word = seL4_MessageInfo_new(0, 0, 0, 1);

export const alice = program(function* ({ a0: door, a2: cnode, a3: tcb }) {
  yield* open(door, cnode, ALICES_SLOT);
  yield* await_any(ALICES_SLOT);
  yield* await_any(ALICES_SLOT);
  yield* seL4_TCB_Suspend(tcb);
});

export const mallory = program(function* ({ a0: door, a2: cnode, a3: tcb }) {
  yield* open(door, cnode, SESSION);

  // Another badge: alice's, minted from her own session.
  const depth = seL4_WordBits;
  yield* seL4_CNode_Mint(cnode, FORGED, depth, cnode, SESSION, depth, seL4_AllRights, ALICES_BADGE);

  // Alice's session, by the address at which alice has it.
  yield* add(ALICES_SLOT, 1000);

  // To answer alice once is what the server lets her do. She answers twice, and once more when alice waits again.
  seL4_SetCapReceivePath(cnode, ANSWER, depth);
  yield* seL4_Call(SESSION, seL4_MessageInfo_new(TAKE_OVER, 0, 0, 0));
  seL4_SetMR(0, 7);
  yield* seL4_NBSend(ANSWER, word);
  seL4_SetMR(0, 8);
  yield* seL4_NBSend(ANSWER, word);
  yield* seL4_Yield();
  seL4_SetMR(0, 9);
  yield* seL4_NBSend(ANSWER, word);
  yield* seL4_TCB_Suspend(tcb);
});
