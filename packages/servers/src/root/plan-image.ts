/** The image that a plan runs from: the root task, the programs in the order in which it expects them, and the plan. */
import type { Program } from "@tessera/hal-sim/isa";
import type { ImageProgram } from "../common/raw-program.js";
import { programOf } from "../common/start.js";
import { type Plan, programNames } from "../plan/plan.js";
import { printPlan } from "../plan/text.js";
import { planRoot } from "./plan-root.js";

/** What `createImage` takes. */
export interface PlanImage {
  readonly programs: Record<string, Program>;
  readonly data: Uint8Array;
}

/**
 * The image of a plan.
 * @param components the programs that the plan names, among others
 * @throws RangeError when one is missing, or is called "root"
 */
export function planImage(plan: Plan, components: readonly ImageProgram[]): PlanImage {
  const programs: Record<string, Program> = { root: planRoot };
  for (const program of programNames(plan)) {
    if (program === "root") throw new RangeError(`${userOf(plan, program)}: a program cannot be called "root"`);
    const component = components.find((one) => one.name === program);
    if (component === undefined) {
      const known = components.map((one) => one.name).join(", ");
      const given = known === "" ? "no components are given" : `the components given are ${known}`;
      throw new RangeError(`${userOf(plan, program)}: there is no program "${program}": ${given}`);
    }
    programs[program] = programOf(component);
  }
  return { programs, data: new TextEncoder().encode(printPlan(plan)) };
}

/** Who runs a program, or has it run. */
function userOf({ components }: Plan, program: string): string {
  const user = components.find(({ program: own, slots }) => {
    return own === program || slots.some((slot) => slot.what === "programs" && slot.programs.includes(program));
  });
  return user?.name ?? program;
}
