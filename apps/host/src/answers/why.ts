/**
 * `why`: what the kernel and the trace know of threads that have failed: the calls of each that a server refused, and the
 * kernel's explanation of the last that it refused itself, or of the fault that a thread died of.
 */
import type { Explanation } from "@tessera/kernel";
import { renderExplanation } from "@tessera/kernel";
import type { Exchange } from "./conversation.js";

/** A thread, as the shell has named it, and what it did in the time that is asked about. */
export interface Suspect {
  readonly name: string;
  readonly exchanges: readonly Exchange[];
  readonly explanations: readonly Explanation[];
}

/** How a list says that it is at its end: no refusal, though it travels as an error. */
const ENDS: readonly (string | null)[] = ["End", "NoMore"];
/** Refusals of a thread that are told: the last ones. */
const MOST_REFUSALS = 5;

/** The answer: lines, each with its end. */
export function whyText(suspects: readonly Suspect[]): string {
  const lines = suspects.flatMap(({ name, exchanges, explanations }) => {
    const refused = exchanges.filter(isRefusal);
    const before = refused.length - MOST_REFUSALS;
    const explained = explanations.at(-1);
    return [
      ...(before > 0 ? [`${name} was refused ${before} more before`] : []),
      ...refused.slice(-MOST_REFUSALS).map((exchange) => refusal(name, exchange)),
      ...(explained === undefined ? [] : shortened(renderExplanation(explained)).split("\n")),
    ];
  });
  if (lines.length === 0) lines.push("no server has refused it anything that the trace remembers, nor has the kernel");
  return lines.map((line) => `${line}\n`).join("");
}

/** What is closed already has been closed with what it was opened by: nothing has failed. */
function isRefusal({ operation, error }: Exchange): boolean {
  return error !== null && !ENDS.includes(error) && !(error === "Closed" && operation.endsWith(".close"));
}

function refusal(name: string, { server, operation, about, error }: Exchange): string {
  const what = about === null ? operation : `${operation} ${JSON.stringify(about)}`;
  return `${name} asked ${server} for ${what} and was answered ${error}`;
}

/** Files as they are called in the sources, wherever the host has them; and no ticks, since it was just now. */
function shortened(text: string): string {
  return text.replace(/, tick \d+:/, ":").replace(/(?:file:\/\/)?\/[^\s()]*\/src\/(?=\S+:\d+:\d+)/g, "");
}
