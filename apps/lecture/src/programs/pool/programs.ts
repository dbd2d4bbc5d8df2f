/**
 * Two clients that make objects of 1 KiB: greedy as many as it can, alice one. Before, they ask a server that makes
 * them out of one pool for everybody; the answer is that each makes its own, out of memory of its own.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  seL4_CapTableObject,
  type seL4_CNode,
  type seL4_CPtr,
  type seL4_Error,
  seL4_MessageInfo_get_label,
  seL4_MessageInfo_new,
  seL4_NoError,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_TCB_Suspend,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";

/** log2 of the slots of a CNode of 1 KiB. */
const SIZE_BITS = 5;
/** The first slot for new objects. */
const OBJECTS = 0x10;

const nothing = seL4_MessageInfo_new(0, 0, 0, 0);

/** Before: memory is the server's, and who asks first has it. */
export const pool = program(function* ({ a0: ep, a2: reply, a3: cnode, a5: memory }) {
  let slot = OBJECTS;
  yield* seL4_Recv(ep, reply);
  for (;;) {
    const err = yield* new_object(memory, cnode, slot++);
    yield* seL4_ReplyRecv(ep, seL4_MessageInfo_new(err, 0, 0, 0), reply);
  }
});

export const greedy_caller = program(function* ({ a0: server, a3: tcb }) {
  let info = yield* seL4_Call(server, nothing);
  while (seL4_MessageInfo_get_label(info) === seL4_NoError) info = yield* seL4_Call(server, nothing);
  yield* seL4_TCB_Suspend(tcb);
});

export const caller = program(function* ({ a0: server, a3: tcb }) {
  yield* seL4_Call(server, nothing);
  yield* seL4_TCB_Suspend(tcb);
});

/** The answer: an object is made of memory that its maker holds. */
export const greedy_owner = program(function* ({ a0: memory, a2: cnode, a3: tcb }) {
  let slot = OBJECTS;
  while ((yield* new_object(memory, cnode, slot)) === seL4_NoError) slot++;
  yield* seL4_TCB_Suspend(tcb);
});

export const owner = program(function* ({ a0: memory, a2: cnode, a3: tcb }) {
  yield* new_object(memory, cnode, OBJECTS);
  yield* seL4_TCB_Suspend(tcb);
});

function* new_object(memory: seL4_CPtr<"Untyped">, cnode: seL4_CNode, slot: seL4_CPtr): Thread<seL4_Error> {
  return yield* seL4_Untyped_Retype(memory, seL4_CapTableObject, SIZE_BITS, cnode, 0, 0, slot, 1);
}
