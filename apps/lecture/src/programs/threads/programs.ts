/**
 * Two workers, of which the first one crashes after its first answer, and a client that has two questions. They do not
 * know which of the two scenes they are in: what a message is sent to is the root task's decision.
 */
import { load } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SetMR,
  seL4_TCB_Suspend,
} from "@tessera/libsel4";

const NOWHERE = 0x5000_0000;
const word = seL4_MessageInfo_new(0, 0, 0, 1);

export const worker1 = program(function* ({ a0: ep, a2: reply }) {
  yield* seL4_Recv(ep, reply);
  seL4_SetMR(0, 2 * seL4_GetMR(0));
  yield* seL4_NBSend(reply, word);
  yield* load(NOWHERE);
});

export const worker2 = program(function* ({ a0: ep, a2: reply }) {
  yield* seL4_Recv(ep, reply);
  for (;;) {
    seL4_SetMR(0, 2 * seL4_GetMR(0));
    yield* seL4_ReplyRecv(ep, word, reply);
  }
});

export const client = program(function* ({ a0: target, a3: tcb }) {
  seL4_SetMR(0, 21);
  yield* seL4_Call(target, word);
  seL4_SetMR(0, 4);
  yield* seL4_Call(target, word);
  yield* seL4_TCB_Suspend(tcb);
});
