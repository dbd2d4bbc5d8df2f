/** Writing into the trace where a capability came to be, and where one went. */
import { CapTag } from "@tessera/libsel4/abi";
import { KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import type { Cap } from "./cap.js";
import type { Slot } from "./slot.js";

export function traceFilled(k: KernelState, slot: Slot): void {
  const { cap, home, index } = slot;
  const who = k.current === null ? 0 : k.current.id;
  k.trace.emit(
    KernelEvent.SlotFilled,
    who,
    home === null ? 0 : home.id,
    index,
    cap.type,
    cap.object?.id ?? 0,
    rightsOf(cap),
  );
}

/** To be called before the slot is emptied. */
export function traceEmptied(k: KernelState, slot: Slot): void {
  const { cap, home, index } = slot;
  const who = k.current === null ? 0 : k.current.id;
  const badge = cap.type === CapTag.endpoint || cap.type === CapTag.notification ? cap.badgeLo : 0;
  k.trace.emit(KernelEvent.SlotEmptied, who, home === null ? 0 : home.id, index, cap.type, cap.object?.id ?? 0, badge);
}

function rightsOf(cap: Cap): number {
  switch (cap.type) {
    case CapTag.endpoint:
    case CapTag.notification:
    case CapTag.reply:
    case CapTag.frame:
      return cap.rights;
    default:
      return 0;
  }
}
