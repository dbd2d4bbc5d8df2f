/** The standing set, by area. */
import type { Mutant } from "../edit/mutant.js";
import { CAPABILITIES } from "./capabilities.js";
import { DELETION } from "./deletion.js";
import { FAST_PATH } from "./fast-path.js";
import { FAULTS } from "./faults.js";
import { MEMORY } from "./memory.js";
import { MESSAGES } from "./messages.js";
import { NOTIFICATIONS } from "./notifications.js";
import { REFUSALS } from "./refusals.js";
import { SCHEDULING } from "./scheduling.js";
import { THREADS } from "./threads.js";
import { TIME } from "./time.js";

/** Mutants that are about one thing. */
export interface Area {
  readonly title: string;
  readonly mutants: readonly Mutant[];
}

export const AREAS: readonly Area[] = [
  {
    title: "Capabilities: what a copy may do, how an address is resolved, who descends from whom",
    mutants: CAPABILITIES,
  },
  { title: "Deleting and revoking: what ends with a capability, and what must not", mutants: DELETION },
  { title: "Memory: objects out of untyped memory, and mappings", mutants: MEMORY },
  { title: "Messages: endpoints, what travels, replies and the time lent along them", mutants: MESSAGES },
  { title: "Notifications and interrupts", mutants: NOTIFICATIONS },
  { title: "Faults, what their handlers are told, and what answers do", mutants: FAULTS },
  { title: "Time: refills, budgets, scheduling contexts", mutants: TIME },
  { title: "Who runs: queues, priorities, domains", mutants: SCHEDULING },
  { title: "Threads: registers, and the capabilities that they run with", mutants: THREADS },
  { title: "Refusals: which error, in which order", mutants: REFUSALS },
  { title: "The short way of Call and ReplyRecv: its conditions dropped, its steps left out", mutants: FAST_PATH },
];

export const MUTANTS: readonly Mutant[] = AREAS.flatMap(({ mutants }) => mutants);
