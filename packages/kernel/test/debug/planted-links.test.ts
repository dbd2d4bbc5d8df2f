import { ThreadState } from "@tessera/kernel";
import { CapTag } from "@tessera/libsel4";
import { Notification } from "../../src/ipc/notification.js";
import { Reply } from "../../src/ipc/reply.js";
import { SchedContext } from "../../src/time/sched-context.js";
import { plantedBugs } from "../support/planted.js";

const strangeReply = () => new Reply(9999, 0);
const strangeContext = () => new SchedContext(9999, 0, 7);
const strangeNotification = () => new Notification(9999, 0);

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
      (refills as unknown as { amounts: Float64Array }).amounts.fill(100_000);
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
]);
