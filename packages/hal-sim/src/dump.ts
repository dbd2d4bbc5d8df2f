/**
 * The dump of a machine that was halted: what happened, when, what led to it, and how to see it again.
 */
import type { Clock } from "./clock.js";
import type { InputLog } from "./input-log.js";
import type { Trace } from "./trace.js";
import { lastRecords } from "./trace-text.js";

/** Trace records in a dump. */
const LAST_RECORDS = 50;

export interface DumpParts {
  readonly clock: Clock;
  readonly trace: Trace;
  readonly inputLog: InputLog;
  readonly seed: number;
  /** Kernel entries so far. */
  readonly events: number;
}

/** `message` and, for an exception of the kernel, its host stack. */
export function dump(parts: DumpParts, message: string, stack: string): string {
  const { clock, trace, inputLog, seed, events } = parts;
  const inputs = inputLog.entries.length;
  const replay = inputs === 0 ? "no inputs" : `the ${inputs} inputs of machine.inputLog as inputs`;
  const lines = [
    `machine halted: ${message}`,
    `at tick ${clock.ticks}, event ${events}, trace record ${trace.count}, trace hash ${trace.hash.toString(16)}`,
    `to replay: the same image and options, seed ${seed}, ${replay}, run({ events: ${events} })`,
  ];
  if (stack !== "") lines.push("host stack:", stack);
  lines.push(`last ${LAST_RECORDS} trace records:`, ...lastRecords(trace, LAST_RECORDS).map((line) => `  ${line}`));
  return lines.join("\n");
}
