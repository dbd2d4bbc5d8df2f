/**
 * What is deleted, piece by piece: CNodes in CNodes with objects and threads in every state, families of badges, untyped
 * memory with all that was made of it, a thread with its spaces, and memory that has to be zeroed.
 *
 * Each scene is small, and all that can be in the way of a deletion is in one of them: a capability that is the last to
 * its object or not, a CNode whose first slot is free or taken, CNodes that hold each other, and what deletes itself.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CNode_Delete,
  seL4_CNode_Revoke,
  seL4_EndpointObject,
  type seL4_Error,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_Send,
  seL4_TCB_BindNotification,
  seL4_Untyped_Retype,
  seL4_Wait,
} from "@tessera/libsel4";
import { must } from "../support/kit.js";
import { PROGRAM } from "../support/process.js";
import type { Kind, Place, Site } from "./preemption-site.js";

/** A world as it was built, and the long operation in it. */
export interface Built {
  readonly operation: "delete" | "revoke" | "retype";
  /** Whose slot is deleted, what is revoked, or out of what memory is made. */
  readonly target: Place;
  /** Retype: where the new object goes. */
  readonly dest?: Place;
  /** What others may reach meanwhile. */
  readonly places: readonly Place[];
  /** Slots of what is deleted that who deletes is put into: its TCB and its time. Then it does not see the end. */
  readonly self?: { readonly tcb: Place; readonly sc: Place };
  /** The target lies in what is deleted. Preempted behind it the operation does not find it again, and is refused. */
  readonly losesItself?: boolean;
}

export interface SceneOfDeletion {
  readonly name: string;
  build(site: Site): Thread<Built>;
}

const MESSAGE = seL4_MessageInfo_new(0, 0, 0, 0);

/** Do the long operation. */
export function* operate(built: Built): Thread<seL4_Error> {
  const { cnode, index, depth } = built.target;
  switch (built.operation) {
    case "delete":
      return yield* seL4_CNode_Delete(cnode, index, depth);
    case "revoke":
      return yield* seL4_CNode_Revoke(cnode, index, depth);
    case "retype":
      return yield* seL4_Untyped_Retype(index, seL4_EndpointObject, 0, cnode, 0, 0, built.dest!.index, 1);
  }
}

function* sends(endpoint: Place): Thread {
  yield* seL4_Send(endpoint.index, MESSAGE);
}
function* calls(endpoint: Place): Thread {
  yield* seL4_Call(endpoint.index, MESSAGE);
}
function* receives(endpoint: Place, reply: Place): Thread {
  yield* seL4_Recv(endpoint.index, reply.index);
}
function* waits(notification: Place): Thread {
  yield* seL4_Wait(notification.index);
}

