/**
 * `@tessera/personality`: components composed into an operating system whose distribution of authority is data.
 * @packageDocumentation
 */

export { comparePlan, planChanges } from "./compare.js";
export { expectCannotReach, expectCanReach, expectLeastRights } from "./expect.js";
export { planBytes } from "./footprint.js";
export { matchPlan, type Reviewed } from "./match.js";
export { Personality, type PersonalityOptions } from "./personality.js";
export { planMermaid, planSvg } from "./picture.js";
export type { Placing } from "./placing.js";
export { pathText, planSteps, type ReachOptions, reaches, reachOf, type Step } from "./reach.js";
export { CompositionRefused } from "./refused.js";
export { planSignals, type SignalEdge } from "./signals.js";
