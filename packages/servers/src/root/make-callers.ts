/**
 * Making the callers of a component (common/caller.ts): threads in its address space and its CSpace, each with time, a
 * page and a notification of its own. They are as urgent as the component, and their faults are its faults.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_MinPrio,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_RISCV_4K_Page,
  seL4_SchedContextObject,
  seL4_SchedControl_Configure,
  type seL4_TCB,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCBBits,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { callerPage } from "../common/layout.js";
import { CALL_RIGHTS, EXTRA_REFILLS, type MadePart, type Making, SCHED_CONTEXT_BITS } from "./make-part.js";
import { mapPage } from "./pages.js";

/** Give a component the callers of its plan, which cannot run yet. @throws NotBuilt */
export function* addCallers({ stock, views, endpoint: root }: Making, { part, vspace }: MadePart): Thread<void> {
  const { name, slots } = part.planned;
  const planned = slots.find((slot) => slot.what === "callers");
  if (planned === undefined) return;
  stock.at(name, "its callers");
  const faults = yield* stock.mint(root, CALL_RIGHTS, part.parentBadge);
  for (let i = 0; i < planned.count; i++) {
    const page = yield* stock.object(seL4_RISCV_4K_Page, seL4_PageBits, `${name}.caller${i}.buffer`);
    yield* mapPage(stock, vspace, page, callerPage(i), "write");
    const tcb = stock.keep(yield* stock.object(seL4_TCBObject, seL4_TCBBits, `${name}.caller${i}`));
    yield* seL4_DebugNameThread(tcb, `${name}.caller${i}`);
    const { root_cnode } = part.cspace;
    stock.check(yield* seL4_TCB_Configure(tcb, root_cnode, 0, vspace, 0, callerPage(i), page));
    yield* giveTime({ stock }, part, tcb, planned.budgetUs, faults);
    const work = stock.keep(
      yield* stock.object(seL4_NotificationObject, seL4_NotificationBits, `${name}.caller${i}.work`),
    );
    const slot = planned.slot + i;
    part.given.push({ slot, from: work, rights: seL4_AllRights, server: null });
    part.callers.push({ tcb, slot, page: callerPage(i), view: yield* views.show([page]) });
  }
}

function* giveTime(
  { stock }: Pick<Making, "stock">,
  { planned: { name, priority, periodUs }, parentBadge }: MadePart["part"],
  tcb: seL4_TCB,
  budgetUs: number,
  faults: seL4_CPtr<"Endpoint">,
): Thread<void> {
  const schedContext = stock.hold(
    yield* stock.object(seL4_SchedContextObject, SCHED_CONTEXT_BITS, `${name}.caller.sc`),
  );
  const { start: control } = stock.bootinfo.schedcontrol;
  stock.check(
    yield* seL4_SchedControl_Configure(control, schedContext, budgetUs, periodUs, EXTRA_REFILLS, parentBadge),
  );
  stock.check(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, seL4_MinPrio, priority, schedContext, faults));
}
