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
import { hasChildren, insertNew } from "../caps/mdb.js";
import { type Slot, updateCap } from "../caps/slot.js";
import { traceFilled } from "../caps/trace-slot.js";
import { createObject, isFrameType } from "../memory/create.js";
import { alignUp, resetUntyped, usedBytes } from "../memory/untyped.js";
import { assert } from "../model/assert.js";
import {
  deleteFirst,
  failedLookup,
  invalidArgument,
  missingCapability,
  noSuchMethod,
  notEnoughMemory,
  type Progress,
  rangeError,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { quantity } from "../model/word-text.js";
import { givenName, nameThread } from "../threads/object-name.js";
import { type Arguments, lookupArgument } from "./arguments.js";

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
  if (args.label !== UntypedRetype) return noSuchMethod(args.label);
  if (args.length < 6 || !args.hasExtra(1)) return truncatedMessage(6, 1, args);
  const type = args.word(k, 0);
  const sizeBits = args.word(k, 1);
  const badSize = checkSize(k, args, type, sizeBits);
  if (badSize !== null) return badSize;
  const node = findDestination(k, args);
  if (node instanceof SyscallError) return node;
  const offset = args.word(k, 4);
  const count = args.word(k, 5);
  const badWindow = checkWindow(k, args, node, offset, count);
  if (badWindow !== null) return badWindow;

  const { object: region } = cap;
  const used = usedBytes(slot, cap);
  const bits = objectSizeBits(type, sizeBits);
  const free = 2 ** region.sizeBits - used;
  if (Math.floor(free / 2 ** bits) < count) {
    return notEnoughMemory(free, whyTooSmall(count, 2 ** bits, free, 2 ** region.sizeBits));
  }
  // The kernel keeps nothing of its own in device memory.
  if (region.isDevice && !isFrameType(type) && type !== seL4_UntypedObject) {
    return invalidArgument(1, `device memory becomes frames or untyped memory only, no object of type ${type}`);
  }
  const isReset = !hasChildren(slot);
  return {
    op: "retype",
    slot,
    region,
    type,
    sizeBits: sizeBits | 0,
    node,
    offset,
    count,
    isReset,
    start: alignUp(used, bits),
  };
}

function checkSize(k: KernelState, args: Arguments, type: number, sizeBits: number): SyscallError | null {
  if (type >= seL4_ObjectTypeCount) {
    const given = quantity(args.low(k, 0), args.high(k, 0));
    return invalidArgument(0, `there is no object type ${given}: types are 0 to ${seL4_ObjectTypeCount - 1}`);
  }
  if (sizeBits >= seL4_WordBits) {
    return rangeError(0, seL4_MaxUntypedBits, "the size in bits", args.low(k, 1), args.high(k, 1));
  }
  const bits = objectSizeBits(type, sizeBits);
  if (bits > seL4_MaxUntypedBits) return rangeError(0, seL4_MaxUntypedBits, "the size of the object in bits", bits, 0);
  if (type === seL4_CapTableObject) return atLeast("a CNode", "slots", 1, sizeBits);
  if (type === seL4_UntypedObject) return atLeast("untyped memory", "bytes", seL4_MinUntypedBits, sizeBits);
  if (type === seL4_SchedContextObject) {
    return atLeast("a scheduling context", "bytes", seL4_MinSchedContextBits, sizeBits);
  }
  return null;
}

function atLeast(what: string, unit: string, min: number, sizeBits: number): SyscallError | null {
  if (sizeBits >= min) return null;
  return invalidArgument(
    1,
    `${what} has ${2 ** min} ${unit} at least: its size in bits must be ${min} or more, not ${sizeBits}`,
  );
}

function whyTooSmall(count: number, bytes: number, free: number, all: number): string {
  const what = `${count} × ${bytes} bytes do not fit the ${free} bytes that are left of ${all}`;
  const fit = Math.floor(free / bytes);
  return fit === 0 ? what : `${what}; ${fit} would`;
}

/** The CNode the new capabilities go to: the root itself for depth 0, else the one at its address. */
function findDestination(k: KernelState, args: Arguments): CNode | SyscallError {
  const depth = args.low(k, 3);
  let slot = args.extraSlot(0);
  if ((depth | args.high(k, 3)) !== 0) {
    const found = lookupArgument(k, args, slot.cap, 2, 3, false, "destination CNode");
    if (found instanceof SyscallError) return found;
    slot = found;
  }
  const { cap } = slot;
  return cap.type === CapTag.cnode
    ? cap.object
    : failedLookup(false, missingCapability(depth), "the destination is not a CNode", slot);
}

/** The window of slots lies in the CNode and is empty. */
function checkWindow(k: KernelState, args: Arguments, node: CNode, offset: number, count: number): SyscallError | null {
  if (offset > node.size - 1) return rangeError(0, node.size - 1, "the first slot", args.low(k, 4), args.high(k, 4));
  if (count < 1 || count > CONFIG_RETYPE_FAN_OUT_LIMIT) {
    return rangeError(1, CONFIG_RETYPE_FAN_OUT_LIMIT, "the number of objects", args.low(k, 5), args.high(k, 5));
  }
  if (count > node.size - offset) {
    const what = `the number of objects, for which the CNode has slots from ${offset} on,`;
    return rangeError(1, node.size - offset, what, count, 0);
  }
  for (let i = 0; i < count; i++) {
    if (!node.isEmptyAt(offset + i))
      return deleteFirst("a slot of the destination is not empty", node.slot(offset + i));
  }
  return null;
}

/** Names come with the object: of a Retype that fails none is left. */
function nameMade(k: KernelState, cap: Cap, name: string | null): void {
  if (name === null) return;
  if (cap.type === CapTag.thread) nameThread(k, cap.object, name);
  else if (cap.object !== null) k.trace.setName(cap.object.id, name);
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
    nameMade(k, cap, givenName(k, i, count));
  }
  updateCap(slot, untypedCap(region, inv.start + count * bytes));
  return "done";
}
