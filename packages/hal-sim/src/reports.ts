/**
 * What the machine has to say to people: explanations of failures, a sentence or a paragraph each. Reports name files of
 * the host, so they are no part of the run: the trace and its hash know nothing of them. Emitted at the ends of slices.
 */
import { type Observable, Subject } from "rxjs";

/** A report, or how to make it: what is long work is done when it is told. */
export type Report = string | (() => string);

export class Reports {
  readonly #subject = new Subject<string>();
  readonly #unheard: (text: string) => void;
  #pending: Report[] = [];

  readonly stream: Observable<string> = this.#subject.asObservable();

  /** `unheard` is told what nobody has subscribed to. */
  constructor(unheard: (text: string) => void) {
    this.#unheard = unheard;
  }

  put(report: Report): void {
    this.#pending.push(report);
  }

  /** For the machine, between slices. */
  emit(): void {
    if (this.#pending.length === 0) return;
    const reports = this.#pending;
    this.#pending = [];
    for (const report of reports) {
      const text = typeof report === "string" ? report : report();
      if (this.#subject.observed) this.#subject.next(text);
      else this.#unheard(text);
    }
  }
}
