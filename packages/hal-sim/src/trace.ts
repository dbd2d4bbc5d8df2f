/**
 * The trace: what happened, as fixed records of eight int32 in a ring, with a rolling hash over all ever emitted.
 *
 * A record is (kind, low 32 bits of the tick, subject, a, b, c, d, e). When the high part of the tick changes, an
 * Epoch record comes first. The hash is what two runs are compared by; names, host stacks and explanations stay
 * outside it. Kinds below 16 are the machine's, from 16 on the kernel's. Records are numbered from 0 for ever; the
 * ring keeps the last ones.
 */
import { type Clock, CYCLES_PER_TICK } from "./clock.js";
import { createWords, type Words } from "./memory/words.js";

/** Kinds of records that the machine emits. */
export const MachineEvent = {
  /** The kernel is entered. subject = context (0 = idle), a = cause, b = a7, c/d = a0 low/high, e = a1 low. */
  Trap: 1,
  /** Another context is to run. subject = its id, 0 = idle. */
  Switch: 2,
  /** Bytes entered. subject = number of the device, a = how many, b = checksum. */
  Input: 3,
  /** A byte left. subject = number of the device (0 = the kernel's debug console), a = the byte. */
  Output: 4,
  /** A program failed. subject = context, a = ProgramFailure. */
  Throw: 5,
  /** The machine stopped for good. a = 0 power-off, 1 halt; b = code. */
  Halt: 6,
  /** The high part of the tick changed. a = the new high part. */
  Epoch: 7,
} as const;

/** Names of their fields, for readers. A Trap's are told apart by its cause (trace-text.ts). */
const MACHINE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Switch: [],
  Input: ["bytes", "checksum"],
  Output: ["byte"],
  Throw: ["failure"],
  Halt: ["halted", "code"],
  Epoch: ["high"],
};

/** The first kind that belongs to the kernel. */
export const FIRST_KERNEL_EVENT = 16;

/** How a program failed: field a of a Throw record. */
export const ProgramFailure = { Threw: 0, YieldedRubbish: 1, ForgotYield: 2 } as const;

/** One decoded record. */
export interface TraceRecord {
  readonly kind: number;
  readonly tick: number;
  readonly subject: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
}

/** int32 in a record. */
export const RECORD_WORDS = 8;
const TICKS_PER_EPOCH = 2 ** 32;
const CYCLES_PER_EPOCH = TICKS_PER_EPOCH * CYCLES_PER_TICK;
/** Records in a batch, a power of two; fewer when the ring is smaller. */
export const BATCH_RECORDS = 1024;
const HASH_SEED = 0x2545f491;
const HASH_FACTOR = 0x9e3779b1;

/** What happened, as records of eight int32 in a ring, and a hash over all that were ever emitted. */
export class Trace {
  /** False: nothing is recorded or hashed from here on. */
  enabled = true;
  /** How many records have ever been emitted. */
  count = 0;
  private readonly clock: Clock;
  private readonly ring: Words;
  private readonly mask: number;
  private readonly batch: number;
  private rolling = HASH_SEED;
  private epochEnd = CYCLES_PER_EPOCH;
  /** Where each epoch began: record number and high part, for decoding. */
  private readonly epochs: { first: number; high: number }[] = [{ first: 0, high: 0 }];
  private readonly watchers: ((count: number) => void)[] = [];
  private readonly names = new Map<number, string>();
  private readonly kinds = new Map<number, string>();
  private readonly fields = new Map<number, readonly string[] | null>();

  /** `records` (a power of two) is how many the ring keeps. */
  constructor(clock: Clock, records: number) {
    this.clock = clock;
    this.ring = createWords(records * RECORD_WORDS);
    this.mask = records - 1;
    this.batch = Math.min(records, BATCH_RECORDS) - 1;
    for (const [name, kind] of Object.entries(MachineEvent)) this.setKindName(kind, name, MACHINE_FIELDS[name]);
  }

