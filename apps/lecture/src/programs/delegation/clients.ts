/** Alice may read a file. She wants bob, who works for her, to read it for her once, and not again. */
import {
  program,
  seL4_Call,
  seL4_CNode_Revoke,
  seL4_MessageInfo_new,
  seL4_Send,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_SetMR,
  seL4_TCB_Suspend,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import { LET_IN, READ } from "./protocol.js";

/** Bob as the list would know him. */
const BOB = 3;
const BORROWED = 0x10;

const please = seL4_MessageInfo_new(0, 0, 0, 0);
const please_with_this = seL4_MessageInfo_new(0, 0, 1, 0);
const read = seL4_MessageInfo_new(READ, 0, 0, 0);

/** Before: she can ask, but not give. To let bob in is not for her to decide. */
export const asking_alice = program(function* ({ a0: server, a3: tcb, a4: to_bob }) {
  yield* seL4_Call(server, read);
  yield* seL4_Send(to_bob, please);
  seL4_SetMR(0, BOB);
  yield* seL4_Call(server, seL4_MessageInfo_new(LET_IN, 0, 0, 1));
  yield* seL4_TCB_Suspend(tcb);
});

export const asked_bob = program(function* ({ a0: server, a3: tcb, a4: from_alice }) {
  yield* seL4_Wait(from_alice);
  yield* seL4_Call(server, read);
  yield* seL4_TCB_Suspend(tcb);
});

/** The answer: what she holds she can lend, and take back. Nobody else is asked. */
export const lending_alice = program(function* ({ a0: file, a2: cnode, a3: tcb, a4: to_bob }) {
  yield* seL4_Call(file, read);
  seL4_SetCap(0, file);
  yield* seL4_Send(to_bob, please_with_this);
  yield* seL4_CNode_Revoke(cnode, file, seL4_WordBits);
  yield* seL4_Send(to_bob, please);
  yield* seL4_Call(file, read);
  yield* seL4_TCB_Suspend(tcb);
});

export const borrowing_bob = program(function* ({ a0: from_alice, a2: cnode, a3: tcb }) {
  seL4_SetCapReceivePath(cnode, BORROWED, seL4_WordBits);
  yield* seL4_Wait(from_alice);
  yield* seL4_Call(BORROWED, read);

  yield* seL4_Wait(from_alice);
  yield* seL4_Call(BORROWED, read);
  yield* seL4_TCB_Suspend(tcb);
});
