/**
 * The root task of a personality: it reads the plan from the image's data, builds it, and supervises it. It has been
 * compiled with no knowledge of any component: what is built is what the plan says.
 *
 * A plan that cannot be built stops the machine before any component has run, with one sentence on the console that
 * names the component and the step.
 */
import type { Program, Thread } from "@tessera/hal-sim/isa";
import { rootTask, type seL4_BootInfo, seL4_DebugHalt, seL4_DebugPutString } from "@tessera/libsel4";
import { read_image_data } from "@tessera/ut-alloc";
import { parsePlan } from "../plan/parse.js";
import type { Plan } from "../plan/plan.js";
import { buildPlan, countPrograms } from "./build.js";
import { withCompanions } from "./companions.js";
import { NotBuilt } from "./not-built.js";
import { Supervisor } from "./supervisor.js";

/** The root task, number 0 of an image (`planImage`): it and the threads that help it. */
export const planRoot: Program = rootOf(runImage);

/** `main` as a root task that can have companions. */
export function rootOf(main: (bootinfo: seL4_BootInfo) => Thread<void>): Program {
  return withCompanions(rootTask(main));
}

/** Build and run the plan in the image's data. */
function* runImage(bootinfo: seL4_BootInfo): Thread<void> {
  const data = yield* read_image_data(bootinfo, 1 + (yield* countPrograms(bootinfo)));
  const end = data.indexOf(0);
  const text = new TextDecoder().decode(end < 0 ? data : data.subarray(0, end));
  let plan: Plan;
  try {
    plan = parsePlan(text);
  } catch (error) {
    return yield* stop(`the plan cannot be read: ${(error as Error).message}`);
  }
  yield* runPlan(bootinfo, plan);
}

/** Build and run a plan. Ends only when it cannot be built, by stopping the machine. */
export function* runPlan(bootinfo: seL4_BootInfo, plan: Plan): Thread<void> {
  try {
    const built = yield* buildPlan(bootinfo, plan);
    yield* new Supervisor(built).run();
  } catch (error) {
    if (!(error instanceof NotBuilt)) throw error;
    yield* stop(`${plan.personality} cannot be built: ${error.message}`);
  }
}

function* stop(sentence: string): Thread<void> {
  yield* seL4_DebugPutString(`${sentence}\n`);
  yield* seL4_DebugHalt();
}
