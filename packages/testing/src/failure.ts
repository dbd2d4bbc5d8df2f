/** What a world says when it did not end as it should: why, and how to come there again. */
import type { Machine } from "@tessera/hal-sim";
import { type Kernel, renderExplanation } from "@tessera/kernel";

/** Explanations in an error of `world`. */
const LAST_EXPLANATIONS = 3;

/** The last failures, explained. */
export function whatFailed(kernel: Kernel): string {
  const last = kernel.explanations().slice(-LAST_EXPLANATIONS);
  return last.length === 0 ? "" : `. What failed last:\n${last.map(renderExplanation).join("\n")}`;
}

/** One line: the options that lead to where the machine is now. */
export function howToReplay({ identity, inputLog, events, clock }: Machine): string {
  const inputs = inputLog.entries.length;
  const entered = inputs === 0 ? "" : `, replay: world.log() /* ${inputs} inputs */`;
  return `\nto replay up to tick ${clock.ticks}: { machine: { seed: ${identity.seed} }, limit: { events: ${events} }${entered} }`;
}

/** A program that holds the host: nobody else will say why the test runner stands still. */
export function tellRunaway(message: string): void {
  // biome-ignore lint/suspicious/noConsole: the test runner waits for this very call and can report nothing.
  console.error(`This world will not end, and its process has to be stopped from outside: ${message}`);
}
