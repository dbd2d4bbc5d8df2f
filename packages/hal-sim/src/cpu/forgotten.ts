/**
 * What to say when a program breaks the rules of `yield*`.
 *
 * A call traps at once and its result is taken by `yield*`. While a result is pending the program may do nothing else
 * with the CPU: it may have lost it already, and its registers are those of the call. So the next call, access to the
 * message buffer or the end of the program is refused, and the sentence names what was forgotten and where.
 */
import { captureSite, readSite } from "./call-site.js";
import type { Context } from "./context.js";

/** The result of the last call was not taken, and now `next` is called (a function of the port: frames above count). */
export function forgottenBefore(context: Context, next: unknown): Error {
  const site = context.callSite;
  if (site !== null) return new Error(describe(context, site));
  const { call, place } = readSite(captureSite(next));
  return new Error(
    `program "${context.programName}" forgot yield*: the result of the call before ${call}${at(place)} was never taken; ` +
      "write `yield*` in front of every call that traps",
  );
}

/** The program ended with the result of its last call not taken. */
export function forgottenAtEnd(context: Context): Error {
  const site = context.callSite;
  if (site !== null) return new Error(describe(context, site));
  return new Error(
    `program "${context.programName}" forgot yield*: it ended and the result of its last call was never taken; ` +
      "write `yield*` in front of every call that traps",
  );
}

/** The program yielded although no call had told it to. */
export function yieldedRubbish(context: Context): Error {
  return new Error(
    `program "${context.programName}" yielded by itself${afterLastCall(context)}: ` +
      "only the result of a system call may be yielded, by `yield*`",
  );
}

/** A generator that has yielded has no stack any more; its last call says about where it was. */
function afterLastCall(context: Context): string {
  if (context.callSite === null) return "";
  const { call, place } = readSite(context.callSite);
  return ` after ${call}${at(place)}`;
}

/** A call from a function that is not running as a program. */
export function notExecuting(next: unknown): Error {
  const { call, place } = readSite(captureSite(next));
  return new Error(
    `${call}${at(place)} was called while no program is executing: system calls can only be made inside a program that the machine runs`,
  );
}

/** What a program threw, as an Error whatever it was. */
export function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error && typeof thrown.message === "string" && typeof thrown.stack === "string")
      return thrown;
    return new Error(`the program threw ${String(thrown)}`);
  } catch {
    return new Error("the program threw something that cannot be described");
  }
}

function describe(context: Context, site: Error): string {
  const { call, place } = readSite(site);
  return (
    `program "${context.programName}" forgot yield*: the result of ${call}${at(place)} was never taken; ` +
    `write \`yield* ${call}(...)\``
  );
}

function at(place: string): string {
  return place === "" ? "" : ` at ${place}`;
}
