/** What a more urgent thread may do while another one is deleting: one act of a small alphabet, on one place of the world. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  errorName,
  seL4_AllRights,
  seL4_Call,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_CNode_Revoke,
  seL4_EndpointObject,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_Send,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_Suspend,
  seL4_Untyped_Retype,
  seL4_Wait,
} from "@tessera/libsel4";
import { type Built, operate } from "./preemption-scenes.js";
import type { Kind, Place } from "./preemption-site.js";

/** On any place: with its capability, with its slot. */
const ON_SLOTS = ["delete", "revoke", "copy", "mint", "move", "fill"] as const;
/** On the object of a place in the root CNode, by its kind. */
const ON_OBJECTS: Readonly<Partial<Record<Kind, readonly Act[]>>> = {
  endpoint: ["send", "call", "receive"],
  notification: ["signal", "wait"],
  tcb: ["suspend", "resume"],
  untyped: ["retype"],
};
type Act =
  | (typeof ON_SLOTS)[number]
  | "send"
  | "call"
  | "receive"
  | "signal"
  | "wait"
  | "suspend"
  | "resume"
  | "retype"
  | "the same operation"
  | "suspend who deletes"
  | "restart who deletes";

/** An act, and the name of the place it is done to; the last three need none. */
export interface Interference {
  readonly act: Act;
  readonly place?: string;
}

/** Everything that may be done in a world. */
export function interferencesIn({ places, target }: Built): readonly Interference[] {
  const all: Interference[] = [{ act: "the same operation" }, { act: "suspend who deletes" }];
  all.push({ act: "restart who deletes" });
  for (const { name, kind, depth } of places) {
    for (const act of ON_SLOTS) all.push({ act, place: name });
    if (depth !== target.depth) continue;
    for (const act of ON_OBJECTS[kind] ?? []) all.push({ act, place: name });
  }
  return all;
}

/** What an act needs beside its place. */
export interface Tools {
  readonly built: Built;
  /** An empty slot of the root CNode. */
  readonly free: Place;
  /** An endpoint that is not of the world. */
  readonly spare: Place;
  /** Who deletes. */
  readonly deleter: Place;
}

const MESSAGE = seL4_MessageInfo_new(0, 0, 0, 0);
const BADGE = 9;

/** Do it; the error's name, or "over" for calls that answer nothing. An act may block. */
export function* interfere({ act, place: name }: Interference, tools: Tools): Thread<string> {
  const { built, free, spare, deleter } = tools;
  const place = built.places.find((one) => one.name === name) ?? built.target;
  const { index, cnode, depth } = place;
  const at = [cnode, index, depth] as const;
  const aside = [free.cnode, free.index, free.depth] as const;
  switch (act) {
    case "delete":
      return errorName(yield* seL4_CNode_Delete(...at));
    case "revoke":
      return errorName(yield* seL4_CNode_Revoke(...at));
    case "copy":
      return errorName(yield* seL4_CNode_Copy(...aside, ...at, seL4_AllRights));
    case "mint":
      return errorName(yield* seL4_CNode_Mint(...aside, ...at, seL4_AllRights, BADGE));
    case "move":
      return errorName(yield* seL4_CNode_Move(...aside, ...at));
    case "fill":
      return errorName(yield* seL4_CNode_Copy(...at, spare.cnode, spare.index, spare.depth, seL4_AllRights));
    case "retype":
      return errorName(yield* seL4_Untyped_Retype(index, seL4_EndpointObject, 0, free.cnode, 0, 0, free.index, 1));
    case "suspend":
      return errorName(yield* seL4_TCB_Suspend(index));
    case "resume":
      return errorName(yield* seL4_TCB_Resume(index));
    case "suspend who deletes":
      return errorName(yield* seL4_TCB_Suspend(deleter.index));
    case "restart who deletes":
      yield* seL4_TCB_Suspend(deleter.index);
      return errorName(yield* seL4_TCB_Resume(deleter.index));
    case "the same operation":
      return errorName(yield* operate(built));
    default:
      yield* communicate(act, index);
      return "over";
  }
}

function* communicate(act: "send" | "call" | "receive" | "signal" | "wait", index: number): Thread {
  switch (act) {
    case "send":
      yield* seL4_Send(index, MESSAGE);
      return;
    case "call":
      yield* seL4_Call(index, MESSAGE);
      return;
    case "receive":
      yield* seL4_Recv(index, 0);
      return;
    case "signal":
      yield* seL4_Signal(index);
      return;
    case "wait":
      yield* seL4_Wait(index);
  }
}
