/**
 * Why something failed, for people and tools: beside the bare error that the ABI gives, and outside the trace. Made on the
 * failing path alone; a call that succeeds pays nothing for it. What is long work is put off until somebody reads it:
 * `place`, `path` and `history` are found then, from what was noted when the check failed, with the names of that time
 * of reading.
 */
import type { Fault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import type { SyscallError } from "./result.js";

/** Why one call, send or fault failed: where, what, and how each address resolved. */
export interface Explanation {
  readonly tick: number;
  readonly thread: string;
  readonly threadId: number;
  /** Where in its program: `file:line:column`; empty when the host knows it no longer, or a thread has faulted very often. */
  readonly place: string;
  /** The function of a library that the program called there; empty when it made the system call itself. */
  readonly within: string;
  /** What it did: the system call, the method, the capability address. */
  readonly call: string;
  /** How it ended: the error or fault by its name, with its words. */
  readonly outcome: string;
  /** How addresses resolved, a step a line. */
  readonly path: readonly string[];
  /** The check that failed, or what an access met. */
  readonly why: string;
  /** What had happened before to make it so, as far as the trace remembers; or empty. */
  readonly history: string;
}

/** Told about failures as they happen, before anything has changed because of them. */
export interface Explainer {
  /** An invocation at (hi, lo) was refused. */
  refused(tcb: Tcb, lo: number, hi: number, error: SyscallError): void;
  /** The address of a non-blocking send did not resolve: nothing happens. */
  unresolved(tcb: Tcb, lo: number, hi: number, why: string): void;
  /** A send through a reply object reaches nobody, because nobody waits for an answer by it. */
  unanswerable(tcb: Tcb): void;
  /** A thread faulted. `isHandled`: somebody is told. */
  faulted(tcb: Tcb, fault: Fault, isHandled: boolean): void;
}
