/**
 * What exists is what a capability leads to. A thread or scheduling context is in the kernel's sets as long as some slot
 * holds a capability to it, and whatever threads wait for or run on exists too: deletion has unlinked what it ended.
 *
 * Capabilities count that the census reaches. Those in a CNode that holds only itself, of memory whose untyped
 * capabilities are all gone, are reached by nobody, and so is what they alone name.
 */
import type { KernelState } from "../model/state.js";
import type { Tcb } from "../threads/tcb.js";
import type { SchedContext } from "../time/sched-context.js";
import type { Bag } from "./bag.js";
import type { Census } from "./census.js";

export function checkExistence(k: KernelState, census: Census, violations: string[]): void {
  checkThreads(k, census, violations);
  checkSchedContexts(k, census, violations);
  checkNamed(census.endpoints, census.namedEndpoints, "endpoint", violations);
  checkNamed(census.notifications, census.namedNotifications, "notification", violations);
  checkNamed(census.replies, census.namedReplies, "reply object", violations);
}

/** Both are sets, so when all of one are in the other and they are as many, they are the same. */
function checkThreads({ threads }: KernelState, { namedThreads }: Census, violations: string[]): void {
  for (let i = 0; i < namedThreads.count; i++) {
    const tcb = namedThreads.items[i] as Tcb;
    if (!threads.has(tcb)) violations.push(`a capability names thread ${tcb.id}, which has been ended`);
  }
  if (threads.size <= namedThreads.count) return;
  const named = new Set(namedThreads.toArray());
  for (const tcb of threads) {
    if (!named.has(tcb)) violations.push(`thread "${tcb.name}" (${tcb.id}) exists, but no capability leads to it`);
  }
}

function checkSchedContexts({ schedContexts: sets }: KernelState, census: Census, violations: string[]): void {
  const { schedContexts, namedSchedContexts: named } = census;
  for (let i = 0; i < named; i++) {
    const sc = schedContexts.items[i] as SchedContext;
    if (!sets.has(sc) || sc.isEnded)
      violations.push(`a capability names scheduling context ${sc.id}, which has been ended`);
  }
  checkNamed(schedContexts, named, "scheduling context", violations);
}

/** Objects are listed as capabilities name them; what stands behind these was found through other objects alone. */
function checkNamed(objects: Bag<{ readonly id: number }>, named: number, what: string, violations: string[]): void {
  for (let i = named; i < objects.count; i++)
    violations.push(`${what} ${objects.items[i]?.id} is in use, but no capability leads to it`);
}
