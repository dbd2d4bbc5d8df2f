/** Taking a client's capability away in the middle of its call, by its badge, and nobody else's. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CNode_CancelBadgedSends,
  seL4_CNode_Revoke,
  seL4_GetMR,
  seL4_InvalidCapability,
  seL4_NoError,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
  seL4_Signal,
  seL4_Wait,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour, CHECKED_AT_END, type Helper, type TestThread } from "./test-thread.js";

const CLIENTS = 32;
const FIRST_BADGE = 200;
const FIRST_WORD = 100;

const complement = (word: number) => 2 ** 32 - 1 - word;
const firstOf = (count: number) => Array.from({ length: CLIENTS }, (_, i) => i < count);

/** The badges taken away by the nth round, each between others: neither in the order they were minted, nor against it. */
const nthTaken = (n: number) => (n * 7) % CLIENTS;
const takenAfter = (rounds: number) => {
  const taken = new Set(Array.from({ length: rounds }, (_, n) => nthTaken(n)));
  return Array.from({ length: CLIENTS }, (_, i) => taken.has(i));
};

/** Badged capability i, and the copy of it that client i uses. */
interface Badged {
  readonly minted: number[];
  readonly copies: number[];
}

function* badgedCaps({ kit }: TestThread, ep: number): Thread<Badged> {
  const caps: Badged = { minted: [], copies: [] };
  for (let i = 0; i < CLIENTS; i++) {
    const minted = yield* kit.mint(ep, FIRST_BADGE + i);
    caps.minted.push(minted);
    caps.copies.push(yield* kit.copy(minted));
  }
  return caps;
}

/** Revoke and cancel badge i. */
function* takeAway({ kit }: TestThread, minted: number): Thread<number[]> {
  const revoked = yield* seL4_CNode_Revoke(kit.cnode, minted, kit.depth);
  return [revoked, yield* seL4_CNode_CancelBadgedSends(kit.cnode, minted, kit.depth)];
}

it("CANCEL_BADGED_SENDS_0001: exactly the senders of the badge go on, and find their capability gone", () => {
  const at = { ep: 0, bounce: 0, badged: { minted: [], copies: [] } as Badged };
  const answers: number[][] = [];
  const labels: (number | null)[] = Array.from({ length: CLIENTS }, () => null);
  const { value } = behaviour(
    function* (t) {
      const { kit } = t;
      at.ep = yield* kit.endpoint();
      at.bounce = yield* kit.endpoint();
      at.badged = yield* badgedCaps(t, at.ep);
      for (let i = 0; i < CLIENTS; i++) yield* t.start("client", { priority: 100, argument: i });
      yield* t.start("bouncer", { priority: 0 });
      const requests: { word: number; badge: number; reply: number }[] = [];
      for (let i = 0; i < CLIENTS; i++) {
        const reply = yield* kit.reply();
        const { badge, info } = yield* seL4_Recv(at.ep, reply);
        requests.push({ word: words(info)[0] ?? 0, badge, reply });
      }
      for (const { word, reply } of requests) yield* seL4_Send(reply, message([complement(word)]));
      yield* seL4_Call(at.bounce, EMPTY);
      const goneOn = [labels.map((label) => label !== null)];
      const errors: number[][] = [];
      for (const minted of at.badged.minted) {
        errors.push(yield* takeAway(t, minted));
        yield* seL4_Call(at.bounce, EMPTY);
        goneOn.push(labels.map((label) => label !== null));
      }
      return { requests, goneOn, errors };
    },
    {
      *client(i) {
        const word = FIRST_WORD + i;
        const info = yield* seL4_Call(at.badged.copies[i]!, message([word]));
        answers.push([word, info.length, seL4_GetMR(0)]);
        labels[i] = (yield* seL4_Call(at.badged.copies[i]!, message([word]))).label;
      },
      *bouncer(_, { reply }) {
        yield* seL4_Recv(at.bounce, reply);
        for (;;) yield* seL4_ReplyRecv(at.bounce, EMPTY, reply);
      },
    },
  );
  expect(value.requests.map(({ word, badge }) => badge - word)).toEqual(
    Array.from({ length: CLIENTS }, () => FIRST_BADGE - FIRST_WORD),
  );
  answers.sort(([a = 0], [b = 0]) => a - b);
  expect(answers).toEqual(Array.from({ length: CLIENTS }, (_, i) => [FIRST_WORD + i, 1, complement(FIRST_WORD + i)]));
  expect(value.goneOn).toEqual(Array.from({ length: CLIENTS + 1 }, (_, i) => firstOf(i)));
  expect(value.errors).toEqual(Array.from({ length: CLIENTS }, () => [seL4_NoError, seL4_NoError]));
  expect(labels).toEqual(Array.from({ length: CLIENTS }, () => seL4_InvalidCapability));
});

