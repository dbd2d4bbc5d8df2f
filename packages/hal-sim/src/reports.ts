/**
 * What the machine has to say to people: explanations of failures, a sentence or a paragraph each. Reports name files of
 * the host, so they are no part of the run: the trace and its hash know nothing of them. Emitted at the ends of slices.
 */
import { type Observable, Subject } from "rxjs";

export class Reports {
  readonly #subject = new Subject<string>();
  #pending: string[] = [];

  readonly stream: Observable<string> = this.#subject.asObservable();

  put(text: string): void {
    this.#pending.push(text);
  }

  /** For the machine, between slices. */
  emit(): void {
    if (this.#pending.length === 0) return;
    const reports = this.#pending;
    this.#pending = [];
    for (const report of reports) this.#subject.next(report);
  }
}
