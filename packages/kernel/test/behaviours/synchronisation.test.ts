/** Locks and condition variables out of notifications and an endpoint: what a library of them is made of. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_NBSend, seL4_Signal, seL4_Wait, seL4_Yield } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { EMPTY } from "../support/message.js";
import { behaviour, type Helper, type Role, type TestThread } from "./test-thread.js";

/** A lock that is a notification: its one signal belongs to who holds it. */
class Lock {
  #ntfn = 0;

  *make(t: TestThread): Thread {
    this.#ntfn = yield* t.kit.mint(yield* t.kit.notification(), 1);
    yield* this.release();
  }
  *acquire(): Thread {
    yield* seL4_Wait(this.#ntfn);
  }
  *release(): Thread {
    yield* seL4_Signal(this.#ntfn);
  }
}

/** A counting semaphore of 1 whose waiters wait at an endpoint. */
class Semaphore {
  #ep = 0;
  #value = 1;

  *make(t: TestThread): Thread {
    this.#ep = yield* t.kit.endpoint();
  }
  *acquire(): Thread {
    if (--this.#value < 0) yield* seL4_Wait(this.#ep);
  }
  *release(): Thread {
    // Whoever took the value below zero waits already: nothing traps between the two.
    if (++this.#value <= 0) yield* seL4_NBSend(this.#ep, EMPTY);
  }
}

/** A condition variable: waiters are counted, each is woken by one signal. */
class Condition {
  readonly #lock: Lock;
  #ntfn = 0;
  #waiters = 0;

  constructor(lock: Lock) {
    this.#lock = lock;
  }
  *make(t: TestThread): Thread {
    this.#ntfn = yield* t.kit.mint(yield* t.kit.notification(), 1);
  }
  *wait(): Thread {
    this.#waiters++;
    yield* this.#lock.release();
    yield* seL4_Wait(this.#ntfn);
    yield* this.#lock.acquire();
  }
  *signal(): Thread {
    if (this.#waiters === 0) return;
    this.#waiters--;
    yield* seL4_Signal(this.#ntfn);
  }
  *broadcast(): Thread {
    while (this.#waiters > 0) {
      yield* this.signal();
      // A second signal before the first is taken would be one with it.
      yield* seL4_Yield();
    }
  }
}

/** Start `names` and wait for all of them. */
function* all(t: TestThread, names: readonly string[]): Thread {
  const helpers: Helper[] = [];
  for (const name of names) helpers.push(yield* t.start(name));
  for (const helper of helpers) yield* t.wait(helper);
}

describe("A lock", () => {
  /** Two threads add 1 to a shared value, with a Yield between reading and writing. */
  function added(lock: { make(t: TestThread): Thread; acquire(): Thread; release(): Thread }): number {
    let shared = 0;
    behaviour(
      function* (t) {
        yield* lock.make(t);
        yield* all(t, ["adder", "adder"]);
      },
      {
        *adder() {
          yield* lock.acquire();
          const value = shared;
          yield* seL4_Yield();
          shared = value + 1;
          yield* lock.release();
        },
      },
    );
    return shared;
  }

  it("SYNC001: that is a notification keeps a second thread out over a Yield", () => {
    expect(added(new Lock())).toBe(2);
  });

  it("SYNC002: that is a semaphore with waiters at an endpoint does so too", () => {
    expect(added(new Semaphore())).toBe(2);
  });

  it("SYNC002: is what does it: without one an addition is lost", () => {
    const none = function* (): Thread {};
    expect(added({ make: none, acquire: none, release: none })).toBe(1);
  });
});

describe("A condition variable", () => {
  it("SYNC003: lets two producers and two consumers wait for each other", () => {
    const lock = new Lock();
    const [produced, consumed] = [new Condition(lock), new Condition(lock)];
    const seen: number[] = [];
    let shared = 1;
    const step = (until: () => boolean, change: number, mine: Condition, theirs: Condition): Role =>
      function* () {
        yield* lock.acquire();
        while (!until()) yield* mine.wait();
        yield* seL4_Yield();
        shared += change;
        seen.push(shared);
        yield* theirs.signal();
        yield* lock.release();
      };
    behaviour(
      function* (t) {
        for (const part of [lock, produced, consumed]) yield* part.make(t);
        yield* all(t, ["consumer", "consumer", "producer", "producer"]);
      },
      {
        consumer: step(() => shared > 0, -1, produced, consumed),
        producer: step(() => shared < 2, 1, consumed, produced),
      },
    );
    expect(shared).toBe(1);
    expect(seen).toHaveLength(4);
    expect(seen.every((value) => value >= 0 && value <= 2)).toBe(true);
  });

  it("SYNC004: wakes everybody who waits when it is broadcast", () => {
    const lock = new Lock();
    const condition = new Condition(lock);
    let shared = 0;
    let woken = 0;
    behaviour(
      function* (t) {
        for (const part of [lock, condition]) yield* part.make(t);
        yield* all(t, ["broadcaster", "consumer", "consumer", "consumer"]);
      },
      {
        *consumer() {
          yield* lock.acquire();
          while (shared === 0) yield* condition.wait();
          shared--;
          woken++;
          yield* lock.release();
        },
        *broadcaster() {
          yield* lock.acquire();
          shared += 3;
          yield* lock.release();
          yield* condition.broadcast();
        },
      },
    );
    expect([shared, woken]).toEqual([0, 3]);
  });
});
