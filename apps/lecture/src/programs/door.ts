/**
 * Servers and the doors to them.
 *
 * A server owns its endpoint and its reply objects. A client's door is a capability to that endpoint, with a badge or
 * without, with which it can call and be answered and nothing else. What a client does in its own CSpace is its own
 * affair: it also gets its CNode, and its TCB to stop when it has finished.
 */
import { cspace_alloc_slot, cspace_copy } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapRights_new,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_ReplyBits,
  seL4_ReplyObject,
  throwOnError,
} from "@tessera/libsel4";
import { make } from "./make.js";
import { type Child, type ChildOptions, create, give, hand_over, type System, type Words } from "./system.js";

/** May call, and be answered. */
export const CALLS = seL4_CapRights_new(true, false, false, true);

export interface Server extends Child {
  /** The root task's copy of its endpoint. */
  readonly ep: seL4_CPtr<"Endpoint">;
  /** Its endpoint, its reply objects, its CNode and the first free slot in it. */
  readonly words: Words;
}

/** A server with an endpoint and `replies` reply objects, which are its own from now on. */
export function* create_server(system: System, options: ChildOptions, replies: number): Thread<Server> {
  const { cspace } = system;
  const objects: seL4_CPtr[] = [yield* make(seL4_EndpointObject, seL4_EndpointBits, cspace)];
  for (let i = 0; i < replies; i++) objects.push(yield* make(seL4_ReplyObject, seL4_ReplyBits, cspace));
  const ep = yield* cspace_alloc_slot(cspace);
  throwOnError(yield* cspace_copy(cspace, ep, cspace, objects[0]!, seL4_AllRights), "copying an endpoint");

  const server = yield* create(system, options);
  const words: seL4_CPtr[] = [];
  for (const object of objects) words.push(yield* hand_over(system, server, object));
  const cnode = yield* give(system, server, server.cspace.root_cnode, seL4_AllRights);
  return { ...server, ep, words: [...words, cnode, cnode + 1] };
}

export interface Client extends Child {
  /** Its door, its CNode and its TCB, to begin with. What it is given besides comes behind them. */
  readonly words: Words;
}

/** @param badge of the door; without one, the door is like everybody else's */
export function* create_client(
  system: System,
  ep: seL4_CPtr<"Endpoint">,
  options: ChildOptions,
  badge?: number,
): Thread<Client> {
  const client = yield* create(system, options);
  const door = yield* give(system, client, ep, CALLS, badge);
  const cnode = yield* give(system, client, client.cspace.root_cnode, seL4_AllRights);
  const tcb = yield* give(system, client, client.tcb, seL4_AllRights);
  return { ...client, words: [door, cnode, tcb] };
}
