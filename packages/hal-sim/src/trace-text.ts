/**
 * Trace records as text, for dumps and for eyes. The kernel's kinds appear under the names it gave them.
 */
import { MONITOR_TRACED_AS } from "./devices/monitor.js";
import { Cause } from "./isa/index.js";
import { MachineEvent, type Trace, type TraceRecord } from "./trace.js";

const CAUSE_NAMES = new Map<number, string>(Object.entries(Cause).map(([name, cause]) => [cause, name]));

/** Their subject is the number of a device, and no object's. */
const DEVICES_RECORDS: readonly number[] = [MachineEvent.Input, MachineEvent.Output, MachineEvent.Used];

/** The last `count` records that the ring still holds, one line each, oldest first. */
export function lastRecords(trace: Trace, count: number): string[] {
  return recordsBefore(trace, trace.count, count);
}

/** The last `count` records in front of record number `end`, oldest first. */
export function recordsBefore(trace: Trace, end: number, count: number): string[] {
  const lines: string[] = [];
  for (let n = Math.max(trace.first, end - count); n < end; n++) {
    const record = trace.record(n);
    if (record !== undefined) lines.push(describeRecord(trace, n, record));
  }
  return lines;
}

/** One record with its number, in words. */
export function describeRecord(trace: Trace, n: number, record: TraceRecord): string {
  const kind = trace.kindName(record.kind) || `kind ${record.kind}`;
  const isDevices = DEVICES_RECORDS.includes(record.kind);
  const name = !isDevices ? trace.nameOf(record.subject) : record.subject === MONITOR_TRACED_AS ? "monitor" : "";
  const subject = name === "" ? `${record.subject}` : `${record.subject} "${name}"`;
  return `#${n} tick ${record.tick} ${kind} ${subject} ${describeFields(trace, record)}`.trimEnd();
}

/** A kind whose fields have names shows these; others show five numbers. */
function describeFields(trace: Trace, { kind, a, b, c, d, e }: TraceRecord): string {
  if (kind !== MachineEvent.Trap) {
    const names = trace.fieldsOf(kind);
    const numbers = [a, b, c, d, e];
    return names === null ? numbers.join(" ") : names.map((name, i) => `${name}=${numbers[i]}`).join(" ");
  }
  const cause = CAUSE_NAMES.get(a) ?? `cause ${a}`;
  return a === Cause.UserEcall ? `${cause} a7=${b} a0=${hexWord(c, d)} a1=${hexWord(e, 0)}` : cause;
}

function hexWord(lo: number, hi: number): string {
  return `0x${((hi >>> 0) * 2 ** 32 + (lo >>> 0)).toString(16)}`;
}
