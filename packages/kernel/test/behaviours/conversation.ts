/**
 * Conversations of two threads over one endpoint: messages of every length from none to 120 words, whose words are a
 * running counter. Each role returns 1 when all that it received was as it had to be.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  type seL4_MessageInfo_t,
  seL4_MsgMaxLength,
  seL4_NBSend,
  seL4_NBSendRecv,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
} from "@tessera/libsel4";
import { EMPTY, message, words } from "../support/message.js";
import type { Roles } from "./test-thread.js";

/** What both sides know. */
export interface Talk {
  ep: number;
  /** The counter at the beginning. */
  start: number;
  /** Whether anybody receives what NBSend sends. */
  isHeard: boolean;
}

export const talk = (): Talk => ({ ep: 0, start: 0, isHeard: true });

/** The running counter of a side. */
class Counter {
  #next: number;
  isRight = true;

  constructor(start: number) {
    this.#next = start;
  }

  say(length: number): seL4_MessageInfo_t {
    return message(this.#take(length));
  }

  hear(info: seL4_MessageInfo_t, length: number): void {
    const expected = this.#take(length);
    this.isRight &&= info.length === length && words(info).every((word, i) => word === expected[i]);
  }

  #take(length: number): number[] {
    return Array.from({ length }, () => this.#next++);
  }
}

function* lengths(side: (counter: Counter, length: number) => Thread, start: number): Thread<number> {
  const counter = new Counter(start);
  for (let length = 0; length <= seL4_MsgMaxLength; length++) yield* side(counter, length);
  return Number(counter.isRight);
}

/** The roles of a conversation. */
export function speakers(at: Talk): Roles {
  return {
    *send() {
      return yield* lengths(function* (counter, length) {
        yield* seL4_Send(at.ep, counter.say(length));
      }, at.start);
    },
    *nbSend() {
      return yield* lengths(function* (counter, length) {
        yield* seL4_NBSend(at.ep, counter.say(length));
      }, at.start);
    },
    *receive(_, { reply }) {
      if (!at.isHeard) return 1;
      return yield* lengths(function* (counter, length) {
        counter.hear((yield* seL4_Recv(at.ep, reply)).info, length);
      }, at.start);
    },
    *call() {
      return yield* lengths(function* (counter, length) {
        counter.hear(yield* seL4_Call(at.ep, counter.say(length)), length);
      }, at.start);
    },
    *serve(_, { reply }) {
      let answer = EMPTY;
      const result = yield* lengths(function* (counter, length) {
        const isFirst = length === 0;
        const { info } = isFirst
          ? yield* seL4_NBSendRecv(at.ep, EMPTY, at.ep, reply)
          : yield* seL4_ReplyRecv(at.ep, answer, reply);
        counter.hear(info, length);
        answer = counter.say(length);
      }, at.start);
      yield* seL4_Send(reply, answer);
      return result;
    },
    *serveApart(_, { reply }) {
      return yield* lengths(function* (counter, length) {
        counter.hear((yield* seL4_Recv(at.ep, reply)).info, length);
        yield* seL4_Send(reply, counter.say(length));
      }, at.start);
    },
  };
}
