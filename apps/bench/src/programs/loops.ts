/**
 * Programs that make one kind of call for ever, and the servers that answer. Capabilities come in a0, a2, a3, a4.
 *
 * A client counts what came back in the tally that it was made with: the one thing that a bench program shares with
 * its host, so that the host can tell that the work was done.
 */
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  seL4_CallWithMRs,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_NBSendRecv,
  seL4_NBSendRecvWithMRs,
  seL4_NBWait,
  seL4_ReplyRecv,
  seL4_ReplyRecvWithMRs,
  seL4_SetIPCBuffer,
  seL4_SetMR,
  seL4_Signal,
  seL4_Wait,
} from "@tessera/libsel4";
import { answerWord, digest, requestWord } from "../measure/exchange.js";
import { fold, REQUESTS, type Tally } from "../measure/work.js";

const NOTHING = seL4_MessageInfo_new(0, 0, 0, 0);
const ONE_WORD = seL4_MessageInfo_new(0, 0, 0, 1);
const FOUR_WORDS = seL4_MessageInfo_new(0, 0, 0, 4);
/** Words of a long message. */
export const LONG = 64;
const LONG_MESSAGE = seL4_MessageInfo_new(0, 0, 0, LONG);

type Endpoint = seL4_CPtr<"Endpoint">;
type Reply = seL4_CPtr<"Reply">;
type Notification = seL4_CPtr<"Notification">;

function count(tally: Tally, reply: number): void {
  tally.done++;
  tally.sum = fold(tally.sum, reply);
}

/** a0: a notification that nobody signals. */
export function poll(tally: Tally): Program {
  return program(function* ({ a0: notification }) {
    for (;;) {
      const { badge } = yield* seL4_NBWait(notification as Notification);
      count(tally, badge + 1);
    }
  });
}

/** a0: a notification that nobody waits for. */
export function signal(tally: Tally): Program {
  return program(function* ({ a0: notification }) {
    for (;;) {
      yield* seL4_Signal(notification as Notification);
      count(tally, 1);
    }
  });
}

/** a0: where the other one waits, a2: where this one does; it is counted here. */
export function ping(tally: Tally): Program {
  return program(function* ({ a0: other, a2: own }) {
    for (;;) {
      yield* seL4_Signal(other as Notification);
      const { badge } = yield* seL4_Wait(own as Notification);
      count(tally, badge);
    }
  });
}

/** a0: where this one waits, a2: where the other one does. */
export function pong(): Program {
  return program(function* ({ a0: own, a2: other }) {
    for (;;) {
      yield* seL4_Wait(own as Notification);
      yield* seL4_Signal(other as Notification);
    }
  });
}

/** a0: an endpoint. Calls with one word. */
export function callOne(tally: Tally): Program {
  return program(function* ({ a0: endpoint }) {
    for (let i = 0; ; i = (i + 1) % REQUESTS) {
      const { mr0 } = yield* seL4_CallWithMRs(endpoint, ONE_WORD, i);
      count(tally, mr0);
    }
  });
}

/** a0: endpoint, a2: reply object, a3: a notification to be signalled when the first message is waited for. */
export function answerOne(): Program {
  return program(function* ({ a0: endpoint, a2: reply, a3: ready }) {
    let got = yield* seL4_NBSendRecvWithMRs(ready, NOTHING, endpoint as Endpoint, 0, 0, 0, 0, reply as Reply);
    for (;;) {
      const word = answerWord(got.mr0, 0);
      got = yield* seL4_ReplyRecvWithMRs(endpoint as Endpoint, ONE_WORD, word, 0, 0, 0, reply as Reply);
    }
  });
}

/** a0: an endpoint. Calls with four words. */
export function callFour(tally: Tally): Program {
  return program(function* ({ a0: endpoint }) {
    for (let i = 0; ; i = (i + 1) % REQUESTS) {
      const w1 = requestWord(i, 1);
      const w2 = requestWord(i, 2);
      const w3 = requestWord(i, 3);
      const { mr0, mr1, mr2, mr3 } = yield* seL4_CallWithMRs(endpoint, FOUR_WORDS, requestWord(i, 0), w1, w2, w3);
      count(tally, digest(mr0, mr1, mr2, mr3));
    }
  });
}

