/** The longest kernel entries: how much is done between two looks at the interrupts. */
import type { Figure } from "../measure/figure.js";
import { LongestStretches } from "../measure/stretches.js";
import { type Announced, longEntriesRoot, sender, waiter } from "../programs/long-entries.js";
import type { Case } from "./case.js";
import { bootBench, whatFailed } from "./machine-work.js";

const RAM_BYTES = 64 * 2 ** 20;
const LIMIT = 1_000_000;

export const ENTRIES: Case = {
  name: "entries",
  group: "longest kernel entries: work between two looks at the interrupts",
  title: "the longest system calls",
  async run() {
    const announced: Announced = { name: null, ended: false };
    const programs = { root: longEntriesRoot(announced), waiter: waiter(), sender: sender() };
    const kernel = bootBench({ programs, machine: { ramBytes: RAM_BYTES } });
    const longest = new LongestStretches();
    longest.watch(kernel, () => announced.name);
    kernel.machine.run({ events: LIMIT, until: () => announced.ended });
    if (!announced.ended) throw new Error(`the calls were not all made${whatFailed(kernel)}`);
    const units = Math.max(...[...longest.byName.values()].map((stretch) => stretch.units));
    const figures: Figure[] = [
      { id: "entry-units", title: "counted by the cost model, at most", unit: "units", value: units },
    ];
    for (const [name, stretch] of longest.byName) {
      figures.push({ id: `entry-${figures.length}`, title: name, unit: "effects", value: stretch.effects });
    }
    return { floor: null, figures };
  },
};
