/**
 * The host side: a machine with the desk's image, and a kernel on it. Nothing has run yet. All that its run depends on
 * is an argument.
 */
import { createImage, Machine, type RunLog, RunRecorder, replayOptions, type SystemFacts } from "@tessera/hal-sim";
import { bootKernel, type Kernel } from "@tessera/kernel";
import { type Component, type Plan, planImage } from "@tessera/servers";
import { desk } from "./personality.js";

export interface DeskOptions {
  /** Whether somebody sits at its console; else it is fed with commands. */
  readonly isTerminal: boolean;
  readonly seed: number;
  /** What its clock shows at the beginning, in milliseconds since 1970. */
  readonly epochMs: number;
  /** Look at the kernel's invariants at every exit. Changes nothing in the run. */
  readonly checkInvariants?: boolean;
  /** What stands in for a component of the desk. */
  readonly instead?: (of: Component) => Component;
  /** The log of a session that is to be repeated. */
  readonly replay?: RunLog | null;
  /** Told about a program that can only be stopped by ending this process. */
  readonly onRunaway?: (message: string) => void;
}

/** A machine that is a desk. */
export interface Desk {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly plan: Plan;
  /** The programs that the plan names. */
  readonly components: readonly Component[];
  readonly recorder: RunRecorder;
}

/** Records of the trace that are kept to be looked at. */
const TRACE_RECORDS = 2 ** 17;

/** What a log of a session says of the system. */
export function factsOf(isTerminal: boolean): SystemFacts {
  return { personality: "desk", console: isTerminal ? "terminal" : "commands" };
}

/** A desk that has not run yet. */
export function bootDesk(options: DeskOptions): Desk {
  const { isTerminal, seed, epochMs, checkInvariants = false, replay = null, onRunaway, instead } = options;
  const personality = desk(isTerminal, instead);
  const plan = personality.plan();
  const components = personality.components();
  const { programs, data } = planImage(plan, components);
  const machine = new Machine({
    ...{ image: createImage(programs, data), seed, epochMs, traceRecords: TRACE_RECORDS },
    ...(replay === null ? {} : replayOptions(replay)),
    ...(onRunaway === undefined ? {} : { onRunaway }),
  });
  const recorder = new RunRecorder(machine, { system: factsOf(isTerminal) });
  return { machine, kernel: bootKernel(machine, { checkInvariants }), plan, components, recorder };
}
