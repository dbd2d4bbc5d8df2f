/** The host side: a machine with a personality's image, and a kernel on it. All that its run depends on is an argument. */
import {
  createImage,
  type DiskBackEnd,
  Machine,
  type RunLog,
  RunRecorder,
  replayOptions,
  type SystemFacts,
} from "@tessera/hal-sim";
import { bootKernel, type Kernel } from "@tessera/kernel";
import type { Personality } from "@tessera/personality";
import { type Component, type Plan, planImage } from "@tessera/servers";

/** What a run depends on, beside its personality. */
export interface Setting {
  readonly seed: number;
  /** What the clock shows at the beginning, in milliseconds since 1970. */
  readonly epochMs: number;
  /** Whether a log of the run is wanted, which grows with what is read of disks. Default false. */
  readonly isRecorded?: boolean;
  /** Look at the kernel's invariants at every exit. Changes nothing in the run. */
  readonly checkInvariants?: boolean;
  /** The disks of the machine; those of a session that is repeated are in its log. */
  readonly disks?: readonly DiskBackEnd[];
  /** Whether programs outside can connect to servers; as it was, in a session that is repeated. Default false. */
  readonly sockets?: boolean;
  /** The log of a session that is to be repeated. */
  readonly replay?: RunLog | null;
  /** Told about a program that can only be stopped by ending this process. */
  readonly onRunaway?: (message: string) => void;
}

/** A machine that is a personality. */
export interface System {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly plan: Plan;
  /** The programs that the plan names, as far as they are components. */
  readonly components: readonly Component[];
  /** Null: no log is wanted. */
  readonly recorder: RunRecorder | null;
}

/** Records of the trace that are kept to be looked at. */
const TRACE_RECORDS = 2 ** 17;

/**
 * A system that has not run yet.
 * @param facts what a log of the session is to say of it
 */
export function bootPersonality(personality: Personality, facts: SystemFacts, setting: Setting): System {
  const {
    seed,
    epochMs,
    checkInvariants = false,
    disks = [],
    isRecorded = false,
    sockets = false,
    replay = null,
    onRunaway,
  } = setting;
  const plan = personality.plan();
  const components = personality.components();
  const { programs, data } = planImage(plan, personality.programs());
  const machine = new Machine({
    ...{ image: createImage(programs, data), seed, epochMs, disks, sockets, traceRecords: TRACE_RECORDS },
    ...(replay === null ? {} : replayOptions(replay)),
    ...(onRunaway === undefined ? {} : { onRunaway }),
  });
  const recorder = isRecorded ? new RunRecorder(machine, { system: facts }) : null;
  return { machine, kernel: bootKernel(machine, { checkInvariants }), plan, components, recorder };
}
