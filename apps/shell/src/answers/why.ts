/**
 * `why`: what the kernel and the trace know of threads that have failed: the last call of each that a server refused, and
 * the kernel's explanation of the last that it refused itself, or of the fault that a thread died of.
 */
import type { Explanation } from "@tessera/kernel";
import { renderExplanation } from "@tessera/kernel";
import type { Exchange } from "./conversation.js";

/** A thread, as the shell has named it. */
export interface Suspect {
  readonly name: string;
  /** Ids of threads that may be meant. */
  readonly ids: readonly number[];
}

/** The answer: lines, each with its end. */
export function whyText(
  suspects: readonly Suspect[],
  exchanges: readonly Exchange[],
  explanations: readonly Explanation[],
): string {
  const lines = suspects.flatMap(({ name, ids }) => {
    const refused = exchanges.findLast(({ client, error }) => ids.includes(client) && error !== null);
    const explained = explanations.findLast(({ threadId }) => ids.includes(threadId));
    return [
      ...(refused === undefined ? [] : [refusal(name, refused)]),
      ...(explained === undefined ? [] : shortened(renderExplanation(explained)).split("\n")),
    ];
  });
  if (lines.length === 0) lines.push("no server has refused it anything that the trace remembers, nor has the kernel");
  return lines.map((line) => `${line}\n`).join("");
}

function refusal(name: string, { server, operation, error }: Exchange): string {
  return `${name} asked ${server} for ${operation} and was answered ${error}`;
}

/** Files as they are called in the sources, wherever the host has them; and no ticks, since it was just now. */
function shortened(text: string): string {
  return text.replace(/, tick \d+:/, ":").replace(/(?:file:\/\/)?\/[^\s()]*\/src\/(?=\S+:\d+:\d+)/g, "");
}
