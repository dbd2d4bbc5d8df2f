/**
 * What a run handed out and what came back, noted outside of the machine. An op without a result had begun and did not
 * return: its thread waits, faulted, was stopped or deleted.
 */
import type { ObservedResult, Op } from "@tessera/conformance/recording";
import type { OpSource } from "./source.js";

export interface Step {
  readonly thread: number;
  readonly op: Op;
  result: ObservedResult | null;
}

export class Journal {
  readonly steps: Step[] = [];
  readonly #source: OpSource;
  readonly #threads: number;
  readonly #current: (Step | null)[];
  /** What the host's code threw inside of a program; it is no program's own. */
  hostError: string | null = null;
  /** Why the root task could not build, or not tear down. */
  rootError: string | null = null;
  /** Threads get no more ops. */
  closed = false;
  /** Everything has been revoked. */
  isTornDown = false;
  /** How often the root task has roused the threads. */
  rouses = 0;
  /** Told of every op that is handed out: how many there were before. */
  onOp: (before: number) => void = () => {};

  constructor(source: OpSource, threads: number) {
    this.#source = source;
    this.#threads = threads;
    this.#current = Array.from({ length: threads }, () => null);
  }

  next(thread: number): Op | null {
    const op = this.closed ? null : this.#source.next(thread);
    const step = op === null ? null : { thread, op, result: null };
    this.#current[thread] = step;
    if (step !== null) {
      this.onOp(this.steps.length);
      this.steps.push(step);
    }
    return op;
  }

  complete(thread: number, result: ObservedResult): void {
    const step = this.#current[thread] ?? null;
    if (step === null || this.closed) return;
    step.result = result;
    this.#source.completed(thread, step.op, result);
  }

  /** Whether the threads are to be roused when none of them moves, of at most so many times. */
  wantsRouse(most: number): boolean {
    return this.rouses < most && !this.#source.isDry;
  }

  /** The root task rouses the threads now. */
  rouse(): void {
    this.rouses++;
    this.#source.roused();
  }

  /** What was handed out, by thread: the lists of a program that does the same. */
  ops(): Op[][] {
    return Array.from({ length: this.#threads }, (_, thread) =>
      this.steps.filter((step) => step.thread === thread).map(({ op }) => op),
    );
  }
}
