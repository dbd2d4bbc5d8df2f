import { ThreadState } from "@tessera/kernel";
import { CapTag } from "@tessera/libsel4";
import { plantedBugs } from "../support/planted.js";

plantedBugs("queues", [
  [
    "a thread blocked on nothing",
    /"root.*is in state 6 but waits nowhere/,
    (crowd) => {
      const root = crowd.thread("root");
      root.blockedOn?.queue.remove(root);
      root.blockedOn = null;
    },
  ],
  [
    "a running thread that still waits",
    /is in state 1 but waits somewhere/,
    (crowd) => {
      crowd.thread("root").state = ThreadState.Running;
    },
  ],
  [
    "a queue whose links differ in the two directions",
    /does not name who waits before it/,
    (crowd) => {
      crowd.thread("sender2").waitPrev = null;
    },
  ],
  [
    "a queue out of order of priority",
    /waits behind a less urgent thread/,
    (crowd) => {
      crowd.thread("sender2").priority = 255;
    },
  ],
  [
    "a sender among receivers",
    /waits among threads of another state/,
    (crowd) => {
      crowd.thread("sender2").state = ThreadState.BlockedOnReceive;
    },
  ],
  [
    "a blocked thread that is not in the queue",
    /is not in the queue it is blocked on/,
    (crowd) => {
      const sender = crowd.thread("sender1");
      sender.blockedOn?.queue.remove(sender);
    },
  ],
  [
    "a ready thread whose priority was changed in its queue",
    /is ready in another's queue/,
    (crowd) => {
      crowd.ready.priority = 7;
    },
  ],
  [
    "a stopped thread in a ready queue",
    /is in a ready queue but cannot run/,
    (crowd) => {
      crowd.ready.state = ThreadState.Inactive;
    },
  ],
  [
    "a wrong map of occupied queues",
    /the map of occupied queues is wrong/,
    (crowd) => {
      (crowd.state.readyQueues as unknown as { occupied: Int32Array }).occupied.fill(-1);
    },
  ],
  [
    "a thread marked ready in no queue",
    /is marked ready in no queue, or queued unmarked/,
    (crowd) => {
      crowd.thread("sender1").inReadyQueue = true;
    },
  ],
  [
    "a ready thread that is not marked",
    /is marked ready in no queue, or queued unmarked/,
    (crowd) => {
      crowd.ready.inReadyQueue = false;
    },
  ],
  [
    "a thread without time in the release queue",
    /waits for time it could not use/,
    (crowd) => {
      crowd.thread("late1").state = ThreadState.Inactive;
    },
  ],
  [
    "a release queue out of order of time",
    /waits behind a later thread/,
    (crowd) => {
      const { refills } = crowd.thread("late2").sc!;
      refills.configure(2, 300, 10_000_000, 0);
    },
  ],
  [
    "a thread marked waiting for time that does not",
    /is marked waiting for time, but is not/,
    (crowd) => {
      crowd.thread("sender1").inReleaseQueue = true;
    },
  ],
  [
    "a running thread in a ready queue",
    /runs but is queued or cannot run/,
    (crowd) => {
      crowd.state.readyQueues.append(crowd.thread("last"));
    },
  ],
  [
    "a running thread that is blocked",
    /runs but is queued or cannot run/,
    (crowd) => {
      crowd.state.current = crowd.thread("sender1");
    },
  ],
  [
    "a thread that was forgotten",
    /could run but is in no queue/,
    (crowd) => {
      crowd.state.readyQueues.remove(crowd.ready);
    },
  ],
  [
    "a sender at a notification",
    /is in state 4 but waits for object \d+ of the other kind/,
    (crowd) => {
      crowd.thread("root").state = ThreadState.BlockedOnSend;
    },
  ],
  [
    "a thread in a queue that it does not wait in",
    /is in a queue that it does not wait in/,
    (crowd) => {
      crowd.thread("sender2").blockedOn = crowd.object(CapTag.notification, ({ queue }) => queue.isEmpty);
    },
  ],
  [
    "a queue with another end than its last thread",
    /the queue of object \d+ ends at another thread than its last/,
    (crowd) => {
      const sender = crowd.thread("sender1");
      sender.blockedOn!.queue.tail = sender;
    },
  ],
  [
    "a queue closed to a circle",
    /the queue of object \d+ runs in a circle/,
    (crowd) => {
      crowd.thread("sender2").waitNext = crowd.thread("sender1");
    },
  ],
  [
    "a waiting thread that exists no longer",
    /a thread waits that exists no longer/,
    (crowd) => {
      crowd.state.threads.delete(crowd.thread("sender1"));
    },
  ],
  [
    "a ready queue whose links differ in the two directions",
    /does not name who is ready before it/,
    (crowd) => {
      crowd.ready.schedPrev = crowd.thread("sender1");
    },
  ],
  [
    "a ready queue closed to a circle",
    /a thread is ready that exists no longer, or a queue runs in a circle/,
    (crowd) => {
      crowd.ready.schedNext = crowd.ready;
    },
  ],
  [
    "a ready thread that exists no longer",
    /a thread is ready that exists no longer, or a queue runs in a circle/,
    (crowd) => {
      crowd.state.threads.delete(crowd.ready);
    },
  ],
  [
    "a release queue whose links differ in the two directions",
    /does not name who waits for time before it/,
    (crowd) => {
      crowd.state.releaseQueue.head!.schedPrev = crowd.thread("sender1");
    },
  ],
  [
    "a release queue closed to a circle",
    /or the release queue runs in a circle/,
    (crowd) => {
      const { head } = crowd.state.releaseQueue;
      head!.schedNext!.schedNext = head;
    },
  ],
  [
    "time that passes for another than the running thread's scheduling context",
    /runs on time of scheduling context/,
    (crowd) => {
      crowd.state.currentSc = crowd.thread("sender1").sc!;
    },
  ],
]);