export const SCENES: readonly SceneOfDeletion[] = [
  {
    name: "a CNode with the last capabilities to objects in use",
    *build(site) {
      const outer = yield* site.make("the CNode", "cnode", 3);
      const box = yield* site.make("the endpoint", "endpoint");
      const bell = yield* site.make("the notification", "notification");
      const desk = yield* site.make("the desk", "endpoint");
      const reply = yield* site.make("the reply", "reply");
      const sender = yield* site.thread("the sender", () => sends(box));
      const waiter = yield* site.thread("the waiter", () => waits(bell));
      const server = yield* site.thread("the server", () => receives(desk, reply), { priority: 51 });
      const caller = yield* site.thread("the caller", () => calls(desk));
      const { frame } = yield* site.vspace();
      const held: readonly (readonly [Place, Kind])[] = [
        [box, "endpoint"],
        [bell, "notification"],
        [sender.tcb, "tcb"],
        [waiter.sc, "schedContext"],
        [reply, "reply"],
        [server.tcb, "tcb"],
        [frame, "frame"],
      ];
      for (const [i, [place, kind]] of held.entries()) {
        yield* site.move(site.in(outer, 3, i, `${place.name} in it`, kind), place);
      }
      return { operation: "delete", target: outer, places: [outer, waiter.tcb, caller.tcb, desk, sender.sc] };
    },
  },
  {
    name: "CNodes in CNodes",
    *build(site) {
      const outer = yield* site.make("the CNode", "cnode", 2);
      const first = yield* site.make("the CNode in its first slot", "cnode", 1);
      const second = yield* site.make("the CNode in its second slot", "cnode", 1);
      const inner = yield* site.make("the CNode in that", "cnode", 1);
      const shared = yield* site.make("a CNode of others too", "cnode", 1);
      const box = yield* site.make("the endpoint", "endpoint");
      const bell = yield* site.make("the notification", "notification");
      const lamp = yield* site.make("the lamp", "notification");
      const sender = yield* site.thread("the sender", () => sends(box));
      yield* site.copy(site.in(first, 1, 0, "a copy of the endpoint", "endpoint"), box);
      yield* site.move(site.in(inner, 1, 0, "the notification in it", "notification"), bell);
      yield* site.copy(site.in(inner, 1, 1, "a copy of the sender", "tcb"), sender.tcb);
      yield* site.move(site.in(second, 1, 1, "the innermost CNode in it", "cnode"), inner);
      yield* site.move(site.in(shared, 1, 0, "the lamp in it", "notification"), lamp);
      yield* site.move(site.in(outer, 2, 0, "the first in it", "cnode"), first);
      yield* site.move(site.in(outer, 2, 1, "the second in it", "cnode"), second);
      yield* site.copy(site.in(outer, 2, 3, "the shared in it", "cnode"), shared);
      const inShared = site.in(shared, 1, 0, "the lamp in it", "notification");
      const besideIt = site.in(shared, 1, 1, "the slot beside the lamp", "endpoint");
      return { operation: "delete", target: outer, places: [outer, shared, inShared, besideIt, box, sender.tcb] };
    },
  },
  {
    name: "untyped memory and all that was made of it",
    *build(site) {
      const memory = yield* site.make("the memory", "untyped", 15);
      const from = memory.index;
      const outer = yield* site.make("the CNode", "cnode", 2, from);
      const inner = yield* site.make("the other CNode", "cnode", 1, from);
      const box = yield* site.make("the endpoint", "endpoint", 0, from);
      const page = yield* site.make("the frame", "frame", 0, from);
      const sender = yield* site.thread("the sender", () => sends(box), { from });
      const badged = yield* site.mint(site.slot("the badged endpoint", "endpoint"), box, 5);
      const inOuter = yield* site.copy(site.in(outer, 2, 0, "a copy of the endpoint", "endpoint"), box);
      yield* site.copy(site.in(inner, 1, 1, "the CNode in the other", "cnode"), outer);
      yield* site.copy(site.in(outer, 2, 1, "the other in the CNode", "cnode"), inner);
      const below = yield* site.make("the memory below", "untyped", 6, from);
      yield* site.make("the notification", "notification", 0, below.index);
      const places = [memory, outer, inner, box, badged, inOuter, page, sender.tcb, below];
      return { operation: "revoke", target: memory, places };
    },
  },
  {
    name: "an endpoint with badged children",
    *build(site) {
      const box = yield* site.make("the endpoint", "endpoint");
      const drawer = yield* site.make("the CNode", "cnode", 2);
      const places = [box, drawer];
      for (const badge of [1, 2]) {
        const minted = yield* site.mint(site.slot(`the endpoint with badge ${badge}`, "endpoint"), box, badge);
        places.push(
          minted,
          yield* site.copy(site.in(drawer, 2, badge, `a copy of badge ${badge}`, "endpoint"), minted),
        );
        yield* site.thread(`the sender with badge ${badge}`, () => sends(minted));
      }
      places.push(yield* site.copy(site.slot("a copy of the endpoint", "endpoint"), box));
      places.push(yield* site.mint(site.in(drawer, 2, 0, "badge 1 again", "endpoint"), box, 1));
      return { operation: "revoke", target: box, places };
    },
  },
  {
    name: "a thread with spaces of its own",
    *build(site) {
      const space = yield* site.make("its CSpace", "cnode", 1);
      const box = yield* site.make("the endpoint", "endpoint");
      const bell = yield* site.make("the notification", "notification");
      const lamp = yield* site.make("the lamp", "notification");
      yield* site.copy(site.in(space, 1, 0, "the endpoint in it", "endpoint"), box);
      yield* site.move(site.in(space, 1, 1, "the lamp in it", "notification"), lamp);
      const page = yield* site.make("its IPC buffer", "frame");
      const options = { cspace: space, buffer: { frame: page.index, address: PROGRAM }, faultHandler: box.index };
      // The address 0 is the first slot of its CSpace.
      const thread = yield* site.thread("the thread", () => sends({ ...box, index: 0 }), options);
      must(yield* seL4_TCB_BindNotification(thread.tcb.index, bell.index));
      must(yield* seL4_CNode_Delete(space.cnode, space.index, space.depth));
      return { operation: "delete", target: thread.tcb, places: [thread.tcb, box, bell, thread.sc] };
    },
  },
  {
    name: "memory that was used",
    *build(site) {
      const memory = yield* site.make("the memory", "untyped", 11);
      const dest = site.slot("the new endpoint", "endpoint");
      yield* site.make("the CNode", "cnode", 6, memory.index);
      must(yield* seL4_CNode_Revoke(memory.cnode, memory.index, memory.depth));
      return { operation: "retype", target: memory, dest, places: [memory, dest] };
    },
  },
  {
    name: "a CNode that who deletes it lies in",
    *build(site) {
      const outer = yield* site.make("the CNode", "cnode", 2);
      const box = yield* site.make("the endpoint", "endpoint");
      const tcb = site.in(outer, 2, 1, "who deletes", "tcb");
      const sc = site.in(outer, 2, 2, "the time of who deletes", "schedContext");
      yield* site.move(site.in(outer, 2, 0, "the endpoint in it", "endpoint"), box);
      return { operation: "delete", target: outer, places: [outer], self: { tcb, sc } };
    },
  },
  {
    name: "untyped memory that is kept in what was made of it",
    *build(site) {
      const memory = yield* site.make("the memory", "untyped", 12);
      const from = memory.index;
      const first = yield* site.make("the first endpoint", "endpoint", 0, from);
      const outer = yield* site.make("the CNode", "cnode", 2, from);
      const last = yield* site.make("the last endpoint", "endpoint", 0, from);
      yield* site.copy(site.in(outer, 2, 3, "a copy of the endpoint", "endpoint"), first);
      const target = yield* site.move(site.in(outer, 2, 1, "the memory in it", "untyped"), memory);
      const places = [target, outer, first, last];
      return { operation: "revoke", target, places, losesItself: true };
    },
  },
];
