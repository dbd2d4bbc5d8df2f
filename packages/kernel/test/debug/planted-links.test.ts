import { ThreadState } from "@tessera/kernel";
import { CapTag } from "@tessera/libsel4";
import { expect } from "vitest";
import { Notification } from "../../src/ipc/notification.js";
import { Reply } from "../../src/ipc/reply.js";
import type { Refills } from "../../src/time/refill.js";
import { SchedContext } from "../../src/time/sched-context.js";
import { plantedBugs } from "../support/planted.js";

const strangeReply = () => new Reply(9999, 0);
const strangeContext = () => new SchedContext(9999, 0, 7);
const strangeNotification = () => new Notification(9999, 0);
/** Period, budget, and then a time and an amount for each place of the ring. */
const ticksOf = (refills: Refills) => (refills as unknown as { ticks: number[] }).ticks;

plantedBugs("links", [
  [
    "a thread on a scheduling context that has another thread",
    /thread .* runs on a scheduling context of another/,
    (crowd) => {
      crowd.thread("sender1").sc = crowd.thread("sender2").sc;
    },
  ],
  [
    "a thread with a reply object that does not name it",
    /waits with a reply object of another/,
    (crowd) => {
      crowd.thread("bound").reply = strangeReply();
    },
  ],
  [
    "a caller without a reply object",
    /waits for no reply/,
    (crowd) => {
      crowd.thread("caller").reply = null;
    },
  ],
  [
    "a thread bound to a notification that is not bound to it",
    /is bound to a notification of another/,
    (crowd) => {
      crowd.thread("caller").boundNotification = crowd.thread("bound").boundNotification;
    },
  ],
  [
    "a reply object whose thread does not know it",
    /reply \d+ belongs to a thread that does not know it/,
    (crowd) => {
      crowd.thread("bound").reply = null;
    },
  ],
  [
    "a reply object of a thread that waits for nothing",
    /belongs to a thread that waits for nothing/,
    (crowd) => {
      crowd.thread("caller").state = ThreadState.Inactive;
    },
  ],
  [
    "a free reply object on a stack",
    /is free but on a stack/,
    (crowd) => {
      crowd.object(CapTag.reply, ({ nextSc }) => nextSc !== null).tcb = null;
    },
  ],
  [
    "a reply object on top of one that does not know it",
    /stands on one that does not know it/,
    (crowd) => {
      crowd.object(CapTag.reply, ({ nextSc }) => nextSc !== null).prev = strangeReply();
    },
  ],
  [
    "a reply object below one that does not know it",
    /stands below one that does not know it/,
    (crowd) => {
      crowd.object(CapTag.reply, ({ nextSc }) => nextSc !== null).nextReply = strangeReply();
    },
  ],
  [
    "a reply object whose scheduling context has another head",
    /is not the head of its stack/,
    (crowd) => {
      crowd.object(CapTag.schedContext, ({ replyHead }) => replyHead !== null).replyHead = null;
    },
  ],
  [
    "a scheduling context whose thread runs on another",
    /scheduling context \d+ belongs to a thread that runs on another/,
    (crowd) => {
      crowd.thread("sender1").sc = null;
    },
  ],
  [
    "a scheduling context bound to a notification that is not bound to it",
    /scheduling context \d+ is bound to a notification of another/,
    (crowd) => {
      crowd.object(CapTag.schedContext, ({ notification }) => notification === null).notification =
        strangeNotification();
    },
  ],
  [
    "a scheduling context at the head of a stack of another",
    /heads a stack of another/,
    (crowd) => {
      crowd.object(CapTag.schedContext, ({ replyHead }) => replyHead === null).replyHead = strangeReply();
    },
  ],
  [
    "a scheduling context yielded to by a thread that has not",
    /is yielded to by a thread that has not/,
    (crowd) => {
      crowd.object(CapTag.schedContext).yieldFrom = crowd.thread("sender1");
    },
  ],
  [
    "refills that overlap",
    /refill 1 begins before refill 0 ends/,
    (crowd) => {
      const { refills } = crowd.thread("late1").sc!;
      refills.configure(4, 1000, 5000, 0);
      refills.commit(300);
      ticksOf(refills)[3] = 100_000;
    },
  ],
  [
    "a notification bound to a thread that is not bound to it",
    /notification \d+ is bound to a thread that is not/,
    (crowd) => {
      crowd.thread("bound").boundNotification = null;
    },
  ],
  [
    "a notification with time of another",
    /notification \d+ has the time of another/,
    (crowd) => {
      crowd.object(CapTag.notification, ({ sc }) => sc === null).sc = strangeContext();
    },
  ],
  [
    "an active notification with waiters",
    /is active while threads wait for it/,
    (crowd) => {
      crowd.object(CapTag.notification, ({ queue }) => !queue.isEmpty).isActive = true;
    },
  ],
  [
    "a thread that has yielded to a scheduling context that does not know",
    /has yielded to a scheduling context that does not know/,
    (crowd) => {
      crowd.thread("sender1").yieldTo = crowd.thread("sender2").sc;
    },
  ],
  [
    "a reply object of a thread that does not wait",
    /has a reply object but waits for nothing/,
    (crowd) => {
      crowd.thread("bound").state = ThreadState.BlockedOnSend;
    },
  ],
  [
    "a receiver's reply object on a stack",
    /reply \d+ of a receiver is on a stack/,
    (crowd) => {
      crowd.thread("bound").reply!.prev = strangeReply();
    },
  ],
  [
    "a reply object that is the head of a stack and below another",
    /is the head of a stack and below another/,
    (crowd) => {
      crowd.object(CapTag.reply, ({ nextSc }) => nextSc !== null).nextReply = strangeReply();
    },
  ],
  [
    "reply objects that stand on each other in a circle",
    /2 replies stand on each other in a circle/,
    (crowd) => {
      const [a, b] = [crowd.thread("bound").reply!, strangeReply()];
      a.prev = b;
      a.nextReply = b;
      b.prev = a;
      b.nextReply = a;
    },
  ],
  [
    "refills that are more than the budget",
    /its refills add up to 1001 of a budget of 1000 ticks/,
    (crowd) => {
      const { refills } = crowd.thread("late1").sc!;
      refills.configure(4, 1001, 5000, crowd.state.now);
      ticksOf(refills)[1] = 1000;
    },
  ],
  [
    "a head refill that is too small to use",
    /its head refill of 199 ticks is too small to use/,
    (crowd) => {
      crowd.thread("late1").sc!.refills.configure(4, 199, 5000, crowd.state.now);
    },
  ],
  [
    "a refill of nothing",
    /refill 0 is of 0 ticks/,
    (crowd) => {
      crowd.thread("late1").sc!.refills.configure(4, 0, 5000, crowd.state.now);
    },
  ],
  [
    "more refills than there is room for",
    /has 2 refills of 1/,
    (crowd) => {
      const { sc } = crowd.thread("sender1");
      expect(sc!.refills.length).toBe(2);
      sc!.refills.max = 1;
    },
  ],
  [
    "a mistake in a scheduling context that only a thread leads to",
    /scheduling context 9999 is bound to a notification of another/,
    (crowd) => {
      const sc = strangeContext();
      crowd.thread("caller").sc = sc;
      sc.tcb = crowd.thread("caller");
      sc.notification = strangeNotification();
    },
  ],
  [
    "a mistake in a notification that only a scheduling context leads to",
    /notification 9999 is bound to a thread that is not/,
    (crowd) => {
      const notification = strangeNotification();
      notification.boundTcb = crowd.thread("sender1");
      crowd.thread("sender1").sc!.notification = notification;
      notification.sc = crowd.thread("sender1").sc;
    },
  ],
]);
