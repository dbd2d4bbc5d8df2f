/**
 * Where the threads of a run get their ops from: a list, or a generator that decides when it is asked.
 *
 * A thread asks before each op and tells what came of it. What a source answers may depend on nothing but what it was
 * asked and told before: so a run from the lists of what was handed out is the same run again.
 */
import type { ObservedResult, Op } from "@tessera/conformance/recording";

export interface OpSource {
  /** The next op of a thread; null when it has none left. */
  next(thread: number): Op | null;
  /** The op last handed to the thread has returned. */
  completed(thread: number, op: Op, result: ObservedResult): void;
  /** Nobody will be handed anything more. A list never says so: how often its threads are roused is a part of a program. */
  readonly isDry: boolean;
  /** The threads begin anew, and find everything again that they live of. */
  roused(): void;
}

/** The ops of a program, thread by thread. A thread that is started anew goes on where it was. */
export class ListSource implements OpSource {
  readonly isDry = false;
  readonly #ops: readonly (readonly Op[])[];
  readonly #done: number[];

  constructor(ops: readonly (readonly Op[])[]) {
    this.#ops = ops;
    this.#done = ops.map(() => 0);
  }

  next(thread: number): Op | null {
    const index = this.#done[thread] ?? 0;
    this.#done[thread] = index + 1;
    return this.#ops[thread]?.[index] ?? null;
  }

  completed(): void {}
  roused(): void {}
}
