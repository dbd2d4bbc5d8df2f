/**
 * How an op ended, in a word or two: the columns of the matrix. What it is a call of: its rows.
 *
 * A Call is an invocation when its name is a method's; endpoints take every label, so the label alone does not tell.
 */
import type { ObservedResult, Op, Result } from "@tessera/conformance/recording";
import { receives } from "@tessera/conformance/replay";
import { errorCodeName, faultName, methodName, nArchInvocationLabels, seL4_NumErrors } from "@tessera/libsel4/abi";

const LAST_FAULT = 6;

/** The call's name: a method's, or that of the system call or instruction. */
export function callOf(op: Op): string {
  if (op.kind === "Call" && op.name !== "Call") {
    return op.lab >= 1n && op.lab < nArchInvocationLabels ? methodName(Number(op.lab)) : "no method";
  }
  return op.kind === "Send" && op.name === "Signal" ? "Signal" : op.kind;
}

/** @param result null when the op did not return */
export function outcomeOf(op: Op, given: Result | ObservedResult | null): string {
  const result = given as Result | null;
  if (result === null) return "does not return";
  if (typeof result["ty"] === "string") return result["ty"];
  const label = result["lab"];
  if (receives(op.kind)) {
    if (result["st"] !== undefined) return result["b"] === undefined ? "nothing" : "signal";
    return typeof label === "number" && label >= 1 && label <= LAST_FAULT ? `${faultName(label)} message` : "message";
  }
  if (op.kind !== "Call" || label === undefined) return "done";
  return typeof label === "number" && label < seL4_NumErrors ? errorCodeName(label) : "message";
}

/** Whether the op did what it was to do: it returned, and with no error. */
export function isSuccess(op: Op, outcome: string): boolean {
  if (outcome === "does not return") return false;
  return op.kind !== "Call" || outcome === "done" || outcome === "message";
}
