/**
 * What to say when a program breaks the rules of `yield*`.
 *
 * A call traps at once and its result is taken by `yield*`. While a result is pending the program may do nothing else
 * with the CPU: it may have lost it already, and its registers are those of the call. So the next call, access to the
 * message buffer or the end of the program is refused, and the sentence names what was forgotten and where.
 */
import { type CallSite, captureSite, readSite } from "./call-site.js";
import type { Context } from "./context.js";

/** The result of the last call was not taken, and now `next` is called (a function of the port: frames above count). */
export function forgottenBefore(context: Context, next: unknown): Error {
  if (context.callSite !== null) return neverTaken(context, context.callSite);
  const site = readSite(captureSite(next));
  return forgot(context, `the result of the call before ${told(site)} was never taken; ${CURE}`);
}

/** The program ended with the result of its last call not taken. */
export function forgottenAtEnd(context: Context): Error {
  if (context.callSite !== null) return neverTaken(context, context.callSite);
  return forgot(context, `it ended and the result of its last call was never taken; ${CURE}`);
}

/** The program yielded although no call had told it to. */
export function yieldedRubbish(context: Context): Error {
  return new Error(
    `program "${context.programName}" yielded by itself${afterLastCall(context)}: ` +
      "only the result of a system call may be yielded, by `yield*`",
  );
}

/** A call from a function that is not running as a program. */
export function notExecuting(next: unknown): Error {
  const site = readSite(captureSite(next));
  return new Error(
    `${told(site)} was called while no program is executing: system calls can only be made inside a program that the machine runs`,
  );
}

/** What a program threw, as an Error whatever it was. */
export function asError(context: Context, thrown: unknown): Error {
  try {
    if (thrown instanceof Error && typeof thrown.message === "string" && typeof thrown.stack === "string")
      return isExhaustion(thrown) ? exhausted(thrown) : thrown;
    return withoutStack(context, `the program threw ${String(thrown)}, which is no Error`);
  } catch {
    return withoutStack(context, "the program threw something that cannot be described");
  }
}

/** Engines have no name in common for it. */
function isExhaustion({ name, message }: Error): boolean {
  return (name === "RangeError" && message.includes("call stack")) || message === "too much recursion";
}

/** The same in words; the stack stays that of the program. */
function exhausted(error: Error): Error {
  const told = new Error(`it calls itself without end, and the host's stack is used up (${error.message})`);
  const frames = String(error.stack)
    .split("\n")
    .filter((line) => /:\d+:\d+\)?$/.test(line));
  told.name = error.name;
  told.stack = [`${told.name}: ${told.message}`, ...frames].join("\n");
  return told;
}

/** The host stack of where it was noticed is the machine's and would only mislead; the last call says about where. */
function withoutStack(context: Context, what: string): Error {
  const error = new Error(`${what} and has no stack${afterLastCall(context, "; it came")}`);
  error.stack = `Error: ${error.message}`;
  return error;
}

const CURE = "write `yield*` in front of every call that traps";

function neverTaken(context: Context, captured: Error): Error {
  const site = readSite(captured);
  return forgot(context, `the result of ${told(site)} was never taken; write \`yield* ${site.call}(...)\``);
}

function forgot(context: Context, what: string): Error {
  return new Error(`program "${context.programName}" forgot yield*: ${what}`);
}

/** A generator that has ended or yielded has no stack any more; its last call says about where it was. */
function afterLastCall(context: Context, lead = ""): string {
  return context.callSite === null ? "" : `${lead} after ${told(readSite(context.callSite))}`;
}

function told({ call, place }: CallSite): string {
  return place === "" ? call : `${call} at ${place}`;
}
