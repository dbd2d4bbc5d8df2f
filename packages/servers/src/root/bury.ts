/**
 * Burying a component: nobody waits for it any more, and nothing of its life is left when it is started again.
 *
 * Who waits by one of its reply objects is answered, and gets back the time that he has lent. All capabilities that were
 * derived from its own are revoked, also those that it has handed on: reply objects, signals to it, and its edges.
 * Sends that are still pending by an edge are cancelled, before its badge is used again; who made them tries again, and
 * finds that he may not. Who waits in its own queue goes on waiting: for the next one, or for `closePart`.
 *
 * What it has made of untyped memory of its own ends, processes among it, and their time is taken back (resources.ts).
 *
 * Not revoked is what would take too much away: copies of its endpoint, which are all that its clients have, and of its
 * CNode, by which its thread lives. A component has to trust whom it gives these to.
 */
import { cspace_delete, cspace_revoke, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CNode_CancelBadgedSends,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_TCB_Suspend,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { systemLabel } from "../common/answer.js";
import { emptySlots } from "./fill.js";
import { connectInterrupts, disconnectInterrupts } from "./interrupts.js";
import { zeroPages } from "./pages.js";
import type { Part } from "./part.js";
import { takeBack } from "./resources.js";

/**
 * Stop a component, and take everything from it. Cannot block.
 * @param cspace the CSpace that the root task runs on
 */
export function* buryPart(part: Part, cspace: cspace_t): Thread<void> {
  yield* seL4_TCB_Suspend(part.tcb);
  for (const { tcb } of part.callers) yield* seL4_TCB_Suspend(tcb);
  for (const reply of part.replies) {
    yield* seL4_NBSend(reply, seL4_MessageInfo_new(systemLabel("Gone"), 0, 0, 0));
    yield* revoke(cspace, reply);
  }
  if (part.notification !== 0) yield* revoke(cspace, part.notification);
  if (part.parent !== 0) yield* revoke(cspace, part.parent);
  for (const { handler } of part.interrupts) yield* revoke(cspace, handler);
  yield* connectInterrupts(part, cspace);
  for (const { master, server } of part.edges) {
    if (server.isClosed) continue;
    yield* revoke(cspace, master);
    const err = yield* seL4_CNode_CancelBadgedSends(cspace.root_cnode, master, seL4_WordBits);
    throwOnError(err, `cancelling what ${part.planned.name} has sent`);
  }
  yield* takeBack(part, cspace);
  yield* emptySlots(part);
  for (const { address, pages } of part.memory) yield* zeroPages(address, pages);
  yield* zeroPages(part.buffer, 1);
  for (const { view } of part.callers) yield* zeroPages(view, 1);
}

/**
 * A component that is buried will not be started again: its endpoint ends, and with it all capabilities to it. Calls of
 * its clients fail from now on (`Gone`), also those that are waiting in its queue. Cannot block.
 */
export function* closePart(part: Part, cspace: cspace_t): Thread<void> {
  part.isClosed = true;
  yield* disconnectInterrupts(part);
  if (part.endpoint === 0) return;
  // First the capabilities: who is thrown out of the queue by the end of the endpoint looks his up again.
  yield* revoke(cspace, part.endpoint);
  yield* cspace_delete(cspace, part.endpoint);
}

function* revoke(cspace: cspace_t, cptr: number): Thread<void> {
  throwOnError(yield* cspace_revoke(cspace, cptr), "revoking what was derived from a capability");
}
