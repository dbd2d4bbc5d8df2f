/** What had happened to a slot, read backwards from the trace as far as the ring remembers. */
import type { Slot } from "../caps/slot.js";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { objectName } from "./object-names.js";

/** How an empty slot lost its capability; the empty string when the trace does not know. */
export function whoEmptied(k: KernelState, slot: Slot): string {
  const { trace } = k;
  const home = slot.home?.id ?? 0;
  for (let n = trace.count - 1; n >= trace.first; n--) {
    const record = trace.record(n);
    if (record?.kind !== KernelEvent.SlotEmptied || record.a !== home || record.b !== slot.index) continue;
    const badge = record.e === 0 ? "" : ` with badge 0x${(record.e >>> 0).toString(16)}`;
    const who = trace.nameOf(record.subject);
    return `its capability, ${objectName(k, record.c, record.d)}${badge}, was taken away at tick ${record.tick} by \`${who}\``;
  }
  return trace.first === 0 ? "nothing was ever put into it" : "";
}

/** Who put the capability into a slot; the empty string when the trace does not know. */
export function whoFilled(k: KernelState, slot: Slot): string {
  const { trace } = k;
  const home = slot.home?.id ?? 0;
  for (let n = trace.count - 1; n >= trace.first; n--) {
    const record = trace.record(n);
    if (record?.kind !== KernelEvent.SlotFilled || record.a !== home || record.b !== slot.index) continue;
    return `the capability was put there at tick ${record.tick} by \`${trace.nameOf(record.subject)}\``;
  }
  return "";
}
