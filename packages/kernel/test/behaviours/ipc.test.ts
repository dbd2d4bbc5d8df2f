/** Messages of every length between two threads of every relation of priorities, in one space and in two. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CNode_Delete,
  seL4_MsgMaxLength,
  seL4_NBRecv,
  seL4_NBSend,
  seL4_NBSendRecv,
  seL4_NoError,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_Send,
  seL4_TCB_Resume,
  seL4_TCB_Suspend,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { speakers, talk } from "./conversation.js";
import { behaviour, CHECKED_AT_END, type TestThread } from "./test-thread.js";

const RECEIVER_PRIORITY = 100;
const SENDER_PRIORITIES = [98, 99, 100, 101, 102];
const ROUNDS = 2;
/** No slice of it ends while two threads talk. */
const LONG_US = 5_000_000;

/**
 * The pair scheme: `sender` and `receiver` converse for each relation of priorities, started in both orders. What each
 * of them returned, of all conversations.
 */
function conversations(sender: string, receiver: string, options: { readonly inTwoSpaces: boolean }): number[] {
  const at = talk();
  return behaviour(
    function* (t) {
      at.ep = yield* t.kit.endpoint();
      const place = options.inTwoSpaces ? { process: [at.ep] } : {};
      const b = yield* t.make(receiver, { priority: RECEIVER_PRIORITY, budget: LONG_US, ...place });
      const a = yield* t.make(sender, { budget: LONG_US, ...place });
      const results: number[] = [];
      for (const priority of SENDER_PRIORITIES) {
        yield* t.setPriority(priority, a.tcb);
        at.isHeard = sender !== "nbSend" || priority < RECEIVER_PRIORITY;
        for (const order of [
          [b, a],
          [a, b],
        ]) {
          for (let round = 0; round < ROUNDS; round++) {
            at.start += 0x1_0000;
            for (const helper of order) yield* t.restart(helper);
            results.push(yield* t.wait(a), yield* t.wait(b));
          }
        }
      }
      return results;
    },
    speakers(at),
    CHECKED_AT_END,
  ).value;
}

const ALL_RIGHT = Array.from({ length: 2 * SENDER_PRIORITIES.length * 2 * ROUNDS }, () => 1);

describe.each([
  ["in one address space", { inTwoSpaces: false }, ["IPC0001", "IPC0002", "IPC0003", "IPC0004"]],
  ["in two address spaces", { inTwoSpaces: true }, ["IPC1001", "IPC1002", "IPC1003", "IPC1004"]],
])("Two threads %s", (_where, options, ids) => {
  const [send, callAndReplyRecv, callAndReply, nbSend] = ids;

  it(`${send}: get every word of what is sent`, () => {
    expect(conversations("send", "receive", options)).toEqual(ALL_RIGHT);
  });

  it(`${callAndReplyRecv}: get every word of calls and of answers by ReplyRecv`, () => {
    expect(conversations("call", "serve", options)).toEqual(ALL_RIGHT);
  });

  it(`${callAndReply}: get every word of calls and of answers by Send`, () => {
    expect(conversations("call", "serveApart", options)).toEqual(ALL_RIGHT);
  });

  it(`${nbSend}: lose nothing of what is sent without blocking to a more urgent one; to nobody it goes on`, () => {
    expect(conversations("nbSend", "receive", options)).toEqual(ALL_RIGHT);
  });
});

describe("NBSendRecv of two threads to one endpoint", () => {
  const TIMES = 121;

  /** Word i of a message is told by the message's number, the first of which is dropped as nobody waits. */
  function pingPong(process: boolean): number[][] {
    const at = { ep: 0 };
    const heard: number[][] = [[], []];
    const sent = (n: number) => Array.from({ length: seL4_MsgMaxLength }, (_, i) => n * 1000 + i);
    behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        const place = process ? { process: [at.ep] } : {};
        const second = yield* t.start("player", { argument: 1, ...place });
        const first = yield* t.start("player", { argument: 0, ...place });
        yield* t.wait(first);
        yield* t.wait(second);
      },
      {
        *player(i, { reply }) {
          for (let n = 1; n <= TIMES; n++) {
            const { info } = yield* seL4_NBSendRecv(at.ep, message(sent(n)), at.ep, reply);
            const number = words(info)[0]! / 1000;
            expect(words(info)).toEqual(sent(number));
            heard[i]!.push(number);
          }
          yield* seL4_NBSend(at.ep, message(sent(TIMES + 1)));
        },
      },
    );
    return heard;
  }
  const from = (first: number) => Array.from({ length: TIMES }, (_, i) => first + i);

  it("IPC0025: passes a message to and fro, and none of 120 words is lost", () => {
    expect(pingPong(false)).toEqual([from(1), from(2)]);
  });

  it("IPC0026: passes a message to and fro between two address spaces", () => {
    expect(pingPong(true)).toEqual([from(1), from(2)]);
  });
});

describe("A caller in mid-call", () => {
  it("IPC0010: is suspended, resumed, suspended and deleted, and the one that serves it does not notice", () => {
    const at = { ep: 0, answered: 0 };
    const { value } = behaviour(
      function* (t: TestThread): Thread<unknown> {
        const { kit } = t;
        at.ep = yield* kit.endpoint();
        const again = yield* kit.reply();
        const caller = yield* t.start("caller", { priority: 100 });
        const calls = [words((yield* seL4_Recv(at.ep, t.reply)).info)];
        must(yield* seL4_TCB_Suspend(caller.tcb));
        // Its answer would have come here; now it goes nowhere.
        yield* seL4_Send(t.reply, EMPTY);
        must(yield* seL4_TCB_Resume(caller.tcb));
        calls.push(words((yield* seL4_Recv(at.ep, again)).info));
        must(yield* seL4_TCB_Suspend(caller.tcb));
        must(yield* seL4_CNode_Delete(kit.cnode, caller.tcb, kit.depth));
        yield* seL4_Send(again, EMPTY);
        const { info } = yield* seL4_NBRecv(at.ep, t.reply);
        const bound = yield* seL4_SchedContext_Bind(caller.sc, yield* kit.make(seL4_TCBObject));
        return { calls, later: info.length, bound, answered: at.answered };
      },
      {
        *caller() {
          yield* seL4_Call(at.ep, message([5]));
          at.answered++;
        },
      },
    );
    // The resumed call is made again; its context is free once the thread is gone.
    expect(value).toEqual({ calls: [[5], [5]], later: 0, bound: seL4_NoError, answered: 0 });
  });
});
