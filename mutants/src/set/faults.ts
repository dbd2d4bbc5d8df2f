/** Faults, what their handlers are told, and what answers do. */
import type { Mutant } from "../edit/mutant.js";

export const FAULTS: readonly Mutant[] = [
  {
    name: "fetch-told-as-load",
    breaks: "A fault of an instruction fetch is told as one of data.",
    file: "ipc/fault-message.ts",
    find: "fault.code === 1 ? 1 : 0",
    replace: "0",
    within: { behaviour: "PAGEFAULT0003" },
  },
  {
    name: "load-told-as-store",
    breaks: "Page faults of loads and stores are told as each other.",
    file: "entry.ts",
    find: "Load: 5, Store: 7",
    replace: "Load: 7, Store: 5",
    within: { behaviour: "PAGEFAULT0002" },
  },
  {
    name: "timeout-skipped",
    breaks: "A thread whose budget is used up tells no timeout handler.",
    file: "sched/budget.ts",
    find: "if (canTimeOut && !refills.isRoundRobin && hasTimeoutHandler(current))",
    replace: "if (false)",
    within: { behaviour: "TIMEOUTFAULT0001" },
  },
  {
    name: "timeout-badge-lost",
    breaks: "A timeout does not tell the badge of the scheduling context.",
    file: "faults/handler.ts",
    find: "timeoutFault(tcb.sc.badgeLo, tcb.sc.badgeHi)",
    replace: "timeoutFault(0, 0)",
    within: { scenarios: 150, suite: "faults" },
  },
  {
    name: "timeout-lends-time",
    breaks: "A timeout lends the used-up time to its handler.",
    file: "faults/handler.ts",
    find: "sendFault(k, tcb, fault, cap, WITHOUT_TIME);",
    replace: "sendFault(k, tcb, fault, cap, WITH_TIME);",
    within: { tests: "unrecorded/timeouts.test.ts" },
  },
  {
    name: "timeout-lends-time-queued",
    breaks: "A timeout that had to wait lends the used-up time to its handler.",
    file: "ipc/endpoint.ts",
    find: " && sender.fault?.tag !== seL4_Fault_Timeout;",
    replace: ";",
    within: { tests: "unrecorded/timeouts.test.ts" },
  },
  {
    name: "timeout-label-wrong",
    breaks: "The message of a timeout has the label of a VM fault.",
    file: "ipc/fault-message.ts",
    find: "(fault.tag << 12)",
    replace: "((fault.tag === seL4_Fault_Timeout ? 6 : fault.tag) << 12)",
    within: { tests: "unrecorded/timeouts.test.ts" },
  },
];
