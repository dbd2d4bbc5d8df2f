/**
 * What the programs of one replay note down, outside the machine: the log in order of completion, how far each
 * thread came, and at last what the observer found. A journal is open until the observer closes it; what threads
 * do later (a refill may wake one) is no part of the scenario.
 */
import { type ObservedResult, type Output, THREADS } from "../recording/scenario.js";

export class Journal {
  readonly log: { thread: number; op: number; result: ObservedResult }[] = [];
  readonly started: number[] = new Array<number>(THREADS).fill(0);
  readonly done: number[] = new Array<number>(THREADS).fill(0);
  readonly final: Record<string, string> = {};
  closed = false;
  /** Why the observer could not do its work. */
  failure: string | undefined;

  start(thread: number): void {
    if (!this.closed) this.started[thread] = (this.started[thread] ?? 0) + 1;
  }

  complete(thread: number, op: number, result: ObservedResult): void {
    if (this.closed) return;
    this.log.push({ thread, op, result });
    this.done[thread] = (this.done[thread] ?? 0) + 1;
  }

  output(): Output {
    return {
      log: this.log.map(({ thread, op, result }) => ({ thread, op, result: { ...result } })),
      started: this.started,
      done: this.done,
      final: this.final,
    };
  }
}
