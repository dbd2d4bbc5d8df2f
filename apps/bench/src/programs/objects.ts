/** A root task that makes many objects of each kind, and nothing of them: what one of each takes of the host. */
import type { Program } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadCNode,
  seL4_CapTableObject,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MinSchedContextBits,
  seL4_MinUntypedBits,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_UntypedRetypeMaxObjects,
  throwOnError,
} from "@tessera/libsel4";
import { fold, type Tally } from "../measure/work.js";
import { builder, largestUntyped } from "./setup.js";

export interface ObjectKind {
  readonly id: string;
  readonly name: string;
  readonly type: number;
  /** What Retype is told: of CNodes log2 of the slots. */
  readonly bits: number;
}

/** Fewest and most slots of a CNode that is measured. */
const FEW_SLOTS_BITS = 4;
const MANY_SLOTS_BITS = 8;

export const OBJECT_KINDS: readonly ObjectKind[] = [
  { id: "endpoint", name: "an endpoint", type: seL4_EndpointObject, bits: seL4_EndpointBits },
  { id: "notification", name: "a notification", type: seL4_NotificationObject, bits: seL4_NotificationBits },
  { id: "reply", name: "a reply object", type: seL4_ReplyObject, bits: seL4_ReplyBits },
  { id: "tcb", name: "a TCB that never ran", type: seL4_TCBObject, bits: seL4_TCBBits },
  { id: "sc", name: "a scheduling context", type: seL4_SchedContextObject, bits: seL4_MinSchedContextBits },
  { id: "cnode-few", name: "an empty CNode, 16 slots", type: seL4_CapTableObject, bits: FEW_SLOTS_BITS },
  { id: "cnode-many", name: "an empty CNode, 256 slots", type: seL4_CapTableObject, bits: MANY_SLOTS_BITS },
  { id: "frame", name: "a frame of 4 KiB", type: seL4_RISCV_4K_Page, bits: seL4_PageBits },
  { id: "page-table", name: "a page table", type: seL4_RISCV_PageTableObject, bits: seL4_PageTableBits },
  { id: "untyped", name: "an untyped", type: seL4_UntypedObject, bits: seL4_MinUntypedBits },
];

/** `before` objects of each kind, and then `count` of each, in slots one behind the other; a tally counts what was made. */
export function objectsRoot(tally: Tally, before: number, count: number): Program {
  return builder(function* (setup) {
    let slot = setup.bootinfo.empty.start;
    const untyped = largestUntyped(setup);
    function* make({ type, bits }: ObjectKind, many: number) {
      for (let left = many; left > 0; ) {
        const some = Math.min(left, seL4_UntypedRetypeMaxObjects);
        throwOnError(yield* seL4_Untyped_Retype(untyped, type, bits, seL4_CapInitThreadCNode, 0, 0, slot, some));
        slot += some;
        left -= some;
      }
      tally.done += many;
      tally.sum = fold(tally.sum, many);
    }
    for (const kind of OBJECT_KINDS) yield* make(kind, before);
    for (const kind of OBJECT_KINDS) yield* make(kind, count);
  });
}