  /** Record something at the present tick; what a to e mean is a matter of `kind`. Every argument is an int32. */
  emit(kind: number, subject: number, a: number, b: number, c: number, d: number, e: number): void {
    if (this.enabled === false) return;
    const cycles = this.clock.cycles;
    if (cycles >= this.epochEnd) this.enterEpoch();
    // Made int32 once, so that neither the stores nor the multiplications look at how the engine holds them.
    const tick = (cycles / CYCLES_PER_TICK) | 0;
    const who = subject | 0;
    const v = a | 0;
    const w = b | 0;
    const x = c | 0;
    const y = d | 0;
    const z = e | 0;
    const ring = this.ring;
    const at = (this.count & this.mask) * RECORD_WORDS;
    ring[at] = kind | 0;
    ring[at | 1] = tick;
    ring[at | 2] = who;
    ring[at | 3] = v;
    ring[at | 4] = w;
    ring[at | 5] = x;
    ring[at | 6] = y;
    ring[at | 7] = z;
    // Each field by a factor and at a place of its own; then one step of a chain.
    const word =
      Math.imul(kind | 0, 0x85ebca6b) ^
      rotate(Math.imul(tick, 0xc2b2ae35), 5) ^
      rotate(Math.imul(who, 0x27d4eb2f), 9) ^
      rotate(Math.imul(v, 0x165667b1), 13) ^
      rotate(Math.imul(w, 0xd3a2646d), 17) ^
      rotate(Math.imul(x, 0xfd7046c5), 21) ^
      rotate(Math.imul(y, 0xb55a4f09), 25) ^
      rotate(Math.imul(z, 0x9e3779b1), 29);
    this.rolling = Math.imul(rotate(this.rolling, 5) ^ word, HASH_FACTOR);
    this.count++;
    if ((this.count & this.batch) === 0) this.endBatch();
  }

  /**
   * Be called with `count` whenever a batch is full: at every multiple of BATCH_RECORDS, and more often where the ring is
   * smaller than that. What is emitted is still in the ring then. Watchers may only look.
   */
  watch(watcher: (count: number) => void): void {
    this.watchers.push(watcher);
  }

  /** The eight int32 of each record from `first` up to, not including, `end`; the ring must still hold them. */
  words(first: number, end: number): Int32Array {
    const words = new Int32Array((end - first) * RECORD_WORDS);
    for (let n = first; n < end; n++) {
      const at = (n & this.mask) * RECORD_WORDS;
      for (let i = 0; i < RECORD_WORDS; i++) words[(n - first) * RECORD_WORDS + i] = this.ring[at + i]!;
    }
    return words;
  }

  /** The hash over everything emitted so far, an unsigned 32-bit number. */
  get hash(): number {
    const hash = this.rolling;
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  /** Record number `n` (from 0), or undefined when the ring has passed it or it is still to come. */
  record(n: number): TraceRecord | undefined {
    if (n < this.first || n >= this.count) return undefined;
    const ring = this.ring;
    const at = (n & this.mask) * RECORD_WORDS;
    return {
      kind: ring[at]!,
      tick: this.highOf(n) * TICKS_PER_EPOCH + (ring[at + 1]! >>> 0),
      subject: ring[at + 2]!,
      a: ring[at + 3]!,
      b: ring[at + 4]!,
      c: ring[at + 5]!,
      d: ring[at + 6]!,
      e: ring[at + 7]!,
    };
  }

  /** The number of the oldest record that the ring still holds. */
  get first(): number {
    return Math.max(0, this.count - this.mask - 1);
  }

  /** Name a subject for readers; outside the hash. */
  setName(id: number, name: string): void {
    this.names.set(id, name);
  }

  /** The name of a subject, or the empty string. */
  nameOf(id: number): string {
    return this.names.get(id) ?? "";
  }

  /** Name a kind of record for readers, and its fields from a on; outside the hash. */
  setKindName(kind: number, name: string, fields: readonly string[] | null = null): void {
    this.kinds.set(kind, name);
    this.fields.set(kind, fields);
  }

  /** The name of a kind, or the empty string. */
  kindName(kind: number): string {
    return this.kinds.get(kind) ?? "";
  }

  /** The names of a kind's fields from a on, or null when nobody has named them. */
  fieldsOf(kind: number): readonly string[] | null {
    return this.fields.get(kind) ?? null;
  }

  private endBatch(): void {
    for (const watcher of this.watchers) watcher(this.count);
  }

  private enterEpoch(): void {
    const high = Math.floor(this.clock.cycles / CYCLES_PER_EPOCH);
    this.epochEnd = (high + 1) * CYCLES_PER_EPOCH;
    this.epochs.push({ first: this.count, high });
    this.emit(MachineEvent.Epoch, 0, high, 0, 0, 0, 0);
  }

  private highOf(n: number): number {
    const epochs = this.epochs;
    let i = epochs.length - 1;
    while (epochs[i]!.first > n) i--;
    return epochs[i]!.high;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
