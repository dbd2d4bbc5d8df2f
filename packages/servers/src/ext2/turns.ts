/** Whose turn it is at a volume: many may read, and who changes something is alone, in the order in which they came. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import type { Self } from "../common/handles.js";

/** Somebody who waits. */
interface Waiting {
  readonly changes: boolean;
  readonly comes: Condition;
}

/** Turns for readers, and for one who changes something. */
export class Turns {
  readonly #self: Self;
  readonly #queue: Waiting[] = [];
  #readers = 0;
  #isChanged = false;

  constructor(self: Self) {
    this.#self = self;
  }

  /** Carry out `work` when its turn has come. Its caller ends with nobody's session: a task. */
  *take<T>(changes: boolean, work: () => Thread<T>): Thread<T> {
    if (this.#queue.length > 0 || !this.#isFree(changes)) {
      const waiting = { changes, comes: this.#self.condition() };
      this.#queue.push(waiting);
      yield* waiting.comes.wait();
    } else this.#begin(changes);
    try {
      return yield* work();
    } finally {
      if (changes) this.#isChanged = false;
      else this.#readers -= 1;
      this.#next();
    }
  }

  #isFree(changes: boolean): boolean {
    return !this.#isChanged && (!changes || this.#readers === 0);
  }

  #begin(changes: boolean): void {
    if (changes) this.#isChanged = true;
    else this.#readers += 1;
  }

  #next(): void {
    for (let first = this.#queue[0]; first !== undefined && this.#isFree(first.changes); first = this.#queue[0]) {
      this.#queue.shift();
      this.#begin(first.changes);
      first.comes.wake();
    }
  }
}
