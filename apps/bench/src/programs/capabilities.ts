/**
 * Programs that fill a CNode and empty it again, phase after phase, for ever; and a client that sends a capability
 * with each call. A program counts each system call before it makes it (`begun`), so that its host can stop it exactly
 * behind the last one of a phase.
 */
import { cspace_alloc_slot } from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  seL4_CallWithMRs,
  seL4_CapInitThreadCNode,
  seL4_CapTableObject,
  type seL4_CNode,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Revoke,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MessageInfo_get_extraCaps,
  seL4_MessageInfo_new,
  seL4_NBSendRecvWithMRs,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_ReplyRecvWithMRs,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_SlotBits,
  seL4_Untyped_Retype,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { answerWord } from "../measure/exchange.js";
import type { PhaseTally } from "../measure/phases.js";
import { fold, REQUESTS } from "../measure/work.js";
import { builder, largestUntyped, make, type Setup, startPassive, startThread } from "./setup.js";

const OWN = seL4_CapInitThreadCNode;
const NOTHING = seL4_MessageInfo_new(0, 0, 0, 0);
const ONE_WORD = seL4_MessageInfo_new(0, 0, 0, 1);
const ONE_WORD_ONE_CAP = seL4_MessageInfo_new(0, 0, 1, 1);

/** A CNode of 2^bits slots, straight from the largest untyped, and the slot that it is in. */
function* bigCNode(setup: Setup, bits: number): Thread<seL4_CNode> {
  const slot = yield* cspace_alloc_slot(setup.cspace);
  const untyped = largestUntyped(setup, bits + seL4_SlotBits);
  throwOnError(yield* seL4_Untyped_Retype(untyped, seL4_CapTableObject, bits, OWN, 0, 0, slot, 1));
  return slot as seL4_CNode;
}

/** Builds a CNode of 2^bits slots and a thread that has it in a0, and in a2 the endpoint whose capabilities fill it. */
export function fillerRoot(bits: number): Program {
  return builder(function* (setup) {
    const endpoint = yield* make(setup, seL4_EndpointObject, seL4_EndpointBits);
    const cnode = yield* bigCNode(setup, bits);
    yield* startThread(setup, { program: 1, priority: 100, args: [cnode, endpoint] });
  });
}

/** Each of the numbers below 2^bits once, in an order in which neighbours are far apart. */
export function scattered(i: number, bits: number): number {
  const mask = (1 << bits) - 1;
  const mixed = Math.imul(i, 0x9e3779b1) & mask;
  return Math.imul(mixed ^ (mixed >>> (bits >> 1)), 0x85ebca6b) & mask;
}

/** Phases: mint all, delete all, copy all, revoke, mint all in scattered order, revoke. */
export function filler(tally: PhaseTally, bits: number): Program {
  return program(function* ({ a0, a2: endpoint }) {
    const cnode = a0 as seL4_CNode;
    const slots = 2 ** bits;

    function counted(error: number): void {
      tally.done++;
      tally.sum = fold(tally.sum, error + 1);
    }
    function* mint(slot: number): Thread {
      const badge = slot + 1;
      tally.begun++;
      counted(yield* seL4_CNode_Mint(cnode, slot, bits, OWN, endpoint, seL4_WordBits, seL4_AllRights, badge));
    }
    function* revoke(): Thread {
      tally.begun++;
      counted(yield* seL4_CNode_Revoke(OWN, endpoint, seL4_WordBits));
    }

    for (;;) {
      for (let i = 0; i < slots; i++) yield* mint(i);
      for (let i = 0; i < slots; i++) {
        tally.begun++;
        counted(yield* seL4_CNode_Delete(cnode, i, bits));
      }
      for (let i = 0; i < slots; i++) {
        tally.begun++;
        counted(yield* seL4_CNode_Copy(cnode, i, bits, OWN, endpoint, seL4_WordBits, seL4_AllRights));
      }
      yield* revoke();
      for (let i = 0; i < slots; i++) yield* mint(scattered(i, bits));
      yield* revoke();
    }
  });
}

/** Builds a client and a passive server; the client has an endpoint to send copies of, the server a CNode for them. */
export function senderRoot(bits: number): Program {
  return builder(function* (setup) {
    const endpoint = yield* make(setup, seL4_EndpointObject, seL4_EndpointBits);
    const gift = yield* make(setup, seL4_EndpointObject, seL4_EndpointBits);
    const reply = yield* make(setup, seL4_ReplyObject, seL4_ReplyBits);
    const ready = yield* make(setup, seL4_NotificationObject, seL4_NotificationBits);
    const cnode = yield* bigCNode(setup, bits);
    yield* startPassive(setup, ready, { program: 2, priority: 101, args: [endpoint, reply, ready, cnode] });
    yield* startThread(setup, { program: 1, priority: 100, args: [endpoint, gift] });
  });
}

/** Phases: a call with a capability for each of 2^bits slots of the server; revoke them all. */
export function sender(tally: PhaseTally, bits: number): Program {
  const slots = 2 ** bits;
  return program(function* ({ a0: endpoint, a2: gift }) {
    seL4_SetCap(0, gift);
    for (let i = 0; ; ) {
      for (let slot = 0; slot < slots; slot++) {
        tally.begun++;
        const { mr0 } = yield* seL4_CallWithMRs(endpoint, ONE_WORD_ONE_CAP, i);
        i = (i + 1) % REQUESTS;
        tally.done++;
        tally.sum = fold(tally.sum, mr0);
      }
      tally.begun++;
      throwOnError(yield* seL4_CNode_Revoke(OWN, gift, seL4_WordBits));
    }
  });
}

/** The server of `sender`: an answer counts the capabilities that came with the request. */
export function receiver(tally: PhaseTally, bits: number): Program {
  const slots = 2 ** bits;
  return program(function* ({ a0, a2, a3: ready, a4: cnode }) {
    const endpoint = a0 as seL4_CPtr<"Endpoint">;
    const reply = a2 as seL4_CPtr<"Reply">;
    seL4_SetCapReceivePath(cnode as seL4_CNode, 0, bits);
    let got = yield* seL4_NBSendRecvWithMRs(ready, NOTHING, endpoint, 0, 0, 0, 0, reply);
    for (let slot = 1; ; slot = (slot + 1) % slots) {
      const caps = seL4_MessageInfo_get_extraCaps(got.info);
      seL4_SetCapReceivePath(cnode as seL4_CNode, slot, bits);
      tally.begun++;
      got = yield* seL4_ReplyRecvWithMRs(endpoint, ONE_WORD, answerWord(got.mr0, 0) + caps, 0, 0, 0, reply);
    }
  });
}
