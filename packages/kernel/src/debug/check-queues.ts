/**
 * Queues and thread states agree: who waits is in the queue of what it waits for, who can run is where it is looked for.
 *
 * Each queue is walked once. A thread met in it must name the one before it and say that it is there, so it is met once
 * in all; then it is enough to compare how many were met with how many threads say that they are in such a queue. Only when
 * the two differ it is looked for who it is.
 */
import { NUM_PRIORITIES } from "../config.js";
import type { Endpoint } from "../ipc/endpoint.js";
import { Notification } from "../ipc/notification.js";
import type { KernelState } from "../model/state.js";
import { isRunnable, type Tcb, ThreadState } from "../threads/tcb.js";
import type { Bag } from "./bag.js";
import type { Census } from "./census.js";

export function checkQueues(k: KernelState, census: Census, violations: string[]): void {
  checkWaiting(census, violations);
  checkReady(k, census.threads, violations);
  checkRelease(k, census.threads, violations);
  checkCurrent(k, census.threads, violations);
}

function checkWaiting({ threads, endpoints, notifications }: Census, violations: string[]): void {
  let waiting = 0;
  for (let i = 0; i < threads.count; i++) {
    const tcb = threads.items[i] as Tcb;
    if (tcb.blockedOn !== null) waiting += 1;
    checkBlocked(tcb, violations);
  }
  let queued = 0;
  for (let i = 0; i < endpoints.count; i++) {
    queued += checkWaitQueue(endpoints.items[i] as Endpoint, threads.count, violations);
  }
  for (let i = 0; i < notifications.count; i++) {
    queued += checkWaitQueue(notifications.items[i] as Notification, threads.count, violations);
  }
  if (queued !== waiting) tellMissing(threads, violations);
}

/** What it waits for is of the kind that its state says. */
function checkBlocked(tcb: Tcb, violations: string[]): void {
  const { state, blockedOn } = tcb;
  const waits =
    state === ThreadState.BlockedOnSend ||
    state === ThreadState.BlockedOnReceive ||
    state === ThreadState.BlockedOnNotification;
  if (waits !== (blockedOn !== null)) {
    violations.push(`${nameOf(tcb)} is in state ${state} but waits ${waits ? "nowhere" : "somewhere"}`);
  }
  if (waits && blockedOn !== null) {
    const isNotification = blockedOn instanceof Notification;
    if (isNotification !== (state === ThreadState.BlockedOnNotification))
      violations.push(`${nameOf(tcb)} is in state ${state} but waits for object ${blockedOn.id} of the other kind`);
  }
}

/** Returns how many threads are in the queue. */
function checkWaitQueue(object: Endpoint | Notification, most: number, violations: string[]): number {
  let count = 0;
  let before: Tcb | null = null;
  for (let tcb = object.queue.head; tcb !== null; tcb = tcb.waitNext) {
    if (++count > most) {
      violations.push(`the queue of object ${object.id} runs in a circle`);
      return count;
    }
    if (tcb.blockedOn !== object) violations.push(`${nameOf(tcb)} is in a queue that it does not wait in`);
    if (tcb.waitPrev !== before) violations.push(`${nameOf(tcb)} does not name who waits before it`);
    if (before !== null) {
      if (before.priority < tcb.priority) violations.push(`${nameOf(tcb)} waits behind a less urgent thread`);
      if (before.state !== tcb.state) violations.push(`${nameOf(tcb)} waits among threads of another state`);
    }
    before = tcb;
  }
  if (object.queue.tail !== before)
    violations.push(`the queue of object ${object.id} ends at another thread than its last`);
  return count;
}

function tellMissing(threads: Bag<Tcb>, violations: string[]): void {
  const before = violations.length;
  for (const tcb of threads.toArray()) {
    if (tcb.blockedOn === null) continue;
    let steps = 0;
    let at = tcb.blockedOn.queue.head;
    while (at !== null && at !== tcb && steps++ < threads.count) at = at.waitNext;
    if (at !== tcb) violations.push(`${nameOf(tcb)} is not in the queue it is blocked on`);
  }
  if (violations.length === before) violations.push("a thread waits that exists no longer");
}

