/** The root tasks of the benches of system calls: what the threads that are measured, 1 and 2 of the image, are given. */
import { cspace_alloc_slot } from "@tessera/cspace-lib";
import type { Program } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadCNode,
  seL4_CNode_Mint,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { builder, deepCSpace, make, startPassive, startThread } from "./setup.js";

const CLIENT = 1;
const SERVER = 2;
/** A server is above its clients, so that it is always waiting when they call. */
const CLIENT_PRIORITY = 100;
const SERVER_PRIORITY = 101;

/** One thread with a notification. */
export function alone(): Program {
  return builder(function* (setup) {
    const notification = yield* make(setup, seL4_NotificationObject, seL4_NotificationBits);
    yield* startThread(setup, { program: CLIENT, priority: CLIENT_PRIORITY, args: [notification] });
  });
}

/** Two threads with two notifications; signals carry badges. */
export function pair(): Program {
  return builder(function* (setup) {
    const own = seL4_CapInitThreadCNode;
    const ends: seL4_CPtr[] = [];
    for (const badge of [1, 2]) {
      const notification = yield* make(setup, seL4_NotificationObject, seL4_NotificationBits);
      const slot = yield* cspace_alloc_slot(setup.cspace);
      const mint = seL4_CNode_Mint(own, slot, seL4_WordBits, own, notification, seL4_WordBits, seL4_AllRights, badge);
      throwOnError(yield* mint);
      ends.push(slot);
    }
    const [ping = 0, pong = 0] = ends;
    yield* startThread(setup, { program: SERVER, priority: CLIENT_PRIORITY, args: [pong, ping] });
    yield* startThread(setup, { program: CLIENT, priority: CLIENT_PRIORITY, args: [pong, ping] });
  });
}

export interface ServiceOptions {
  /** The server runs on the time of its callers. */
  readonly passive: boolean;
  /** CNodes on the way to each capability; 1 is the root task's own CSpace. */
  readonly levels?: number;
}

/** A client and a server with an endpoint. */
export function service({ passive, levels = 1 }: ServiceOptions): Program {
  return builder(function* (setup) {
    const endpoint = yield* make(setup, seL4_EndpointObject, seL4_EndpointBits);
    const reply = yield* make(setup, seL4_ReplyObject, seL4_ReplyBits);
    const ready = yield* make(setup, seL4_NotificationObject, seL4_NotificationBits);
    const start = passive
      ? startPassive(setup, ready, yield* serverThread())
      : startThread(setup, yield* serverThread());
    yield* start;
    yield* startThread(setup, { program: CLIENT, priority: CLIENT_PRIORITY, ...(yield* inSpace([endpoint])) });

    function* serverThread() {
      return { program: SERVER, priority: SERVER_PRIORITY, ...(yield* inSpace([endpoint, reply, ready])) };
    }

    /** The arguments of a thread, and the CSpace in which they are valid. */
    function* inSpace(caps: readonly seL4_CPtr[]) {
      if (levels === 1) return { args: caps };
      return { root: yield* deepCSpace(setup, levels, caps), args: caps.map((_, i) => i + 1) };
    }
  });
}
