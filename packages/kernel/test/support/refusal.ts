/** What an invocation answered: its error and the words that came with it, as a test writes them. */
import type { Syscall, Thread } from "@tessera/hal-sim/isa";
import {
  errorName,
  seL4_Call,
  type seL4_Error,
  seL4_FailedLookup,
  seL4_GetMR,
  seL4_InvalidArgument,
  seL4_InvalidCapability,
  seL4_NotEnoughMemory,
  seL4_RangeError,
  seL4_SetCap,
} from "@tessera/libsel4";
import { message } from "./message.js";

/** How many words of an error are worth telling. */
const WORDS: Readonly<Record<number, number>> = {
  [seL4_InvalidArgument]: 1,
  [seL4_InvalidCapability]: 1,
  [seL4_RangeError]: 2,
  [seL4_FailedLookup]: 2,
  [seL4_NotEnoughMemory]: 1,
};

/** The error of a call just made, as `InvalidArgument 1`. */
export function refusal(error: seL4_Error): string {
  const count = WORDS[error] ?? 0;
  const words = Array.from({ length: count }, (_, i) => seL4_GetMR(i));
  return [errorName(error).replace(/^seL4_/, ""), ...words].join(" ");
}

/** Make a call and say how it was answered. */
export function* answerOf(call: Syscall<seL4_Error>): Thread<string> {
  return refusal(yield* call);
}

/** Call `service` with any label, words and capabilities. */
export function* invoke(
  service: number,
  label: number,
  words: readonly number[] = [],
  caps: readonly number[] = [],
): Thread<string> {
  caps.forEach((cptr, i) => {
    seL4_SetCap(i, cptr);
  });
  const info = yield* seL4_Call(service, message(words, label, caps.length));
  return refusal(info.label);
}
