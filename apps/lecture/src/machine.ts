/**
 * The host side: a machine with a scene's programs, a kernel on it, and one run to its end.
 *
 * Everything that a run depends on is an argument. What comes back can be asked for its trace and for why things
 * failed; nothing of what the programs compute reaches the host in another way.
 */
import {
  type Divergence,
  Machine,
  type RunLog,
  RunRecorder,
  replayOptions,
  replayRun,
  type Stop,
  type SystemFacts,
} from "@tessera/hal-sim";
import { bootKernel, type Kernel } from "@tessera/kernel";
import type { Choices, Scene } from "./scenes/scene.js";

export interface PlayOptions extends Choices {
  /** Seed of the machine. */
  readonly seed: number;
  /** Look at the kernel's invariants at every exit. Changes nothing in the run. */
  readonly checkInvariants?: boolean;
  /** What a log of the run is to say of the system: scene and choices. */
  readonly facts?: SystemFacts;
  /** The log of a run that is to be repeated, of the same facts. */
  readonly replay?: RunLog | null;
  /** What goes to the kernel's debug console. */
  readonly onConsole?: (bytes: Uint8Array) => void;
  /** Why a thread was stopped that has no fault handler. */
  readonly onReport?: (text: string) => void;
  /** Told about a program that can only be stopped by ending this process. */
  readonly onRunaway?: (performance: Performance, message: string) => void;
}

/** A machine that runs a scene, or has run it. */
export interface Performance {
  readonly machine: Machine;
  readonly kernel: Kernel;
  /** What programs threw, by the id of their thread: host stacks are no part of the trace. */
  readonly failures: () => ReadonlyMap<number, Error>;
  readonly recorder: RunRecorder;
}

/** A scene that was played. */
export interface Played extends Performance {
  readonly stop: Stop;
  /** Where a replay went another way; null: nowhere, or it was none. */
  readonly divergence: Divergence | null;
}

/** More than enough kernel entries for every scene that comes to an end. */
const MAX_EVENTS = 1_000_000;

/** A scene's machine with a kernel on it. Nothing has run yet. */
export function stageScene(scene: Scene, options: PlayOptions): Performance {
  const machine: Machine = new Machine({
    image: scene.image(options),
    seed: options.seed,
    ...(options.replay == null ? {} : replayOptions(options.replay)),
    onRunaway: (message) => options.onRunaway?.(performance, message),
  });
  const recorder = new RunRecorder(machine, { system: options.facts ?? {} });
  const kernel = bootKernel(machine, { checkInvariants: options.checkInvariants ?? false });
  const failures = () => {
    const thrown = [...kernel.state.threads].map(({ id, context }) => [id, context.lastThrow] as const);
    return new Map(thrown.filter((entry): entry is [number, Error] => entry[1] !== null));
  };
  const performance = { machine, kernel, failures, recorder };
  machine.output.subscribe((bytes) => options.onConsole?.(bytes));
  machine.reports.subscribe((text) => options.onReport?.(text));
  return performance;
}

/**
 * Play a scene until nobody has anything left to do; a replay as far as its log goes, or up to where it differs.
 * @throws RunLogError when the log is of another machine or another scene
 */
export function playScene(scene: Scene, options: PlayOptions): Played {
  const performance = stageScene(scene, options);
  const { machine } = performance;
  if (options.replay != null) return { ...performance, ...replayRun(machine, options.replay, options.facts) };
  return { ...performance, stop: machine.run({ events: MAX_EVENTS }), divergence: null };
}
