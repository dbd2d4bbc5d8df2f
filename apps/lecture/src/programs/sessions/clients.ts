/** Three clients that mean no harm. Each is told its own total, and none of them says who it is. */
import { program, seL4_TCB_Suspend } from "@tessera/libsel4";
import { add, await_any, open } from "./session.js";

/** Where the session arrives. */
const SESSION = 0x10;

export const alice = program(function* ({ a0: door, a2: cnode, a3: tcb }) {
  yield* open(door, cnode, SESSION);
  yield* add(SESSION, 5);
  yield* add(SESSION, 7);
  yield* await_any(SESSION);
  yield* seL4_TCB_Suspend(tcb);
});

export const bob = program(function* ({ a0: door, a2: cnode, a3: tcb }) {
  yield* open(door, cnode, SESSION);
  yield* add(SESSION, 40);
  yield* seL4_TCB_Suspend(tcb);
});

export const carol = program(function* ({ a0: door, a2: cnode, a3: tcb }) {
  yield* open(door, cnode, SESSION);
  yield* add(SESSION, 1);
  yield* seL4_TCB_Suspend(tcb);
});
