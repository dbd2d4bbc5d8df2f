/** An explanation as people read it: who, where, what; the path, a step a line; why; what had happened before. */
import type { Explanation } from "../model/explanation.js";

/** An explanation as text: a line for who, where and what, then a line for each step of the path. */
export function renderExplanation(e: Explanation): string {
  const place = e.within === "" ? e.place : `${e.place}, in ${e.within}`;
  const where = e.place === "" ? "" : ` (${place})`;
  return [
    `thread \`${e.thread}\`${where}, tick ${e.tick}: ${e.call}: ${e.outcome}`,
    ...e.path.map((step) => `  ${step}`),
    ...(e.why === "" ? [] : [`  ${e.why}`]),
    ...(e.history === "" ? [] : [`  ${e.history}`]),
  ].join("\n");
}
