/**
 * The root tasks of time. The hog has the higher priority in both. Before, that is all there is: time belongs to who is
 * most important. The answer is that time is an object, too: the hog's scheduling context says how much and how often.
 */
import type { Program } from "@tessera/hal-sim/isa";
import {
  rootTask,
  seL4_AllRights,
  seL4_CanWrite,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_Wait,
} from "@tessera/libsel4";
import { make } from "../make.js";
import type { Budget } from "../process.js";
import { create, give, start, start_system } from "../system.js";

const HOG = 1;
const WORKER = 2;

/** As much as it wants: a budget that is as long as its period never ends. */
const ALL: Budget = { budget_us: 1000, period_us: 1000 };
/** A quarter of the time, and no more than a millisecond at a stretch. */
const QUARTER: Budget = { budget_us: 1000, period_us: 4000 };

export const root = time_root(ALL);
export const root_of_budgets = time_root(QUARTER);

function time_root(budget: Budget): Program {
  return rootTask(function* (bootinfo) {
    const system = yield* start_system(bootinfo);
    const done = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
    const hog = yield* create(system, { name: "hog", number: HOG, priority: 110, budget });
    yield* start(hog, [yield* give(system, hog, hog.tcb, seL4_AllRights)]);
    const worker = yield* create(system, { name: "worker", number: WORKER, priority: 100 });
    const tcb = yield* give(system, worker, worker.tcb, seL4_AllRights);
    yield* start(worker, [tcb, yield* give(system, worker, done, seL4_CanWrite)]);
    yield* seL4_Wait(done);
  });
}
