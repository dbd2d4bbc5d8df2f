/** What most stories begin with: a stopped thread "v" whose scheduling context is watched, and some notifications. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_TCB_Resume } from "@tessera/libsel4";
import { type Child, type Kit, must, type ThreadOptions } from "../support/kit.js";
import type { Story } from "./story.js";

/** Notifications of a story: `ntfn` is what V waits for, `urgent` what H does. */
export interface At {
  ntfn: number;
  other: number;
  urgent: number;
}

export const nowhere = (): At => ({ ntfn: 0, other: 0, urgent: 0 });

/** Prepare V, then let the root task stand back. Threads that were started before run first. */
export function* prepare(kit: Kit, story: Story, at: At, options: ThreadOptions): Thread<Child> {
  at.ntfn = yield* kit.notification();
  at.other = yield* kit.notification();
  at.urgent = yield* kit.notification();
  const v = yield* kit.start("v", { ...options, stopped: true });
  story.watch(v.sc);
  yield* story.standBack();
  return v;
}

/** The same, and resume V when the story begins. */
export function* fromTheStart(kit: Kit, story: Story, at: At, options: ThreadOptions): Thread<Child> {
  const v = yield* prepare(kit, story, at, options);
  yield* story.reach(0);
  must(yield* seL4_TCB_Resume(v.tcb));
  return v;
}

/** Round robin with `budget` microseconds a turn, configured at 0 so that its refills say 0, and resumed. */
export function* roundRobinFromTheStart(kit: Kit, story: Story, at: At, budget: number): Thread<Child> {
  const v = yield* prepare(kit, story, at, { budget });
  yield* story.reach(0);
  yield* kit.configure(v.sc, { budget });
  must(yield* seL4_TCB_Resume(v.tcb));
  return v;
}
