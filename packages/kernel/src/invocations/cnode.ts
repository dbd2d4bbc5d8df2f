/**
 * Methods of CNodes: they move, copy and delete the capabilities of a CSpace. The invoked capability is the root of the
 * destination's addresses. Manual, sections "CNode methods"; checks in the order that recordings show.
 */
import {
  CapTag,
  CNodeCancelBadgedSends,
  CNodeCopy,
  CNodeDelete,
  CNodeMint,
  CNodeMutate,
  CNodeRevoke,
  CNodeRotate,
  seL4_WordBits,
} from "@tessera/libsel4/abi";
import { deleteSlot } from "../authority/delete.js";
import { revoke } from "../authority/revoke.js";
import type { Cap, CNodeCap, EndpointCap } from "../caps/cap.js";
import { derive } from "../caps/derive.js";
import { insertDerived, moveCap, swapCaps } from "../caps/mdb.js";
import { maskRights, Right, updateData } from "../caps/rights.js";
import { Slot } from "../caps/slot.js";
import { traceEmptied, traceFilled } from "../caps/trace-slot.js";
import { cancelBadgedSends } from "../ipc/cancel.js";
import { KernelEvent } from "../model/events.js";
import {
  deleteFirst,
  failedLookup,
  illegalOperation,
  missingCapability,
  noSuchMethod,
  type Progress,
  SyscallError,
  truncatedMessage,
} from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { hexPair } from "../model/word-text.js";
import { type Arguments, lookupArgument } from "./arguments.js";

export type CNodeInvocation =
  | { readonly op: "cnode-derive"; readonly source: Slot; readonly dest: Slot; readonly cap: Cap }
  | { readonly op: "cnode-move"; readonly source: Slot; readonly dest: Slot; readonly cap: Cap }
  | {
      readonly op: "cnode-rotate";
      readonly source: Slot;
      readonly pivot: Slot;
      readonly dest: Slot;
      readonly sourceCap: Cap;
      readonly pivotCap: Cap;
    }
  | { readonly op: "cnode-delete"; readonly slot: Slot }
  | { readonly op: "cnode-revoke"; readonly slot: Slot }
  | { readonly op: "cnode-cancel"; readonly cap: EndpointCap | null };

const FULL_DESTINATION = "the destination slot is not empty";

export function decodeCNode(k: KernelState, args: Arguments, root: CNodeCap): CNodeInvocation | SyscallError {
  const { label } = args;
  if (label < CNodeRevoke || label > CNodeRotate) return noSuchMethod(args.label);
  if (args.length < 2) return truncatedMessage(2, 0, args);
  const target = lookupArgument(k, args, root, 0, 1, false, "destination");
  if (!(target instanceof Slot)) return target;
  switch (label) {
    case CNodeRevoke:
      return { op: "cnode-revoke", slot: target };
    case CNodeDelete:
      return { op: "cnode-delete", slot: target };
    case CNodeCancelBadgedSends:
      return decodeCancel(target);
    case CNodeRotate:
      return decodeRotate(k, args, target);
    default:
      return decodeTransfer(k, args, target);
  }
}

/** Who cancels the sends of others must hold the endpoint with every right. */
function decodeCancel(target: Slot): CNodeInvocation | SyscallError {
  const { cap } = target;
  if (cap.type !== CapTag.endpoint || cap.rights !== Right.All) {
    return illegalOperation("cancelling sends needs an endpoint capability with all rights", target);
  }
  return { op: "cnode-cancel", cap: (cap.badgeLo | cap.badgeHi) === 0 ? null : cap };
}

/** Copy, Mint, Move, Mutate: one source, one empty destination. */
function decodeTransfer(k: KernelState, args: Arguments, dest: Slot): CNodeInvocation | SyscallError {
  if (args.length < 4 || !args.hasExtra(1)) return truncatedMessage(4, 1, args);
  if (!dest.isEmpty) return deleteFirst(FULL_DESTINATION, dest);
  const source = lookupArgument(k, args, args.cap(0), 2, 3, true, "source");
  if (!(source instanceof Slot)) return source;
  if (source.isEmpty) {
    return failedLookup(true, missingCapability(args.low(k, 3)), "the source slot is empty", source);
  }
  const cap = transferredCap(k, args, source);
  if (cap instanceof SyscallError) return cap;
  if (cap.type === CapTag.null) return illegalOperation(whyNothing(source.cap), source);
  const isDerived = args.label === CNodeCopy || args.label === CNodeMint;
  return { op: isDerived ? "cnode-derive" : "cnode-move", source, dest, cap };
}

