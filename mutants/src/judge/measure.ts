/** What each detector needs to find a mutant. */
import type { Mutant } from "../edit/mutant.js";
import { type Ground, type Outcome, Trial } from "./detectors.js";

const ALL_SCENARIOS = 100_000;
const OPERATIONS = 20_000;

/** Lines to print. */
export async function measure(ground: Ground, mutant: Mutant): Promise<string[]> {
  const trial = new Trial(ground, mutant);
  try {
    const scenarios = await trial.detect("scenarios", ALL_SCENARIOS);
    const operations = await trial.detect("operations", OPERATIONS);
    const { failing, hangs } = await trial.behaviours();
    return [
      mutant.name,
      `    ${text(scenarios, "scenarios")}`,
      `    ${text(operations, "operations")}`,
      `    ${hangs ? "a test of behaviours hangs" : `${failing.length} behaviours: ${failing.join(" ")}`}`,
    ];
  } finally {
    trial.end();
  }
}

function text({ found, after }: Outcome, unit: string): string {
  return found === null ? `not in ${after} ${unit}` : `${found.by} after ${after} ${unit}: ${found.what}`;
}
