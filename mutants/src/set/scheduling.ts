/** Who runs: queues, priorities, domains. */
import type { Mutant } from "../edit/mutant.js";

export const SCHEDULING: readonly Mutant[] = [
  {
    name: "least-urgent-first",
    breaks: "Of the ready threads that of the lowest priority runs.",
    file: "time/queues.ts",
    find: `const word = 31 - Math.clz32(words);
    return word * 32 + (31 - Math.clz32(this.occupied[domain * WORDS_PER_DOMAIN + word] as number));`,
    replace: `const word = 31 - Math.clz32(words & -words);
    const bits = this.occupied[domain * WORDS_PER_DOMAIN + word] as number;
    return word * 32 + (31 - Math.clz32(bits & -bits));`,
    within: { scenarios: 20, suite: "ipc" },
  },
  {
    name: "fifo-ready-queue",
    breaks: "Ready threads run in order of arrival, whatever their priority.",
    file: "time/queues.ts",
    find: "return tcb.domain * NUM_PRIORITIES + tcb.priority;",
    replace: "return tcb.domain * NUM_PRIORITIES;",
    within: { behaviour: "SCHED0004" },
  },
  {
    name: "lifo-ready-queue",
    breaks: "A thread at the end of its turn goes to the head of its queue.",
    file: "sched/budget.ts",
    find: "k.readyQueues.append(current)",
    replace: "k.readyQueues.prepend(current)",
    within: { behaviour: "SYNC002" },
  },
  {
    name: "preempted-goes-last",
    breaks: "A thread that is preempted goes to the end of its queue.",
    file: "sched/schedule.ts",
    find: `k.readyQueues.prepend(current);
  if (k.sch`,
    replace: `k.readyQueues.append(current);
  if (k.sch`,
    within: { scenarios: 20, suite: "ipc" },
  },
  {
    name: "candidate-unchecked",
    breaks: "A thread that is woken runs also when a more urgent one is ready.",
    file: "sched/schedule.ts",
    find: "if (isLessUrgent && k.",
    replace: "if (false && k.",
    within: { scenarios: 120, suite: "ipc-caps" },
  },
  {
    name: "woken-equal-unchecked",
    breaks: "A thread of the running one's priority that is woken runs also when a more urgent one is ready.",
    file: "sched/schedule.ts",
    find: "} else if (currentWasSchedulable && current",
    replace: "} else if (false && current",
    within: { tests: "unrecorded/domains.test.ts" },
  },
  {
    name: "woken-equal-first",
    breaks: "A thread that is woken comes before those of its priority that are ready.",
    file: "sched/schedule.ts",
    find: "if (candidate.priority === priority) readyQueues.append",
    replace: "if (false) readyQueues.append",
    within: { scenarios: 40, suite: "ipc" },
  },
  {
    name: "mcp-unchecked",
    breaks: "SetPriority and SetMCPriority do not look at the authority's MCP.",
    file: "invocations/tcb-scheduling.ts",
    find: "if (value > authority.object.mcp) {",
    replace: "if (false) {",
    within: { behaviour: "SCHED0005" },
  },
  {
    name: "params-mcp-unchecked",
    breaks: "SetSchedParams gives any MCP.",
    file: "invocations/tcb-scheduling.ts",
    find: "if (mcp > limit) return",
    replace: "if (false) return",
    within: { scenarios: 20, suite: "tcb" },
  },
  {
    name: "params-priority-unchecked",
    breaks: "SetSchedParams gives any priority.",
    file: "invocations/tcb-scheduling.ts",
    find: "if (priority > limit) return",
    replace: "if (false) return",
    within: { scenarios: 40, suite: "tcb" },
  },
  {
    name: "lowered-goes-on",
    breaks: "A thread that lowers its own priority goes on before more urgent ones.",
    file: "invocations/tcb-scheduling.ts",
    find: `k.readyQueues.prepend(tcb);
    requestReschedule(k);`,
    replace: "k.readyQueues.prepend(tcb);",
    within: { behaviour: "SCHED0020" },
  },
  {
    name: "domain-ignored",
    breaks: "A thread of another domain that wakes runs at once.",
    file: "time/request.ts",
    find: "if (tcb.domain !== k.domains.current) {",
    replace: "if (false) {",
    within: { tests: "unrecorded/domains.test.ts" },
  },
  {
    name: "domain-never-ends",
    breaks: "The domain schedule is never gone on with.",
    file: "sched/schedule.ts",
    find: "k.domains.advance();",
    replace: "k.domains.timeLeft = 2 ** 40;",
    within: { tests: "worked/domains.test.ts" },
  },
  {
    name: "domain-order-lost",
    breaks: "The domain schedule begins anew after each entry.",
    file: "time/domain-schedule.ts",
    find: "next >= this.length || this.isEndMarker(next)",
    replace: "true",
    within: { tests: "unrecorded/domains.test.ts" },
  },
  {
    name: "domain-set-unqueued",
    breaks: "A ready thread that changes its domain is lost.",
    file: "invocations/domain.ts",
    find: "if (isSchedulable(tcb)) k.readyQueues.prepend(tcb);",
    replace: "",
    within: { behaviour: "DOMAINS0001" },
  },
  {
    name: "domain-range-unchecked",
    breaks: "A thread can be put into a domain that does not exist.",
    file: "invocations/domain.ts",
    find: `if (domain >= k.domains.count) {
    const given`,
    replace: `if (false) {
    const given`,
    within: { behaviour: "DOMAINS0002" },
  },
  {
    name: "suspend-leaves-waiting",
    breaks: "A suspended thread stays in the queue that it waits in.",
    file: "authority/suspend.ts",
    find: `withdraw(k, tcb);
  if (tcb.state`,
    replace: "if (tcb.state",
    within: { behaviour: "IPC0010" },
  },
  {
    name: "own-resume-refused",
    breaks: "A thread cannot resume itself.",
    file: "invocations/tcb.ts",
    find: 'return { op: "tcb-resume", tcb };',
    replace: 'return tcb === k.current ? illegalOperation("") : { op: "tcb-resume", tcb };',
    within: { behaviour: "SCHED0002" },
  },
];
