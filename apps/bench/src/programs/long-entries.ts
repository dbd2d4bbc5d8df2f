/** A root task that makes the longest system calls there are, each announced by its name. */
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  seL4_CapInitThreadCNode,
  seL4_CapTableObject,
  seL4_CNode_CancelBadgedSends,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Revoke,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MessageInfo_new,
  seL4_PageBits,
  seL4_RISCV_Mega_Page,
  seL4_Send,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_UntypedRetypeMaxObjects,
  seL4_Wait,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { builder, largestUntyped, type Setup } from "./setup.js";
import { lowerPriority, retypeOne, startIdler } from "./threads.js";

const OWN = seL4_CapInitThreadCNode;
const NOTHING = seL4_MessageInfo_new(0, 0, 0, 0);
const DEPTH = seL4_WordBits;
/** log2 of the slots of the CNode that is filled. */
const NODE_BITS = 11;
const MEGA_PAGE_BITS = 21;
/** Threads that wait at one endpoint. */
const WAITING = 256;
/** Numbers of the programs in the image. */
const WAITER = 1;
const SENDER = 2;

/** Which call the root task is about to make; null while it prepares one. */
export interface Announced {
  name: string | null;
  /** All calls have been made. */
  ended: boolean;
}

export function longEntriesRoot(announced: Announced): Program {
  return builder(function* (setup) {
    const slots = new Slots(setup.bootinfo.empty.start);
    yield* lowerPriority();
    const calls = [retypeMany, fillAndRevoke, fillAndDelete, resetMemory, deleteEndpoint, cancelSends];
    for (const call of calls) yield* call(setup, slots, announce);
    announced.ended = true;
  });

  /** Makes a call under its name. */
  function* announce(name: string, call: () => Thread<number>): Thread {
    announced.name = name;
    const error = yield* call();
    announced.name = null;
    throwOnError(error);
  }
}

type Announce = (name: string, call: () => Thread<number>) => Thread;

/** Empty slots of the root task, handed out one behind the other. */
class Slots {
  private next: number;

  constructor(first: number) {
    this.next = first;
  }

  take(count = 1): number {
    const first = this.next;
    this.next += count;
    return first;
  }
}

function* retypeMany(setup: Setup, slots: Slots, announce: Announce): Thread {
  const count = seL4_UntypedRetypeMaxObjects;
  const first = slots.take(count);
  const untyped = largestUntyped(setup);
  yield* announce(`Retype of ${count} endpoints`, function* () {
    const bits = seL4_EndpointBits;
    return yield* seL4_Untyped_Retype(untyped, seL4_EndpointObject, bits, OWN, 0, 0, first, count);
  });
}

/** A CNode full of copies of an endpoint. */
function* fullCNode(setup: Setup, slots: Slots): Thread<{ cnode: seL4_CPtr<"CNode">; endpoint: number }> {
  const endpoint = slots.take();
  yield* retypeOne(setup, seL4_EndpointObject, seL4_EndpointBits, endpoint);
  const cnode = slots.take() as seL4_CPtr<"CNode">;
  yield* retypeOne(setup, seL4_CapTableObject, NODE_BITS, cnode);
  for (let i = 0; i < 2 ** NODE_BITS; i++) {
    throwOnError(yield* seL4_CNode_Copy(cnode, i, NODE_BITS, OWN, endpoint, DEPTH, seL4_AllRights));
  }
  return { cnode, endpoint };
}

function* fillAndRevoke(setup: Setup, slots: Slots, announce: Announce): Thread {
  const { endpoint } = yield* fullCNode(setup, slots);
  yield* announce(`Revoke of ${2 ** NODE_BITS} copies`, function* () {
    return yield* seL4_CNode_Revoke(OWN, endpoint, DEPTH);
  });
}

function* fillAndDelete(setup: Setup, slots: Slots, announce: Announce): Thread {
  const { cnode } = yield* fullCNode(setup, slots);
  yield* announce(`Delete of a CNode of ${2 ** NODE_BITS} capabilities`, function* () {
    return yield* seL4_CNode_Delete(OWN, cnode, DEPTH);
  });
}

/** 2 MiB are used, given back, and used again: they are zeroed before. */
function* resetMemory(setup: Setup, slots: Slots, announce: Announce): Thread {
  const untyped = slots.take() as seL4_CPtr<"Untyped">;
  yield* retypeOne(setup, seL4_UntypedObject, MEGA_PAGE_BITS, untyped);
  const page = slots.take();
  const retype = (type: number, bits: number) => seL4_Untyped_Retype(untyped, type, bits, OWN, 0, 0, page, 1);
  throwOnError(yield* retype(seL4_RISCV_Mega_Page, 0));
  throwOnError(yield* seL4_CNode_Delete(OWN, page, DEPTH));
  yield* announce("Retype in 2 MiB that were in use", function* () {
    return yield* retype(seL4_UntypedObject, seL4_PageBits);
  });
}

function* deleteEndpoint(setup: Setup, slots: Slots, announce: Announce): Thread {
  const endpoint = slots.take();
  yield* retypeOne(setup, seL4_EndpointObject, seL4_EndpointBits, endpoint);
  for (let i = 0; i < WAITING; i++) yield* startIdler(setup, WAITER, endpoint, slots.take(2), i);
  yield* announce(`Delete of an endpoint where ${WAITING} wait`, function* () {
    return yield* seL4_CNode_Delete(OWN, endpoint, DEPTH);
  });
}

function* cancelSends(setup: Setup, slots: Slots, announce: Announce): Thread {
  const endpoint = slots.take();
  yield* retypeOne(setup, seL4_EndpointObject, seL4_EndpointBits, endpoint);
  const badged = slots.take();
  throwOnError(yield* seL4_CNode_Mint(OWN, badged, DEPTH, OWN, endpoint, DEPTH, seL4_AllRights, 1));
  for (let i = 0; i < WAITING; i++) yield* startIdler(setup, SENDER, badged, slots.take(2), i);
  yield* announce(`CancelBadgedSends where ${WAITING} wait to send`, function* () {
    return yield* seL4_CNode_CancelBadgedSends(OWN, badged, DEPTH);
  });
}

/** a0: an endpoint where nobody sends. When it is gone the thread ends by a fault. */
export function waiter(): Program {
  return program(function* ({ a0: endpoint }) {
    yield* seL4_Wait(endpoint as seL4_CPtr<"Endpoint">);
  });
}

/** a0: an endpoint where nobody receives. */
export function sender(): Program {
  return program(function* ({ a0: endpoint }) {
    yield* seL4_Send(endpoint, NOTHING);
  });
}
