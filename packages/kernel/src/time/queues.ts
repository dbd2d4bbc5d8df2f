/**
 * Who could run: ready queues by domain and priority, and the release queue of threads that wait for their time.
 *
 * A thread is in at most one of them, by `inReadyQueue` and `inReleaseQueue`, and uses the same two links in both.
 * A bitmap of occupied priorities per domain finds the most urgent thread in a few steps. The running thread is
 * normally in neither.
 */
import { NUM_PRIORITIES } from "../config.js";
import { assert } from "../model/assert.js";
import type { Tcb } from "../threads/tcb.js";

const WORDS_PER_DOMAIN = NUM_PRIORITIES / 32;

export class ReadyQueues {
  private readonly heads: (Tcb | null)[];
  private readonly tails: (Tcb | null)[];
  /** A bit for each priority with a ready thread; and per domain, a bit for each such word that is not zero. */
  private readonly occupied: Int32Array;
  private readonly occupiedWords: Int32Array;

  constructor(domains: number) {
    this.heads = new Array(domains * NUM_PRIORITIES).fill(null);
    this.tails = new Array(domains * NUM_PRIORITIES).fill(null);
    this.occupied = new Int32Array(domains * WORDS_PER_DOMAIN);
    this.occupiedWords = new Int32Array(domains);
  }

  /** To the head of the queue of its domain and priority; nothing when it is queued already. */
  prepend(tcb: Tcb): void {
    if (tcb.inReadyQueue) return;
    assertQueueable(tcb);
    const index = queueIndex(tcb);
    const head = this.heads[index] as Tcb | null;
    tcb.schedPrev = null;
    tcb.schedNext = head;
    if (head === null) {
      this.tails[index] = tcb;
      this.markOccupied(tcb);
    } else {
      head.schedPrev = tcb;
    }
    this.heads[index] = tcb;
    tcb.inReadyQueue = true;
  }

  /** To the tail. */
  append(tcb: Tcb): void {
    if (tcb.inReadyQueue) return;
    assertQueueable(tcb);
    const index = queueIndex(tcb);
    const tail = this.tails[index] as Tcb | null;
    tcb.schedPrev = tail;
    tcb.schedNext = null;
    if (tail === null) {
      this.heads[index] = tcb;
      this.markOccupied(tcb);
    } else {
      tail.schedNext = tcb;
    }
    this.tails[index] = tcb;
    tcb.inReadyQueue = true;
  }

  /** Out of its queue; nothing when it is in none. Must come before its priority or domain changes. */
  remove(tcb: Tcb): void {
    if (!tcb.inReadyQueue) return;
    const index = queueIndex(tcb);
    const { schedPrev, schedNext } = tcb;
    if (schedPrev === null) this.heads[index] = schedNext;
    else schedPrev.schedNext = schedNext;
    if (schedNext === null) this.tails[index] = schedPrev;
    else schedNext.schedPrev = schedPrev;
    if (this.heads[index] === null) this.markEmpty(tcb);
    tcb.schedPrev = null;
    tcb.schedNext = null;
    tcb.inReadyQueue = false;
  }

  /** The highest priority with a ready thread in the domain, or -1. */
  highestPriority(domain: number): number {
    const words = this.occupiedWords[domain] as number;
    if (words === 0) return -1;
    const word = 31 - Math.clz32(words);
    return word * 32 + (31 - Math.clz32(this.occupied[domain * WORDS_PER_DOMAIN + word] as number));
  }

  head(domain: number, priority: number): Tcb | null {
    return this.heads[domain * NUM_PRIORITIES + priority] as Tcb | null;
  }

  private markOccupied({ domain, priority }: Tcb): void {
    const word = domain * WORDS_PER_DOMAIN + (priority >>> 5);
    this.occupied[word] = (this.occupied[word] as number) | (1 << (priority & 31));
    this.occupiedWords[domain] = (this.occupiedWords[domain] as number) | (1 << (priority >>> 5));
  }

  private markEmpty({ domain, priority }: Tcb): void {
    const word = domain * WORDS_PER_DOMAIN + (priority >>> 5);
    const left = (this.occupied[word] as number) & ~(1 << (priority & 31));
    this.occupied[word] = left;
    if (left === 0) this.occupiedWords[domain] = (this.occupiedWords[domain] as number) & ~(1 << (priority >>> 5));
  }
}

function queueIndex(tcb: Tcb): number {
  return tcb.domain * NUM_PRIORITIES + tcb.priority;
}

function assertQueueable(tcb: Tcb): void {
  assert(!tcb.inReleaseQueue, "a ready thread does not wait for its time");
}

/** Threads whose next refill lies in the future, in order of its time; equal times first come, first served. */
export class ReleaseQueue {
  head: Tcb | null = null;

  insert(tcb: Tcb): void {
    assert(!tcb.inReadyQueue && !tcb.inReleaseQueue, "a thread is in one queue at a time");
    const time = releaseTime(tcb);
    let before: Tcb | null = null;
    let after = this.head;
    while (after !== null && releaseTime(after) <= time) {
      before = after;
      after = after.schedNext;
    }
    tcb.schedPrev = before;
    tcb.schedNext = after;
    if (before === null) this.head = tcb;
    else before.schedNext = tcb;
    if (after !== null) after.schedPrev = tcb;
    tcb.inReleaseQueue = true;
  }

  /** Out of the queue; nothing when it is not in it. */
  remove(tcb: Tcb): void {
    if (!tcb.inReleaseQueue) return;
    const { schedPrev, schedNext } = tcb;
    if (schedPrev === null) this.head = schedNext;
    else schedPrev.schedNext = schedNext;
    if (schedNext !== null) schedNext.schedPrev = schedPrev;
    tcb.schedPrev = null;
    tcb.schedNext = null;
    tcb.inReleaseQueue = false;
  }
}

/** When a thread in the release queue may run again. */
export function releaseTime(tcb: Tcb): number {
  assert(tcb.sc !== null, "a thread that waits for its time has a scheduling context");
  return tcb.sc.refills.headTime;
}
