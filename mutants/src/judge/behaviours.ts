/**
 * Which tests of behaviours find which mutants, kept in a file: a run of all tests on a mutant takes seconds. The witness
 * of a behaviour is, of the mutants that its test finds, the one that the fewest others find too, for it says most about
 * the behaviour. Whenever a witness runs, the tests that it stands for must find it again.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Mutant } from "../edit/mutant.js";
import { type Ground, Trial } from "./detectors.js";
import { inTurn } from "./in-turn.js";

/** Name of a mutant -> the ids of the tests that find it, between blanks. Not every mutant was tried. */
export type BehaviourTable = Readonly<Record<string, string>>;

export function readBehaviours(file: string): BehaviourTable {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as BehaviourTable) : {};
}

/** Id -> the mutants that its test finds, the witness first. */
export function findersById(table: BehaviourTable): Map<string, string[]> {
  const rows = Object.entries(table).map(([name, ids]) => ({ name, ids: ids.split(" ").filter((id) => id !== "") }));
  rows.sort((a, b) => a.ids.length - b.ids.length || (a.name < b.name ? -1 : 1));
  const finders = new Map<string, string[]>();
  for (const { name, ids } of rows) for (const id of ids) finders.set(id, [...(finders.get(id) ?? []), name]);
  return finders;
}

/** The behaviours whose witness a mutant is. */
export function witnessed(table: BehaviourTable, name: string): string[] {
  return [...findersById(table)].filter(([, finders]) => finders[0] === name).map(([id]) => id);
}

/** Run all tests on `mutants`, and bring the table in `file` up to date: as they end, so that nothing is lost. */
export async function findBehaviours(
  ground: Ground,
  mutants: readonly Mutant[],
  jobs: number,
  file: string,
  print: (line: string) => void,
): Promise<void> {
  await inTurn(mutants, jobs, async (mutant) => {
    const trial = new Trial(ground, mutant);
    try {
      const { failing, ran, hangs } = await trial.behaviours();
      print(`${mutant.name}: ${hangs ? "a test does not come to an end" : failing.join(" ")}`);
      // What most tests find is a stage that cannot be set up any more: that says nothing of a behaviour.
      const told = failing.length > ran.length / 2 ? "" : failing.join(" ");
      const rows = Object.entries({ ...readBehaviours(file), [mutant.name]: told }).filter(([, ids]) => ids !== "");
      const sorted = Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
      writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`);
    } finally {
      trial.end();
    }
  });
}
