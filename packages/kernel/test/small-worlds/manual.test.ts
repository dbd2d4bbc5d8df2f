/** What the manual says of small worlds, in figures. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { IPC_FIGURES, PREEMPTION_FIGURES, REFILL_FIGURES } from "./figures.js";
import { UNIVERSES } from "./tree-kinds.js";

const manual = readFileSync(join(import.meta.dirname, "../../../../docs/manual/small-worlds.md"), "utf8");
const text = manual.replace(/\s+/g, " ");

const grouped = (number: number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

/** The sum of a field over all rows, as the manual writes it. */
function sum<Field extends string>(rows: object, field: Field): string {
  const all = Object.values(rows) as Record<Field, number>[];
  return grouped(all.reduce((total, row) => total + row[field], 0));
}

describe("The manual's figures of small worlds are those that are asserted:", () => {
  it.each([
    ["trees", `${sum(UNIVERSES, "trees")} trees of up to five capabilities in ${UNIVERSES.length} universes`],
    ["operations", `: ${sum(UNIVERSES, "worlds")} operations`],
    ["IPC", `${sum(IPC_FIGURES, "worlds")} worlds in ${Object.keys(IPC_FIGURES).length} settings`],
    ["system calls", `${sum(IPC_FIGURES, "steps")} system calls`],
    ["refills", `${sum(REFILL_FIGURES, "worlds")} worlds, ${sum(REFILL_FIGURES, "steps")} steps`],
    ["scenes", `${Object.keys(PREEMPTION_FIGURES).length} scenes`],
    ["preemption points", `${sum(PREEMPTION_FIGURES, "points")} preemption points`],
    ["pairs", `${sum(PREEMPTION_FIGURES, "pairs")} pairs`],
    ["acts", `does one act, ${sum(PREEMPTION_FIGURES, "acts")} times`],
    ["accepted acts", `${sum(PREEMPTION_FIGURES, "accepted")} of these acts`],
  ])("%s", (_, claim) => {
    expect(text).toContain(claim);
  });
});
