/** Queues and thread states agree: who waits is in the queue of what it waits for, who can run is where it is looked for. */
import { NUM_PRIORITIES } from "../config.js";
import type { KernelState } from "../model/state.js";
import { isRunnable, type Tcb, ThreadState } from "../threads/tcb.js";

export function checkQueues(k: KernelState): string[] {
  const violations: string[] = [];
  for (const tcb of k.threads) checkWaiting(tcb, violations);
  checkReady(k, violations);
  checkRelease(k, violations);
  checkCurrent(k, violations);
  return violations;
}

function checkWaiting(tcb: Tcb, violations: string[]): void {
  const waits =
    tcb.state === ThreadState.BlockedOnSend ||
    tcb.state === ThreadState.BlockedOnReceive ||
    tcb.state === ThreadState.BlockedOnNotification;
  if (waits !== (tcb.blockedOn !== null)) {
    violations.push(`${nameOf(tcb)} is in state ${tcb.state} but waits ${waits ? "nowhere" : "somewhere"}`);
  }
  const queue = tcb.blockedOn?.queue;
  if (queue === undefined) return;
  let isQueued = false;
  let before: Tcb | null = null;
  for (const other of queue.threads()) {
    isQueued ||= other === tcb;
    if (other.waitPrev !== before) violations.push(`${nameOf(other)} does not name who waits before it`);
    if (before !== null && before.priority < other.priority)
      violations.push(`${nameOf(other)} waits behind a less urgent thread`);
    if (before !== null && before.state !== other.state)
      violations.push(`${nameOf(other)} waits among threads of another state`);
    before = other;
  }
  if (!isQueued) violations.push(`${nameOf(tcb)} is not in the queue it is blocked on`);
}

function checkReady(k: KernelState, violations: string[]): void {
  const queued = new Set<Tcb>();
  for (let domain = 0; domain < k.domains.count; domain++) {
    let highest = -1;
    for (let priority = 0; priority < NUM_PRIORITIES; priority++) {
      for (let tcb = k.readyQueues.head(domain, priority); tcb !== null; tcb = tcb.schedNext) {
        highest = priority;
        queued.add(tcb);
        if (tcb.priority !== priority || tcb.domain !== domain)
          violations.push(`${nameOf(tcb)} is ready in another's queue`);
        if (!isRunnable(tcb) || tcb.sc === null) violations.push(`${nameOf(tcb)} is in a ready queue but cannot run`);
      }
    }
    if (highest !== k.readyQueues.highestPriority(domain))
      violations.push(`domain ${domain}: the map of occupied queues is wrong`);
  }
  for (const tcb of k.threads) {
    if (tcb.inReadyQueue !== queued.has(tcb))
      violations.push(`${nameOf(tcb)} is marked ready in no queue, or queued unmarked`);
  }
}

function checkRelease(k: KernelState, violations: string[]): void {
  const queued = new Set<Tcb>();
  let before = -1;
  for (let tcb = k.releaseQueue.head; tcb !== null; tcb = tcb.schedNext) {
    queued.add(tcb);
    const time = tcb.sc?.refills.headTime ?? -1;
    if (tcb.sc === null || !isRunnable(tcb)) violations.push(`${nameOf(tcb)} waits for time it could not use`);
    if (time < before) violations.push(`${nameOf(tcb)} waits behind a later thread`);
    before = time;
  }
  for (const tcb of k.threads) {
    if (tcb.inReleaseQueue !== queued.has(tcb))
      violations.push(`${nameOf(tcb)} is marked waiting for time, but is not`);
  }
}

/** The running thread can run and is nowhere else; nobody who could run is forgotten. */
function checkCurrent(k: KernelState, violations: string[]): void {
  const { current } = k;
  if (current !== null && (!isRunnable(current) || current.inReadyQueue || current.inReleaseQueue)) {
    violations.push(`${nameOf(current)} runs but is queued or cannot run`);
  }
  for (const tcb of k.threads) {
    const canRun = isRunnable(tcb) && tcb.sc?.refills.isConfigured === true;
    if (canRun && tcb !== current && !tcb.inReadyQueue && !tcb.inReleaseQueue) {
      violations.push(`${nameOf(tcb)} could run but is in no queue`);
    }
  }
}

function nameOf(tcb: Tcb): string {
  return `thread "${tcb.name}" (${tcb.id})`;
}
