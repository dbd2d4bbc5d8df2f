/** Doing what was decoded. Nothing here fails; long work may be preempted and is then begun again from the decoder. */
import type { Progress } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { performAsid } from "./asid.js";
import { performCNode } from "./cnode.js";
import type { Invocation } from "./decode.js";
import { performDomain } from "./domain.js";
import { performIrq } from "./irq.js";
import { performSchedContext } from "./sched-context.js";
import { performSchedControl } from "./sched-control.js";
import { performTcb } from "./tcb-perform.js";
import { performRetype } from "./untyped.js";
import { performVspace } from "./vspace.js";

export function perform(k: KernelState, inv: Invocation): Progress {
  switch (inv.op) {
    case "retype":
      return performRetype(k, inv);
    case "cnode-derive":
    case "cnode-move":
    case "cnode-rotate":
    case "cnode-delete":
    case "cnode-revoke":
    case "cnode-cancel":
      return performCNode(k, inv);
    case "sched-control":
      return performSchedControl(k, inv);
    case "sc-bind-thread":
    case "sc-bind-notification":
    case "sc-unbind":
    case "sc-unbind-thread":
    case "sc-unbind-notification":
    case "sc-consumed":
    case "sc-yield-to":
      return performSchedContext(k, inv);
    case "irq-issue":
    case "irq-ack":
    case "irq-set":
    case "irq-clear":
      return performIrq(k, inv);
    case "domain-set":
    case "domain-configure":
    case "domain-start":
      return performDomain(k, inv);
    case "table-map":
    case "table-unmap":
    case "page-map":
    case "page-unmap":
    case "page-address":
      return performVspace(k, inv);
    case "asid-make-pool":
    case "asid-assign":
      return performAsid(k, inv);
    default:
      return performTcb(k, inv);
  }
}
