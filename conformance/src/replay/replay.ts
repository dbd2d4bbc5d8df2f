/**
 * One scenario, from power-on to the observer's last look, on a machine and a kernel of its own.
 * Whatever goes wrong in there is an outcome, never an exception: a recorded scenario can be anything.
 */
import { createImage, Machine, type Stop } from "@tessera/hal-sim";
import { bootKernel, type Kernel } from "@tessera/kernel";
import type { Output, Scenario } from "../recording/scenario.js";
import { Journal } from "./journal.js";
import { rootProgram } from "./root-program.js";
import { bufferAddress } from "./sandbox.js";
import { prepare } from "./step.js";
import { threadProgram } from "./thread-program.js";

/** What a replay brought. With a failure, `output` is as far as it came. */
export interface Outcome {
  readonly output: Output;
  readonly failure?: string;
}

export interface ReplayOptions {
  /** Check the kernel's invariants at every kernel exit. */
  readonly checkInvariants?: boolean;
  /** Take the short way of Call and ReplyRecv (default true). */
  readonly fastPath?: boolean;
  /** Given the kernel before anything runs: to look at it afterwards. */
  readonly watch?: (kernel: Kernel) => void;
  /** Have refused calls remember where they were made, for explanations (default false): they take far longer. */
  readonly callSites?: boolean;
  /** Records that the trace keeps, a power of two. */
  readonly traceRecords?: number;
}

const RAM_BYTES = 6 * 2 ** 20;
/** Mostly nobody looks at the trace of a replay, unless the kernel stops with a dump. */
const TRACE_RECORDS = 256;
/** How often the replayer looks whether the observer is done: looking after every event would be slow. */
const EVENTS_A_LOOK = 5_000;
/** A scenario of a few dozen ops ends within some thousand events. One that goes on for ever is stopped here. */
const MAX_EVENTS = 1_000_000;
/** ... or here: ten minutes of virtual time. */
const MAX_TICKS = 600 * 10_000_000;

/** Program n of an image begins on its page n (the root task is program 0). */
const IMAGE_BASE = 0x10000;
const PAGE_BYTES = 0x1000;

export function replay(scenario: Scenario, options: ReplayOptions = {}): Outcome {
  const journal = new Journal();
  let failure: string | undefined;
  try {
    failure = runScenario(scenario, journal, options);
  } catch (error) {
    failure = `an exception left the machine: ${error instanceof Error ? error.message : String(error)}`;
  }
  return failure === undefined ? { output: journal.output() } : { output: journal.output(), failure };
}

function runScenario(scenario: Scenario, journal: Journal, options: ReplayOptions): string | undefined {
  const entries = scenario.ops.map((_, thread) => IMAGE_BASE + (thread + 1) * PAGE_BYTES);
  const threads = scenario.ops.map((ops, thread) => [
    `T${thread}`,
    threadProgram(thread, bufferAddress(thread), ops.map(prepare), journal),
  ]);
  const image = createImage({ root: rootProgram(scenario, entries, journal), ...Object.fromEntries(threads) });
  // Faults that nobody handles are what many scenarios are about.
  const onReport = (): void => {};
  const traceRecords = options.traceRecords ?? TRACE_RECORDS;
  const { checkInvariants = false, fastPath = true, callSites = false } = options;
  const machine = new Machine({ image, ramBytes: RAM_BYTES, traceRecords, onReport, callSites });
  const kernel = bootKernel(machine, { checkInvariants, fastPath });
  options.watch?.(kernel);
  const stop = runToEnd(machine, journal);
  if (journal.failure !== undefined) return journal.failure;
  if (journal.closed) return undefined;
  switch (stop.reason) {
    case "halted":
      return `the kernel halted: ${stop.message}`;
    case "limit":
      return "the scenario did not come to rest";
    default:
      return `the machine stopped before the observer had looked: ${stop.message}`;
  }
}

/** Run until the observer has closed the journal, or nothing more will come. */
function runToEnd(machine: Machine, journal: Journal): Stop {
  for (;;) {
    const stop = machine.run({ events: EVENTS_A_LOOK, ticks: MAX_TICKS });
    if (journal.closed || stop.reason !== "limit") return stop;
    if (machine.events >= MAX_EVENTS || machine.clock.ticks >= MAX_TICKS) return stop;
  }
}
