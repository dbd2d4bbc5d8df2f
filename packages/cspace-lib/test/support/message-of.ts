/** What a thread throws. */
import type { Thread } from "@tessera/hal-sim/isa";

/** The message of the Error that `thread` throws; empty when it throws none. */
export function* messageOf(thread: Thread<unknown>): Thread<string> {
  try {
    yield* thread;
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}