/** Why a capability cannot be had in the form asked for. */
function whyNothing(cap: Cap): string {
  switch (cap.type) {
    case CapTag.endpoint:
    case CapTag.notification:
      return (cap.badgeLo | cap.badgeHi) === 0
        ? "Mutate and Rotate give no badges; Mint does"
        : `a badge is given once, and the capability has badge ${hexPair(cap.badgeLo, cap.badgeHi)} already`;
    case CapTag.cnode:
      return `a guard has ${seL4_WordBits - cap.object.radix} bits at most in a CNode of 2^${cap.object.radix} slots`;
    case CapTag.irqControl:
      return "the IRQ control capability cannot be copied";
    default:
      return "what is left of a deleted object cannot be copied";
  }
}

/** What the destination is to hold. */
function transferredCap(k: KernelState, args: Arguments, source: Slot): Cap | SyscallError {
  switch (args.label) {
    case CNodeCopy:
      if (args.length < 5) return truncatedMessage(5, 1, args);
      return derive(source, maskRights(source.cap, args.low(k, 4)));
    case CNodeMint: {
      if (args.length < 6) return truncatedMessage(6, 1, args);
      const masked = maskRights(source.cap, args.low(k, 4));
      return derive(source, updateData(masked, false, args.low(k, 5), args.high(k, 5)));
    }
    case CNodeMutate:
      if (args.length < 5) return truncatedMessage(5, 1, args);
      return updateData(source.cap, true, args.low(k, 4), args.high(k, 4));
    default:
      return source.cap;
  }
}

/** The pivot's capability goes to the destination, the source's to the pivot. */
function decodeRotate(k: KernelState, args: Arguments, dest: Slot): CNodeInvocation | SyscallError {
  if (args.length < 8 || !args.hasExtra(2)) return truncatedMessage(8, 2, args);
  const source = lookupArgument(k, args, args.cap(1), 6, 7, true, "source");
  if (!(source instanceof Slot)) return source;
  const pivot = lookupArgument(k, args, args.cap(0), 3, 4, true, "pivot");
  if (!(pivot instanceof Slot)) return pivot;
  if (pivot === source || pivot === dest)
    return illegalOperation("the pivot must be another slot than source and destination", pivot);
  if (source !== dest && !dest.isEmpty) return deleteFirst(FULL_DESTINATION, dest);
  if (source.isEmpty) {
    return failedLookup(true, missingCapability(args.low(k, 7)), "the source slot is empty", source);
  }
  if (pivot.isEmpty) {
    return failedLookup(false, missingCapability(args.low(k, 4)), "the pivot slot is empty", pivot);
  }
  const sourceCap = updateData(source.cap, true, args.low(k, 5), args.high(k, 5));
  const pivotCap = updateData(pivot.cap, true, args.low(k, 2), args.high(k, 2));
  if (sourceCap.type === CapTag.null) return illegalOperation(whyNothing(source.cap), source);
  if (pivotCap.type === CapTag.null) return illegalOperation(whyNothing(pivot.cap), pivot);
  return { op: "cnode-rotate", source, pivot, dest, sourceCap, pivotCap };
}

export function performCNode(k: KernelState, inv: CNodeInvocation): Progress {
  switch (inv.op) {
    case "cnode-derive":
      insertDerived(inv.cap, inv.source, inv.dest);
      traceMade(k, inv.dest);
      return "done";
    case "cnode-move":
      traceEmptied(k, inv.source);
      moveCap(inv.cap, inv.source, inv.dest);
      traceMade(k, inv.dest);
      return "done";
    case "cnode-rotate":
      performRotate(k, inv.source, inv.pivot, inv.dest, inv.sourceCap, inv.pivotCap);
      return "done";
    case "cnode-delete":
      return deleteSlot(k, inv.slot);
    case "cnode-revoke":
      return revoke(k, inv.slot);
    case "cnode-cancel":
      if (inv.cap !== null) cancelBadgedSends(k, inv.cap.object, inv.cap.badgeLo, inv.cap.badgeHi);
      return "done";
  }
}

function performRotate(k: KernelState, source: Slot, pivot: Slot, dest: Slot, sourceCap: Cap, pivotCap: Cap): void {
  if (source === dest) {
    swapCaps(sourceCap, source, pivotCap, pivot);
    traceFilled(k, source);
    traceFilled(k, pivot);
  } else {
    moveCap(pivotCap, pivot, dest);
    traceEmptied(k, source);
    moveCap(sourceCap, source, pivot);
    traceFilled(k, dest);
    traceFilled(k, pivot);
  }
}

function traceMade(k: KernelState, slot: Slot): void {
  const { cap } = slot;
  const badged = cap.type === CapTag.endpoint || cap.type === CapTag.notification;
  const badgeLo = badged ? cap.badgeLo : 0;
  const badgeHi = badged ? cap.badgeHi : 0;
  const object = cap.object === null ? 0 : cap.object.id;
  k.trace.emit(KernelEvent.CapMade, k.current?.id ?? 0, k.args.label, cap.type, object, badgeLo, badgeHi);
  traceFilled(k, slot);
}
