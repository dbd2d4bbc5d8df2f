/** Programs that make one kind of call for ever, and the server that answers. Capabilities come in a0 and a2. */
import {
  program,
  seL4_AllRights,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_MessageInfo_new,
  seL4_NBWait,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Signal,
  seL4_WordBits,
} from "@tessera/libsel4";

const ONE_WORD = seL4_MessageInfo_new(0, 0, 0, 1);

/** a0: a notification that nobody signals. */
export const poll = program(function* ({ a0: notification }) {
  for (;;) yield* seL4_NBWait(notification);
});

/** a0: a notification that nobody waits for. */
export const signal = program(function* ({ a0: notification }) {
  for (;;) yield* seL4_Signal(notification);
});

/** a0: an endpoint in the root task's CSpace, a2: an empty slot of it. */
export const mint = program(function* ({ a0: endpoint, a2: slot }) {
  const root = seL4_CapInitThreadCNode;
  for (;;) {
    yield* seL4_CNode_Mint(root, slot, seL4_WordBits, root, endpoint, seL4_WordBits, seL4_AllRights, 1);
    yield* seL4_CNode_Delete(root, slot, seL4_WordBits);
  }
});

/** a0: an endpoint. */
export const call = program(function* ({ a0: endpoint }) {
  for (;;) yield* seL4_Call(endpoint, ONE_WORD);
});

/** a0: the endpoint, a2: a reply object. */
export const answer = program(function* ({ a0: endpoint, a2: reply }) {
  yield* seL4_Recv(endpoint, reply);
  for (;;) yield* seL4_ReplyRecv(endpoint, ONE_WORD, reply);
});
