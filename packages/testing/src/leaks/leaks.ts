/**
 * Leaks: what exists after a piece of work and did not before, found by comparing two snapshots of the kernel. What a
 * library believes it has given back does not count.
 *
 * A leak is named once, by what it is: an object with all slots that hold it; a slot that holds one more capability to
 * an older object; memory that an untyped has given out and nothing uses any more; a mapping of an older frame. What lies
 * inside a leaked CNode or TCB is told with it. A slot whose capability was only exchanged for another is no leak.
 */
import type { CapabilitySnapshot, Kernel, KernelSnapshot, ObjectKind, ObjectSnapshot } from "@tessera/kernel";
import { Comparison } from "./comparison.js";
import { LeakText } from "./leak-text.js";
import { Origins } from "./origins.js";

/**
 * An object by its kind; or "slot": one more capability to an object that was there before; "memory": bytes that are
 * neither free nor in use; "mapping": a frame that was there before is shown in one more place.
 */
export type LeakKind = ObjectKind | "slot" | "memory" | "mapping";

/** One thing that is lost. */
export interface Leak {
  readonly kind: LeakKind;
  /** The leaked object; for a slot what it holds, for memory the untyped, for a mapping the frame; 0: none. */
  readonly object: number;
  /** Bytes of untyped memory that go with it. */
  readonly bytes: number;
  /** Slots, of CNodes and TCBs that were there before, that go with it. */
  readonly slots: readonly CapabilitySnapshot[];
  /** The whole story in a line or a few: what, where, since when, by whom. */
  readonly text: string;
}

/** What is lost between two snapshots, and how much it is in all. */
export interface LeakReport {
  readonly leaks: readonly Leak[];
  /** Slots that are lost in all. */
  readonly slots: number;
  /** Bytes of untyped memory that are lost in all. */
  readonly bytes: number;
  /** One line of totals, then every leak; empty when there is none. */
  readonly text: string;
}

/** What is to be taken for no leak. */
export interface LeakOptions {
  /**
   * Kinds that are no leak here. "untyped" for allocators that keep memory cut into pieces for the next time: what is
   * made of a piece is found all the same.
   */
  readonly allow?: readonly LeakKind[];
  /** The state to compare with; default: as it is now. */
  readonly after?: KernelSnapshot;
}

/** Thrown by `expectNoLeaks`; its message is the report's text. */
export class LeakError extends Error {
  override readonly name = "LeakError";
  readonly report: LeakReport;

  constructor(report: LeakReport) {
    super(report.text);
    this.report = report;
  }
}

/**
 * Assert that nothing is there that was not there before. Works in any test runner, on the host between runs and inside
 * a test's programs.
 * @param before `kernel.snapshot()` of the same kernel, taken earlier
 * @throws LeakError that names every leak: which slot, which memory, which object, since when and by whom
 * @example
 * ```ts
 * import { bootWorld, expectNoLeaks } from "@tessera/testing";
 *
 * const { kernel, machine } = bootWorld({ *root() {} });
 * const before = kernel.snapshot();
 * machine.run();
 * expectNoLeaks(kernel, before);
 * ```
 */
export function expectNoLeaks(kernel: Kernel, before: KernelSnapshot, options: LeakOptions = {}): void {
  const report = findLeaks(kernel, before, options);
  if (report.leaks.length > 0) throw new LeakError(report);
}

/** The same as a report. Whoever expects a leak looks at it with the means of his test runner. */
export function findLeaks(kernel: Kernel, before: KernelSnapshot, options: LeakOptions = {}): LeakReport {
  const comparison = new Comparison(before, options.after ?? kernel.snapshot());
  const found = [
    ...objectLeaks(comparison),
    ...slotLeaks(comparison),
    ...memoryLeaks(comparison),
    ...mappingLeaks(comparison),
  ];
  const allowed: readonly LeakKind[] = options.allow ?? [];
  const left = found.filter(({ kind }) => !allowed.includes(kind));
  if (left.length === 0) return { leaks: [], slots: 0, bytes: 0, text: "" };

  const writer = new LeakText(comparison, new Origins(kernel.machine.trace, before.records));
  const leaks = left.map((leak) => ({ ...leak, text: writer.leak(leak) }));
  const slots = leaks.reduce((sum, leak) => sum + leak.slots.length, 0);
  const bytes = leaks.reduce((sum, leak) => sum + (isInside(leak, leaks, comparison) ? 0 : leak.bytes), 0);
  return { leaks, slots, bytes, text: writer.report(leaks, slots, bytes) };
}

/** A leak before its story is told. */
export type BareLeak = Omit<Leak, "text">;

function objectLeaks(comparison: Comparison): BareLeak[] {
  return comparison.newObjects.map(({ kind, id, bytes }) => ({
    kind,
    object: id,
    bytes,
    slots: comparison.newCapabilities.filter((cap) => cap.object === id),
  }));
}

function slotLeaks(comparison: Comparison): BareLeak[] {
  return comparison.newCapabilities
    .filter(({ object }) => !comparison.isNew(object))
    .map((cap) => ({ kind: "slot", object: cap.object, bytes: 0, slots: [cap] }));
}

/** Of each older untyped: what it has given out beyond its new children. */
function memoryLeaks(comparison: Comparison): BareLeak[] {
  const leaks: BareLeak[] = [];
  for (const untyped of comparison.after.objects) {
    if (untyped.kind !== "untyped" || comparison.isNew(untyped.id)) continue;
    const bytes = growthOf(untyped, comparison) - comparison.newBytesOf(untyped.id);
    if (bytes > 0) leaks.push({ kind: "memory", object: untyped.id, bytes, slots: [] });
  }
  return leaks;
}

function growthOf(untyped: ObjectSnapshot, comparison: Comparison): number {
  const earlier = comparison.older(untyped.id);
  if (untyped.kind !== "untyped" || earlier?.kind !== "untyped") return 0;
  return untyped.usedBytes - earlier.usedBytes;
}

function mappingLeaks(comparison: Comparison): BareLeak[] {
  return comparison.newMappings().map((frame) => ({ kind: "mapping", object: frame, bytes: 0, slots: [] }));
}

/** Whether its memory is counted already: with a leaked untyped that it was made of. */
function isInside({ kind, object }: Leak, leaks: readonly Leak[], comparison: Comparison): boolean {
  if (kind === "slot" || kind === "memory" || kind === "mapping") return false;
  const untyped = comparison.newer(object)?.untyped ?? 0;
  return untyped !== 0 && leaks.some((other) => other.kind === "untyped" && other.object === untyped);
}
