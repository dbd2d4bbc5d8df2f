/**
 * The queue of an endpoint or a notification: threads blocked on it, most urgent first, equals in order of arrival.
 */
import type { Tcb } from "../threads/tcb.js";

export class WaitQueue {
  head: Tcb | null = null;
  tail: Tcb | null = null;

  get isEmpty(): boolean {
    return this.head === null;
  }

  /** Behind every thread that is at least as urgent. */
  insert(tcb: Tcb): void {
    let before = this.tail;
    while (before !== null && before.priority < tcb.priority) before = before.waitPrev;
    const after = before === null ? this.head : before.waitNext;
    tcb.waitPrev = before;
    tcb.waitNext = after;
    if (before === null) this.head = tcb;
    else before.waitNext = tcb;
    if (after === null) this.tail = tcb;
    else after.waitPrev = tcb;
  }

  remove(tcb: Tcb): void {
    const { waitPrev, waitNext } = tcb;
    if (waitPrev === null) this.head = waitNext;
    else waitPrev.waitNext = waitNext;
    if (waitNext === null) this.tail = waitPrev;
    else waitNext.waitPrev = waitPrev;
    tcb.waitPrev = null;
    tcb.waitNext = null;
  }

  *threads(): Generator<Tcb, void, undefined> {
    for (let tcb = this.head; tcb !== null; tcb = tcb.waitNext) yield tcb;
  }
}