it("CANCEL_BADGED_SENDS_0002: exactly the copies of the revoked badge are gone, all others still work", () => {
  const at = { ep: 0, badged: { minted: [], copies: [] } as Badged, doors: [] as number[] };
  const failed: boolean[] = [];
  const { value } = behaviour(
    function* (t) {
      const { kit } = t;
      at.ep = yield* kit.endpoint();
      at.badged = yield* badgedCaps(t, at.ep);
      yield* t.start("server");
      const helpers: Helper[] = [];
      for (let i = 0; i < CLIENTS; i++) {
        at.doors.push(yield* kit.endpoint());
        helpers.push(yield* t.start("caller", { argument: i }));
      }
      const rounds: boolean[][] = [];
      const errors: number[][] = [];
      for (let round = 0; round <= CLIENTS; round++) {
        if (round > 0) errors.push(yield* takeAway(t, at.badged.minted[nthTaken(round - 1)]!));
        for (const door of at.doors) yield* seL4_Call(door, EMPTY);
        rounds.push([...failed]);
      }
      return { rounds, errors };
    },
    {
      *server(_, { reply }) {
        yield* seL4_Recv(at.ep, reply);
        for (;;) yield* seL4_ReplyRecv(at.ep, EMPTY, reply);
      },
      *caller(i, { reply }) {
        yield* seL4_Recv(at.doors[i]!, reply);
        for (;;) {
          failed[i] = (yield* seL4_Call(at.badged.copies[i]!, EMPTY)).label === seL4_InvalidCapability;
          yield* seL4_ReplyRecv(at.doors[i]!, EMPTY, reply);
        }
      },
    },
    CHECKED_AT_END,
  );
  expect(value.rounds).toEqual(Array.from({ length: CLIENTS + 1 }, (_, i) => takenAfter(i)));
  expect(value.errors).toEqual(Array.from({ length: CLIENTS }, () => [seL4_NoError, seL4_NoError]));
});

it("CANCEL_BADGED_SENDS_0001: senders of other badges are not disturbed: they keep their places in the queue", () => {
  const at = { ep: 0, badged: { minted: [], copies: [] } as Badged };
  const attempts: number[] = [];
  const { value } = behaviour(
    function* (t) {
      const { kit } = t;
      at.ep = yield* kit.endpoint();
      at.badged = yield* badgedCaps(t, at.ep);
      // Of falling priority, so that they queue in the order of their badges; then all alike.
      const senders: Helper[] = [];
      for (let i = 0; i < 6; i++) senders.push(yield* t.start("sender", { priority: 100 - i, argument: i }));
      yield* t.start("last", { priority: 1 });
      yield* seL4_Wait(t.ready);
      for (const { tcb } of senders) yield* t.setPriority(100, tcb);
      yield* takeAway(t, at.badged.minted[2]!);
      yield* t.wait(senders[2]!);
      const order: number[] = [];
      for (let i = 0; i < 5; i++) order.push((yield* seL4_Wait(at.ep)).badge - FIRST_BADGE);
      return order;
    },
    {
      *sender(i) {
        attempts.push(i);
        yield* seL4_Call(at.badged.copies[i]!, EMPTY);
      },
      *last(_, { ready }) {
        yield* seL4_Signal(ready);
      },
    },
  );
  expect(attempts).toEqual([0, 1, 2, 3, 4, 5]);
  expect(value).toEqual([0, 1, 3, 4, 5]);
});
