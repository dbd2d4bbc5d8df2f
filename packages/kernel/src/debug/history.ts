/**
 * What had happened to a slot before something failed there, read backwards from the trace as far as the ring remembers.
 * That is long work, so it is done when somebody reads it.
 */

import type { Trace, TraceRecord } from "@tessera/hal-sim";
import type { Slot } from "../caps/slot.js";
import { KernelEvent } from "../model/events.js";
import { hexPair } from "../model/word-text.js";
import type { ObjectNames } from "./object-names.js";

export class SlotHistory {
  private readonly trace: Trace;
  private readonly names: ObjectNames;
  private readonly home: number;
  private readonly index: number;
  private readonly wasEmpty: boolean;
  /** Number of the first record that is too late. */
  private readonly end: number;

  /** The history of `slot` up to now. */
  constructor(trace: Trace, names: ObjectNames, slot: Slot) {
    this.trace = trace;
    this.names = names;
    this.home = slot.home?.id ?? 0;
    this.index = slot.index;
    this.wasEmpty = slot.isEmpty;
    this.end = trace.count;
  }

  /** How the slot lost its capability, or who put it there; empty when the trace does not know. */
  tell(): string {
    const record = this.last(this.wasEmpty ? KernelEvent.SlotEmptied : KernelEvent.SlotFilled);
    if (record === null) return this.wasEmpty && this.trace.first === 0 ? "nothing was ever put into it" : "";
    const who = `at tick ${record.tick} by \`${this.trace.nameOf(record.subject)}\``;
    if (!this.wasEmpty) return `the capability was put there ${who}`;
    const badge = record.e === 0 ? "" : ` with badge ${hexPair(record.e, 0)}`;
    return `its capability, ${this.names.object(record.c, record.d)}${badge}, was taken away ${who}`;
  }

  private last(kind: number): TraceRecord | null {
    for (let n = this.end - 1; n >= this.trace.first; n--) {
      const record = this.trace.record(n);
      if (record?.kind === kind && record.a === this.home && record.b === this.index) return record;
    }
    return null;
  }
}
