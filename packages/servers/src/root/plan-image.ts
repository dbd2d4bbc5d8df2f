/** The image that a plan runs from: the root task, the programs in the order in which it expects them, and the plan. */
import type { Program } from "@tessera/hal-sim/isa";
import type { Component } from "../common/component.js";
import { programOf } from "../common/start.js";
import type { Plan } from "../plan/plan.js";
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
export function planImage(plan: Plan, components: readonly Component[]): PlanImage {
  const programs: Record<string, Program> = { root: planRoot };
  for (const { name, program } of plan.components) {
    if (program === "root") throw new RangeError(`${name}: a program cannot be called "root"`);
    if (Object.hasOwn(programs, program)) continue;
    const component = components.find((one) => one.name === program);
    if (component === undefined) {
      const known = components.map((one) => one.name).join(", ");
      throw new RangeError(`${name}: there is no program "${program}", only ${known === "" ? "none" : known}`);
    }
    programs[program] = programOf(component);
  }
  return { programs, data: new TextEncoder().encode(printPlan(plan)) };
}
