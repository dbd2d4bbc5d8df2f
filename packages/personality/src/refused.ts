/**
 * Refusals: a composition that cannot be, with all the reasons at once. A reason names the components, says why, and
 * what to do about it.
 */

/** A composition is refused. Its message lists the reasons. */
export class CompositionRefused extends Error {
  /** A sentence for each thing that is wrong. */
  readonly reasons: readonly string[];

  constructor(personality: string, reasons: readonly string[], cause?: unknown) {
    super(`${personality} cannot be composed:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`, { cause });
    this.name = "CompositionRefused";
    this.reasons = reasons;
  }
}
