/**
 * Untyped_Retype: turning free memory into objects (manual, section "Dynamic memory management"; seL4_Untyped_Retype).
 * All slots are found empty and the memory found to suffice before anything is made.
 */
import {
  CapTag,
  CONFIG_RETYPE_FAN_OUT_LIMIT,
  objectSizeBits,
  seL4_CapTableObject,
  seL4_MaxUntypedBits,
  seL4_MinSchedContextBits,
  seL4_MinUntypedBits,
  seL4_ObjectTypeCount,
  seL4_SchedContextObject,
  seL4_UntypedObject,
  seL4_WordBits,
  UntypedRetype,
} from "@tessera/libsel4/abi";
import { type Cap, type UntypedCap, untypedCap } from "../caps/cap.js";
import type { CNode } from "../caps/cnode.js";
import { lookupTarget } from "../caps/lookup.js";
import { hasChildren, insertNew } from "../caps/mdb.js";
import { type Slot, updateCap } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { createObject, isFrameType } from "../memory/create.js";
import { alignUp, resetUntyped, usedBytes } from "../memory/untyped.js";
import { assert } from "../model/assert.js";
import {
  deleteFirst,
  failedLookup,
  illegalOperation,
  invalidArgument,
  missingCapability,
  notEnoughMemory,
  type Progress,
  rangeError,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Arguments } from "./arguments.js";

export interface Retype {
  readonly op: "retype";
  readonly slot: Slot;
  readonly region: UntypedCap["object"];
  readonly type: number;
  readonly sizeBits: number;
  readonly node: CNode;
  readonly offset: number;
  readonly count: number;
  /** The untyped has no children: its memory is zeroed first. */
  readonly isReset: boolean;
  /** Where in the block the first object goes. */
  readonly start: number;
}

export function decodeUntyped(k: KernelState, args: Arguments, slot: Slot, cap: UntypedCap): Retype | SyscallError {
  if (args.label !== UntypedRetype) return illegalOperation("the label names no method of this object");
  if (args.length < 6 || !args.hasExtra(1)) return truncatedMessage(6, 1);
  const type = args.word(k, 0);
  const sizeBits = args.word(k, 1);
  const badSize = checkSize(type, sizeBits);
  if (badSize !== null) return badSize;
  const node = findDestination(k, args);
  if (node instanceof SyscallError) return node;
  const offset = args.word(k, 4);
  const count = args.word(k, 5);
  const badWindow = checkWindow(node, offset, count);
  if (badWindow !== null) return badWindow;

  const { object: region } = cap;
  const used = usedBytes(slot, cap);
  const bits = objectSizeBits(type, sizeBits);
  const free = 2 ** region.sizeBits - used;
  if (Math.floor(free / 2 ** bits) < count) {
    return notEnoughMemory(free, `${count} × ${2 ** bits} bytes do not fit the ${free} bytes that are left`);
  }
  // The kernel keeps nothing of its own in device memory.
  if (region.isDevice && !isFrameType(type) && type !== seL4_UntypedObject) {
    return invalidArgument(1, "device memory becomes frames or untyped memory only");
  }
  const isReset = !hasChildren(slot);
  return { op: "retype", slot, region, type, sizeBits, node, offset, count, isReset, start: alignUp(used, bits) };
}

function checkSize(type: number, sizeBits: number): SyscallError | null {
  if (type >= seL4_ObjectTypeCount) return invalidArgument(0, `there is no object type ${type}`);
  if (sizeBits >= seL4_WordBits || objectSizeBits(type, sizeBits) > seL4_MaxUntypedBits) {
    return rangeError(0, seL4_MaxUntypedBits, "the size in bits");
  }
  if (type === seL4_CapTableObject && sizeBits === 0) return invalidArgument(1, "a CNode has two slots at least");
  if (type === seL4_UntypedObject && sizeBits < seL4_MinUntypedBits) {
    return invalidArgument(1, `untyped memory has ${2 ** seL4_MinUntypedBits} bytes at least`);
  }
  if (type === seL4_SchedContextObject && sizeBits < seL4_MinSchedContextBits) {
    return invalidArgument(1, `a scheduling context has ${2 ** seL4_MinSchedContextBits} bytes at least`);
  }
  return null;
}

/** The CNode the new capabilities go to: the root itself for depth 0, else the one at its address. */
function findDestination(k: KernelState, args: Arguments): CNode | SyscallError {
  const depth = args.word(k, 3);
  let slot = args.extraSlot(0);
  if (depth !== 0) {
    const found = lookupTarget(slot.cap, args.low(k, 2), args.high(k, 2), depth, false, "destination CNode");
    if (found instanceof SyscallError) return found;
    slot = found;
  }
  const { cap } = slot;
  return cap.type === CapTag.cnode
    ? cap.object
    : failedLookup(false, missingCapability(depth), "the destination is not a CNode", slot);
}

/** The window of slots lies in the CNode and is empty. */
function checkWindow(node: CNode, offset: number, count: number): SyscallError | null {
  if (offset > node.size - 1) return rangeError(0, node.size - 1, "the first slot");
  if (count < 1 || count > CONFIG_RETYPE_FAN_OUT_LIMIT) {
    return rangeError(1, CONFIG_RETYPE_FAN_OUT_LIMIT, "the number of objects");
  }
  if (count > node.size - offset)
    return rangeError(1, node.size - offset, "the number of objects, for which the CNode has slots,");
  for (let i = 0; i < count; i++) {
    if (!node.isEmptyAt(offset + i))
      return deleteFirst("a slot of the destination is not empty", node.slot(offset + i));
  }
  return null;
}

export function performRetype(k: KernelState, inv: Retype): Progress {
  const { slot, region, type, sizeBits, node, offset, count } = inv;
  assert(slot.cap.type === CapTag.untyped, "what is retyped is untyped memory");
  if (inv.isReset && resetUntyped(k, slot, slot.cap) === "preempted") return "preempted";
  const bytes = 2 ** objectSizeBits(type, sizeBits);
  for (let i = 0; i < count; i++) {
    const paddr = region.paddr + inv.start + i * bytes;
    const cap: Cap = createObject(k, type, paddr, sizeBits, region.isDevice, region.id);
    const made = node.slot(offset + i);
    insertNew(made, cap, slot);
    traceFilled(k, made);
  }
  updateCap(slot, untypedCap(region, inv.start + count * bytes));
  return "done";
}