function checkReady(k: KernelState, threads: Bag<Tcb>, violations: string[]): void {
  let queued = 0;
  for (let domain = 0; domain < k.domains.count; domain++) {
    let highest = -1;
    for (let priority = 0; priority < NUM_PRIORITIES; priority++) {
      const head = k.readyQueues.head(domain, priority);
      if (head === null) continue;
      highest = priority;
      let before: Tcb | null = null;
      for (let tcb: Tcb | null = head; tcb !== null; tcb = tcb.schedNext) {
        if (++queued > threads.count) break;
        if (tcb.priority !== priority || tcb.domain !== domain)
          violations.push(`${nameOf(tcb)} is ready in another's queue`);
        if (!isRunnable(tcb) || tcb.sc === null) violations.push(`${nameOf(tcb)} is in a ready queue but cannot run`);
        if (tcb.schedPrev !== before) violations.push(`${nameOf(tcb)} does not name who is ready before it`);
        if (!tcb.inReadyQueue) violations.push(`${nameOf(tcb)} is marked ready in no queue, or queued unmarked`);
        before = tcb;
      }
    }
    if (highest !== k.readyQueues.highestPriority(domain))
      violations.push(`domain ${domain}: the map of occupied queues is wrong`);
  }
  let marked = 0;
  for (let i = 0; i < threads.count; i++) if ((threads.items[i] as Tcb).inReadyQueue) marked += 1;
  if (marked !== queued) tellUnqueued(k, threads, violations);
}

function tellUnqueued(k: KernelState, threads: Bag<Tcb>, violations: string[]): void {
  const before = violations.length;
  for (const tcb of threads.toArray()) {
    if (!tcb.inReadyQueue) continue;
    let steps = 0;
    let at = k.readyQueues.head(tcb.domain, tcb.priority);
    while (at !== null && at !== tcb && steps++ < threads.count) at = at.schedNext;
    if (at !== tcb) violations.push(`${nameOf(tcb)} is marked ready in no queue, or queued unmarked`);
  }
  if (violations.length === before)
    violations.push("a thread is ready that exists no longer, or a queue runs in a circle");
}

function checkRelease(k: KernelState, threads: Bag<Tcb>, violations: string[]): void {
  let queued = 0;
  let before: Tcb | null = null;
  let time = -1;
  for (let tcb = k.releaseQueue.head; tcb !== null; tcb = tcb.schedNext) {
    if (++queued > threads.count) break;
    if (tcb.sc === null || !isRunnable(tcb)) violations.push(`${nameOf(tcb)} waits for time it could not use`);
    const release = tcb.sc === null ? -1 : tcb.sc.refills.headTime;
    if (release < time) violations.push(`${nameOf(tcb)} waits behind a later thread`);
    if (tcb.schedPrev !== before) violations.push(`${nameOf(tcb)} does not name who waits for time before it`);
    if (!tcb.inReleaseQueue) violations.push(`${nameOf(tcb)} is marked waiting for time, but is not`);
    before = tcb;
    time = release;
  }
  let marked = 0;
  for (let i = 0; i < threads.count; i++) if ((threads.items[i] as Tcb).inReleaseQueue) marked += 1;
  if (marked !== queued) tellUnreleased(k, threads, violations);
}

function tellUnreleased(k: KernelState, threads: Bag<Tcb>, violations: string[]): void {
  const before = violations.length;
  for (const tcb of threads.toArray()) {
    if (!tcb.inReleaseQueue) continue;
    let steps = 0;
    let at = k.releaseQueue.head;
    while (at !== null && at !== tcb && steps++ < threads.count) at = at.schedNext;
    if (at !== tcb) violations.push(`${nameOf(tcb)} is marked waiting for time, but is not`);
  }
  if (violations.length === before)
    violations.push("a thread waits for time that exists no longer, or the release queue runs in a circle");
}

/** The running thread can run and is nowhere else, its time is what passes; nobody who could run is forgotten. */
function checkCurrent(k: KernelState, threads: Bag<Tcb>, violations: string[]): void {
  const { current } = k;
  if (current !== null && (!isRunnable(current) || current.inReadyQueue || current.inReleaseQueue)) {
    violations.push(`${nameOf(current)} runs but is queued or cannot run`);
  }
  if (k.currentSc !== (current === null ? k.idleSc : current.sc)) {
    violations.push(
      `${current === null ? "nobody" : nameOf(current)} runs on time of scheduling context ${k.currentSc.id}`,
    );
  }
  for (let i = 0; i < threads.count; i++) {
    const tcb = threads.items[i] as Tcb;
    if (tcb === current || tcb.inReadyQueue || tcb.inReleaseQueue) continue;
    if (isRunnable(tcb) && tcb.sc?.refills.isConfigured === true)
      violations.push(`${nameOf(tcb)} could run but is in no queue`);
  }
}

function nameOf(tcb: Tcb): string {
  return `thread "${tcb.name}" (${tcb.id})`;
}
