/**
 * Answers: results, or an error that is a word of the interface, or one that every server may give.
 *
 * A client gets `{ error: null, ...results }` or `{ error: "NotFound" }`, and TypeScript lets it touch the results only
 * where it has looked at `error`. `must` is for clients that cannot go on without. In the message, the label says which:
 *
 *     0           the results
 *     1 .. 15     the kernel itself has answered: the capability no longer leads to a server
 *     16 .. 31    SYSTEM_ERRORS, in this order
 *     256 ..      the operation's own errors, in the order of declaration
 */
import type { AnyOperation } from "./define.js";

/**
 * How any call can fail:
 *
 * - `Closed`: the session has ended, or the server has been started anew since it was opened;
 * - `Busy`: the server keeps as many callers waiting, sessions open, or capabilities, as it can;
 * - `Malformed`: the message does not hold what the operation declares, or there is no such operation;
 * - `Gone`: the server died while it had the call. Whether it was carried out is not known.
 */
export const SYSTEM_ERRORS = ["Closed", "Busy", "Malformed", "Gone"] as const;

/** How any call can fail. */
export type SystemError = (typeof SYSTEM_ERRORS)[number];

/** What a call comes back with: results and `error: null`, or the error alone. */
export type Answer<Results, Errors extends string> =
  | ({ readonly error: null } & Results)
  | { readonly error: Errors | SystemError };

/** What a handler returns to refuse. */
export class Failure<E extends string> {
  readonly error: E;

  constructor(error: E) {
    this.error = error;
  }
}

/** Refuse with one of the errors that the operation declares, or by `Busy`; another one does not compile. */
export function fail<const E extends string>(error: E): Failure<E> {
  return new Failure(error);
}

/** An error that a client got as its answer. It knows who was asked for what, so that `must` can say so. */
export class Refused {
  readonly error: string;
  readonly #operation: string;

  constructor(error: string, operation: string) {
    this.error = error;
    this.#operation = operation;
  }

  /** The operation that an answer refuses, as "interface.operation"; null for what no client has made. */
  static operation(answer: object): string | null {
    return #operation in answer ? answer.#operation : null;
  }
}

/** The exception of `must`. */
export class CallFailed extends Error {
  /** The word by which the call was refused. */
  readonly error: string;

  constructor(error: string, what: string) {
    super(`${what} failed: ${error}`);
    this.name = "CallFailed";
    this.error = error;
  }
}

/** The results of an answer that has some. */
export type Results<A> = Extract<A, { readonly error: null }>;

/**
 * The answer, for who cannot go on without.
 * @param what what was asked, for the error's text; the operation if left out
 * @throws CallFailed when the call was refused
 */
export function must<A extends { readonly error: string | null }>(answer: A, what?: string): Results<A> {
  if (answer.error !== null) throw new CallFailed(answer.error, what ?? Refused.operation(answer) ?? "a call");
  return answer as Results<A>;
}

/** The label of an answer that has results. */
export const OK = 0;
const FIRST_SYSTEM_ERROR = 16;
const FIRST_OWN_ERROR = 256;

/** The label that says a system error. */
export function systemLabel(error: SystemError): number {
  return FIRST_SYSTEM_ERROR + SYSTEM_ERRORS.indexOf(error);
}

/** The label by which a handler of `operation` refuses; -1 when it declares no such error. */
export function errorLabel(operation: AnyOperation, error: string): number {
  const place = operation.errors.indexOf(error);
  if (place >= 0) return FIRST_OWN_ERROR + place;
  return error === "Busy" ? systemLabel("Busy") : -1;
}

/** The error that a label other than OK says. What a server made up is as good as no answer. */
export function errorOfLabel(operation: AnyOperation, label: number): string {
  if (label >= FIRST_OWN_ERROR) return operation.errors[label - FIRST_OWN_ERROR] ?? "Malformed";
  if (label >= FIRST_SYSTEM_ERROR) return SYSTEM_ERRORS[label - FIRST_SYSTEM_ERROR] ?? "Malformed";
  return "Gone";
}