/** As `answerOne`, with four words. */
export function answerFour(): Program {
  return program(function* ({ a0, a2, a3: ready }) {
    const endpoint = a0 as Endpoint;
    const reply = a2 as Reply;
    let got = yield* seL4_NBSendRecvWithMRs(ready, NOTHING, endpoint, 0, 0, 0, 0, reply);
    for (;;) {
      const w0 = answerWord(got.mr0, 0);
      const w1 = answerWord(got.mr1, 1);
      const w2 = answerWord(got.mr2, 2);
      const w3 = answerWord(got.mr3, 3);
      got = yield* seL4_ReplyRecvWithMRs(endpoint, FOUR_WORDS, w0, w1, w2, w3, reply);
    }
  });
}

/** As `callFour`, each word through `seL4_SetMR` and `seL4_GetMR`. */
export function callFourStaged(tally: Tally): Program {
  return program(function* ({ a0: endpoint }) {
    for (let i = 0; ; i = (i + 1) % REQUESTS) {
      for (let j = 0; j < 4; j++) seL4_SetMR(j, requestWord(i, j));
      yield* seL4_Call(endpoint, FOUR_WORDS);
      count(tally, digest(seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2), seL4_GetMR(3)));
    }
  });
}

/** Says that the server is ready, and waits for the first message, whose words are in the message registers then. */
function* firstRequest(endpoint: number, reply: number, ready: number): Thread {
  yield* seL4_NBSendRecv(ready, NOTHING, endpoint as Endpoint, reply as Reply);
}

/** As `answerFour`, each word through `seL4_SetMR` and `seL4_GetMR`. */
export function answerFourStaged(): Program {
  return program(function* ({ a0, a2, a3: ready }) {
    const endpoint = a0 as Endpoint;
    const reply = a2 as Reply;
    yield* firstRequest(endpoint, reply, ready);
    for (;;) {
      for (let j = 0; j < 4; j++) seL4_SetMR(j, answerWord(seL4_GetMR(j), j));
      yield* seL4_ReplyRecv(endpoint, FOUR_WORDS, reply);
    }
  });
}

/** a0: an endpoint. Calls with 64 words, all of which it sets and reads each time. */
export function callLong(tally: Tally): Program {
  return program(function* ({ a0: endpoint }) {
    for (let i = 0; ; i = (i + 1) % REQUESTS) {
      for (let j = 0; j < LONG; j++) seL4_SetMR(j, requestWord(i, j));
      yield* seL4_Call(endpoint, LONG_MESSAGE);
      let sum = 0;
      for (let j = 0; j < LONG; j++) sum = fold(sum, seL4_GetMR(j));
      count(tally, sum);
    }
  });
}

/** As `answerOne`, with 64 words, all of which it reads and sets each time. */
export function answerLong(): Program {
  return program(function* ({ a0, a2, a3 }) {
    yield* firstRequest(a0, a2, a3);
    for (;;) {
      for (let j = 0; j < LONG; j++) seL4_SetMR(j, answerWord(seL4_GetMR(j), j));
      yield* seL4_ReplyRecv(a0 as Endpoint, LONG_MESSAGE, a2 as Reply);
    }
  });
}

/**
 * a0: an endpoint. Calls with 64 words of which it touches one: the others lie in its buffer, where the kernel takes
 * them from and puts them back. It tells the stubs that it has no buffer, so that they bring nothing out of it.
 */
export function callLongBare(tally: Tally): Program {
  return program(function* ({ a0: endpoint }) {
    for (let j = 0; j < LONG; j++) seL4_SetMR(j, requestWord(0, j));
    yield* seL4_Call(endpoint, LONG_MESSAGE);
    let sum = 0;
    for (let j = 0; j < LONG; j++) sum = fold(sum, seL4_GetMR(j));
    count(tally, sum);
    seL4_SetIPCBuffer(0);
    for (let i = 1; ; i = (i + 1) % REQUESTS) {
      const { mr0 } = yield* seL4_CallWithMRs(endpoint, LONG_MESSAGE, i);
      count(tally, mr0);
    }
  });
}

/** The server of `callLongBare`: the first message is answered in full. */
export function answerLongBare(): Program {
  return program(function* ({ a0, a2, a3: ready }) {
    const endpoint = a0 as Endpoint;
    const reply = a2 as Reply;
    yield* firstRequest(endpoint, reply, ready);
    for (let j = 0; j < LONG; j++) seL4_SetMR(j, answerWord(seL4_GetMR(j), j));
    yield* seL4_ReplyRecv(endpoint, LONG_MESSAGE, reply);
    let word = seL4_GetMR(0);
    seL4_SetIPCBuffer(0);
    for (;;) {
      const got = yield* seL4_ReplyRecvWithMRs(endpoint, LONG_MESSAGE, answerWord(word, 0), 0, 0, 0, reply);
      word = got.mr0;
    }
  });
}
