/**
 * Assertions on plans, for tests: what must never be possible stays so when somebody adds a need.
 *
 *     expectCannotReach(desk.plan(), "editor", "network");
 *
 * They throw ordinary errors, so any test runner will do.
 */
import { type Component, type Plan, rightsText } from "@tessera/servers";
import { pathText, type ReachOptions, reaches } from "./reach.js";

/**
 * `from` can never act on `to`, whoever is its accomplice.
 * @throws Error with the way by which it can
 */
export function expectCannotReach(plan: Plan, from: string, to: string, options: ReachOptions = {}): void {
  const path = reaches(plan, from, to, options);
  if (path === null) return;
  const what = options.directly === true ? "acts on" : "can reach";
  const cure =
    path.length > 1 && options.directly !== true
      ? `\nTake away one of these needs, or say who in between is trusted not to play along: { trusting: ["${path[0]?.to}"] }.`
      : "\nTake this need away.";
  throw new Error(`${from} ${what} ${to}, and must not:\n${pathText(path)}${cure}`);
}

/**
 * `from` can act on `to`: what a test relies on when it says that something else cannot.
 * @throws Error when there is no way
 */
export function expectCanReach(plan: Plan, from: string, to: string, options: ReachOptions = {}): void {
  if (reaches(plan, from, to, options) !== null) return;
  throw new Error(`${from} cannot reach ${to}, and should: it has no need that leads there`);
}

/**
 * Every endpoint that a client holds has the rights that its need is declared with, and no more.
 * @param components the programs that the plan names: `personality.components()`
 * @throws Error naming the needs that have more, or of which no component given knows
 */
export function expectLeastRights(plan: Plan, components: readonly Component[]): void {
  const wrong: string[] = [];
  for (const { name, program, slots } of plan.components) {
    const component = components.find((other) => other.name === program);
    for (const slot of slots) {
      if (slot.what !== "calls") continue;
      const need = component?.needs[slot.need];
      if (component === undefined) {
        wrong.push(`${name}.${slot.need} is a need of "${program}", which is not among the components given`);
      } else if (need?.need !== "calls") {
        wrong.push(`${name}.${slot.need} is no need of the component "${program}"`);
      } else if (slot.rights !== rightsText(need.of)) {
        wrong.push(`${name}.${slot.need} has ${slot.rights}, "${need.of.name}" needs ${rightsText(need.of)}`);
      }
    }
  }
  if (wrong.length > 0) throw new Error(`more rights than needed:\n${wrong.map((line) => `  - ${line}`).join("\n")}`);
}
