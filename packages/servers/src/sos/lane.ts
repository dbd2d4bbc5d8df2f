/**
 * Lanes: the server's callers, shared out by whom they call. Calls in one lane take their turns; however many of them wait
 * for a file system that is slow, or a keyboard that nobody touches, those of other lanes go on.
 *
 *     a call ──a place is free──▸ under way ──▸ answered: the next one's turn
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import type { AnyClient } from "../common/client.js";
import type { Self } from "../common/handles.js";

/** What of a client makes no call by a caller. */
const PLAIN = ["close", "forget", "lend"];

type AnyMethod = (...args: unknown[]) => Thread<unknown>;

/** As many calls at a time as it is wide. */
export class Lane {
  readonly #self: Self;
  readonly #freed: Condition;
  #free: number;

  constructor(self: Self, width: number) {
    this.#self = self;
    this.#freed = self.condition();
    this.#free = width;
  }

  /** `client`, whose methods make the handler wait that calls them, first for its turn and then for the answer. */
  client<C extends AnyClient>(client: C): C {
    const parking = this.#self.parking(client);
    const methods = Object.entries(parking).flatMap(([name, method]) => {
      if (typeof method !== "function" || PLAIN.includes(name)) return [];
      return [[name, (...args: unknown[]) => this.inTurn(() => (method as AnyMethod)(...args))] as const];
    });
    return { ...parking, ...Object.fromEntries(methods) };
  }

  /** Have `work` carried out in its turn. It makes no call by this lane. */
  *inTurn<T>(work: () => Thread<T>): Thread<T> {
    while (this.#free === 0) yield* this.#freed.wait();
    this.#free -= 1;
    try {
      return yield* work();
    } finally {
      this.#free += 1;
      this.#freed.wakeOne();
    }
  }
}
