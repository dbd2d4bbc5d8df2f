/** T0..T3: a program that asks for an op, does it, tells what came of it, and parks when there is none left. */
import { execute, isFaultMessage, park, prepare, receives } from "@tessera/conformance/replay";
import type { Program } from "@tessera/hal-sim/isa";
import type { Journal } from "./journal.js";

export function threadProgram(thread: number, buffer: number, journal: Journal): Program {
  return function* () {
    try {
      // MR0 of the last fault message that this thread received: the address of the instruction that faulted.
      let faultIP = 0;
      for (let op = journal.next(thread); op !== null; op = journal.next(thread)) {
        const result = yield* execute(prepare(op), buffer, faultIP);
        if (receives(op.kind) && isFaultMessage(result)) faultIP = Number(result.m?.[0] ?? 0);
        journal.complete(thread, result);
      }
    } catch (error) {
      journal.hostError ??= error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    yield* park();
  };
}
