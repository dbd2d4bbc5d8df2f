/** Where a replay differs from its log: the first record that does, in both versions. */
import type { Machine } from "../machine.js";
import type { Stop } from "../stop.js";
import { MachineEvent, RECORD_WORDS, type TraceRecord } from "../trace.js";
import { describeRecord } from "../trace-text.js";
import type { RunLog } from "./run-log.js";

/** Where a replay differs from its log. */
export interface Divergence {
  /** It is `record`; false: one of those from `record` up to `until`, of which only the hash is known. */
  readonly isExact: boolean;
  /** Number of the first record that differs, or may. */
  readonly record: number;
  readonly until: number;
  /** The kernel entry that it belongs to: `run({ events: event - 1 })` stops just before it. 0: not known. */
  readonly event: number;
  /** Both versions; null: that run had ended by then, or the record is not known. */
  readonly recorded: TraceRecord | null;
  readonly replayed: TraceRecord | null;
  /** All of it in a few lines. */
  readonly text: string;
}

/** @param good up to this record the two are known to be the same */
export function findDivergence(machine: Machine, log: RunLog, good: number, stop: Stop): Divergence {
  const { trace } = machine;
  const { end } = log;
  const kept = log.records.length / RECORD_WORDS;
  const common = Math.min(kept, trace.count);
  let n = good;
  while (n < common && n >= trace.first && isSameRecord(machine, log, n)) n++;
  const isExact = n >= trace.first && (n < kept || n === end.records || n === trace.count);
  if (!isExact) return unclear(log, n);

  const recorded = n < kept ? loggedRecord(log, n) : null;
  const replayed = trace.record(n) ?? null;
  const event = eventOf(machine, n);
  const told = (version: TraceRecord | null, otherwise: string): string =>
    version === null ? otherwise : describeRecord(trace, n, version);
  const text = [
    `the replay differs from the log at trace record ${n}, event ${event}`,
    `  recorded: ${told(recorded, n < end.records ? "a record that the log does not hold" : `the run had ended (${end.reason})`)}`,
    `  replayed: ${told(replayed, `the run has ended (${stop.reason})`)}`,
  ].join("\n");
  return { record: n, until: n, isExact, event, recorded, replayed, text };
}

/** The log holds only hashes there, or the ring of the machine is too small. */
function unclear({ checkpoints, end }: RunLog, n: number): Divergence {
  const until = checkpoints.find(({ records }) => records > n)?.records ?? end.records;
  const text = `the replay differs from the log between trace records ${n} and ${until}, of which only the hash is known; a recorder with a higher number of records, and a machine with more traceRecords, tell which one`;
  return { record: n, until, isExact: false, event: 0, recorded: null, replayed: null, text };
}

function isSameRecord({ trace }: Machine, { records }: RunLog, n: number): boolean {
  const here = trace.words(n, n + 1);
  return here.every((word, i) => word === records[n * RECORD_WORDS + i]);
}

/** A record of the log; the high part of its tick is in the last Epoch record before it. */
function loggedRecord({ records }: RunLog, n: number): TraceRecord {
  let high = 0;
  for (let i = n; i >= 0 && high === 0; i--) {
    if (records[i * RECORD_WORDS] === MachineEvent.Epoch) high = records[i * RECORD_WORDS + 3] as number;
  }
  const [kind, tick, subject, a, b, c, d, e] = records.subarray(
    n * RECORD_WORDS,
    (n + 1) * RECORD_WORDS,
  ) as unknown as [number, number, number, number, number, number, number, number];
  return { kind, tick: high * 2 ** 32 + (tick >>> 0), subject, a, b, c, d, e };
}

/** The kernel entry in which record `n` was emitted, counted back from now; every entry has one Trap record. */
function eventOf({ trace, events }: Machine, n: number): number {
  let later = 0;
  for (let i = n + 1; i < trace.count; i++) if (trace.record(i)?.kind === MachineEvent.Trap) later += 1;
  return events - later;
}
