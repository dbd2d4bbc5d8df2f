/**
 * The trace cut into kernel entries: what trapped, and what the kernel did about it until it returned.
 *
 * A program's failure comes right before the trap that tells the kernel; it is an entry of its own, with cause NO_TRAP.
 */
import { MachineEvent, type Trace, type TraceRecord } from "@tessera/hal-sim";
import { Cause } from "@tessera/hal-sim/isa";

/** In place of a cause: the entry is none, and only brings events. */
const NO_TRAP = -1;

export interface Event extends TraceRecord {
  /** Its number in the trace. */
  readonly n: number;
}

export interface Entry {
  /** Who trapped; 0 = the idle machine. */
  readonly thread: number;
  /** Why: a Cause, or NO_TRAP. */
  readonly cause: number;
  /** Number of the system call; 0 = it was none. */
  readonly syscall: number;
  readonly events: readonly Event[];
}

/** Every entry whose records the ring still holds. */
export function entriesOf(trace: Trace): Entry[] {
  const entries: { thread: number; cause: number; syscall: number; events: Event[] }[] = [];
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n) as TraceRecord;
    if (record.kind === MachineEvent.Trap) {
      const isCall = record.a === Cause.UserEcall;
      entries.push({ thread: record.subject, cause: record.a, syscall: isCall ? record.b : 0, events: [] });
    } else if (record.kind === MachineEvent.Throw || entries.length === 0) {
      entries.push({ thread: record.subject, cause: NO_TRAP, syscall: 0, events: [] });
    }
    entries.at(-1)?.events.push({ ...record, n });
  }
  return entries;
}
