/**
 * A server that holds a file. Before, it has a list of who may read, and looks up who asks. The answer is to have no
 * list: who holds the capability may read.
 */
import {
  program,
  seL4_MessageInfo_get_label,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SetMR,
} from "@tessera/libsel4";
import { DENIED, LET_IN, READ } from "./protocol.js";

/** The users, which are the badges of their doors. */
const ADMINISTRATOR = 1;
const ALICE = 2;

const CONTENT = 4711;
const done = seL4_MessageInfo_new(0, 0, 0, 0);
const content = seL4_MessageInfo_new(0, 0, 0, 1);
const denied = seL4_MessageInfo_new(DENIED, 0, 0, 0);

export const list_server = program(function* ({ a0: ep, a2: reply }) {
  const may_read = new Set([ALICE]);
  let { info, badge: user } = yield* seL4_Recv(ep, reply);
  for (;;) {
    const request = seL4_MessageInfo_get_label(info);
    let answer = denied;
    if (request === READ && may_read.has(user)) answer = content;
    if (request === LET_IN && user === ADMINISTRATOR) answer = done;
    seL4_SetMR(0, CONTENT);
    ({ info, badge: user } = yield* seL4_ReplyRecv(ep, answer, reply));
  }
});

export const file_server = program(function* ({ a0: ep, a2: reply }) {
  yield* seL4_Recv(ep, reply);
  for (;;) {
    seL4_SetMR(0, CONTENT);
    yield* seL4_ReplyRecv(ep, content, reply);
  }
});
