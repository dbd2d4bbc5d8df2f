/**
 * The trace: what happened, as fixed records of eight int32 in a ring, with a rolling hash over all ever emitted.
 *
 * A record is (kind, low 32 bits of the tick, subject, a, b, c, d, e). When the high part of the tick changes, an
 * Epoch record comes first. The hash is what two runs are compared by; names, host stacks and explanations stay
 * outside it. It is brought up to date when a batch is full or somebody asks for it; to emit a record is eight stores,
 * little enough for the engine to put them into its callers. Kinds below 16 are the machine's, from 16 on the kernel's.
 * Records are numbered from 0 for ever; the ring keeps the last ones.
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
  /**
   * A virtio device gave a request back. subject = its number, a = queue, b = bytes that it wrote, c = checksum of them,
   * d = checksum of what it read.
   */
  Used: 8,
} as const;

/** Names of their fields, for readers. A Trap's are told apart by its cause (trace-text.ts). */
const MACHINE_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Switch: [],
  Input: ["bytes", "checksum"],
  Output: ["byte"],
  Throw: ["failure"],
  Halt: ["halted", "code"],
  Epoch: ["high"],
  Used: ["queue", "bytes", "checksum", "read"],
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
/** Most records that a ring may keep. */
export const MAX_TRACE_RECORDS = 2 ** 24;
const HASH_SEED = 0x2545f491;
const HASH_FACTOR = 0x9e3779b1;

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** What happened, as records of eight int32 in a ring, and a hash over all that were ever emitted. */
export class Trace {
  /** False: nothing is recorded or hashed from here on. */
  enabled = true;
  /** How many records have ever been emitted. */
  count = 0;
  /** Record something at the present tick; what a to e mean is a matter of `kind`. Every argument is an int32. */
  readonly emit: (kind: number, subject: number, a: number, b: number, c: number, d: number, e: number) => void;
  /** Bring the hash up to the last record. Each batch ends with this, so that the ring still holds what is missing. */
  private readonly fold: () => void;
  private readonly clock: Clock;
  private readonly ring: Words;
  private readonly mask: number;
  private readonly batch: number;
  private rolling = HASH_SEED;
  /** Records that the hash covers; the ring holds the others. */
  private folded = 0;
  /** The cycle of the last record, and the low half of its tick. */
  private stampedAt = -1;
  private tick = 0;
  private epochEnd = CYCLES_PER_EPOCH;
  /** Where each epoch began: record number and high part, for decoding. */
  private readonly epochs: { first: number; high: number }[] = [{ first: 0, high: 0 }];
  private readonly watchers: ((count: number) => void)[] = [];
  private readonly names = new Map<number, string>();
  /** Subjects with a name that exist no longer, each with the number of records at its end, the oldest first. */
  private readonly ended: { readonly id: number; readonly count: number }[] = [];
  /** How many of these are forgotten already. */
  private forgotten = 0;
  private readonly kinds = new Map<number, string>();
  private readonly fields = new Map<number, readonly string[] | null>();

  /** `records` (a power of two) is how many the ring keeps. */
  constructor(clock: Clock, records: number) {
    this.clock = clock;
    this.ring = createWords(records * RECORD_WORDS);
    this.mask = records - 1;
    this.batch = Math.min(records, BATCH_RECORDS) - 1;
    this.emit = this.emitter(this.ring, this.mask, this.batch);
    this.fold = this.folder(this.ring, this.mask);
    for (const [name, kind] of Object.entries(MachineEvent)) this.setKindName(kind, name, MACHINE_FIELDS[name]);
  }

  // What these two return are closures, and no methods, because of what they close over: to the engine the ring and the
  // trace itself are constants then, and nothing of them is looked up or checked at each record.

  private emitter(ring: Words, mask: number, batch: number): Trace["emit"] {
    return (kind, subject, a, b, c, d, e) => {
      if (this.enabled === false) return;
      if (this.clock.cycles !== this.stampedAt) this.stamp();
      const n = this.count;
      const at = (n & mask) * RECORD_WORDS;
      ring[at] = kind | 0;
      ring[at + 1] = this.tick;
      ring[at + 2] = subject | 0;
      ring[at + 3] = a | 0;
      ring[at + 4] = b | 0;
      ring[at + 5] = c | 0;
      ring[at + 6] = d | 0;
      ring[at + 7] = e | 0;
      this.count = n + 1;
      if ((n & batch) === batch) this.endBatch();
    };
  }

  private folder(ring: Words, mask: number): () => void {
    return () => {
      const end = this.count;
      let rolling = this.rolling;
      for (let n = this.folded; n < end; n++) {
        const at = (n & mask) * RECORD_WORDS;
        // Each field by a factor and at a place of its own; then one step of a chain.
        const word =
          Math.imul(ring[at]!, 0x85ebca6b) ^
          rotate(Math.imul(ring[at + 1]!, 0xc2b2ae35), 5) ^
          rotate(Math.imul(ring[at + 2]!, 0x27d4eb2f), 9) ^
          rotate(Math.imul(ring[at + 3]!, 0x165667b1), 13) ^
          rotate(Math.imul(ring[at + 4]!, 0xd3a2646d), 17) ^
          rotate(Math.imul(ring[at + 5]!, 0xfd7046c5), 21) ^
          rotate(Math.imul(ring[at + 6]!, 0xb55a4f09), 25) ^
          rotate(Math.imul(ring[at + 7]!, 0x9e3779b1), 29);
        rolling = Math.imul(rotate(rolling, 5) ^ word, HASH_FACTOR);
      }
      this.rolling = rolling;
      this.folded = end;
    };
  }

  /** Time has moved since the last record. */
  private stamp(): void {
    const { cycles } = this.clock;
    this.stampedAt = cycles;
    this.tick = (cycles / CYCLES_PER_TICK) | 0;
    if (cycles >= this.epochEnd) this.enterEpoch();
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
    this.fold();
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

  /** The subject exists no longer: its name is forgotten once the ring has passed what was recorded of it. */
  endName(id: number): void {
    if (!this.names.has(id)) return;
    const { ended, first } = this;
    ended.push({ id, count: this.count });
    for (let next = ended[this.forgotten]; next !== undefined && next.count < first; next = ended[this.forgotten]) {
      this.names.delete(next.id);
      this.forgotten++;
    }
    if (2 * this.forgotten > ended.length) {
      ended.splice(0, this.forgotten);
      this.forgotten = 0;
    }
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
    this.fold();
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
