/**
 * One run: a machine and a kernel of its own, from power-on to the revocation of everything.
 *
 * Whatever goes wrong is a finding in the result, never an exception. `plant` may damage the kernel before anything
 * runs; that is how planted bugs and mutants use this runner.
 */
import { bufferAddress } from "@tessera/conformance/replay";
import { type CostModel, createImage, Machine, type Stop } from "@tessera/hal-sim";
import { bootKernel, type Explanation, type Kernel, type KernelSnapshot, renderExplanation } from "@tessera/kernel";
import { findLeaks } from "@tessera/testing";
import type { FuzzProgram } from "../program/program.js";
import { type Finding, firstLine } from "./finding.js";
import { Journal, type Step } from "./journal.js";
import { rootProgram } from "./root-program.js";
import type { OpSource } from "./source.js";
import { threadProgram } from "./thread-program.js";

export interface RunOptions {
  /** Look at every invariant after every kernel entry (default true). */
  readonly checkInvariants?: boolean;
  /** Take the short way of Call and ReplyRecv (default true). */
  readonly fastPath?: boolean;
  /** Keep why things failed (default true). */
  readonly explains?: boolean;
  /**
   * Let explanations tell what is most of their work: the line of the program, which takes a look at the host's stack at
   * each call, and what had happened to a slot (default true).
   */
  readonly tellsAll?: boolean;
  /** Given the kernel before anything runs. */
  readonly plant?: (kernel: Kernel) => void;
}

export interface RunResult {
  /** What was done, in the order in which it began. */
  readonly steps: readonly Step[];
  /** The same as a program. */
  readonly program: FuzzProgram;
  readonly finding: Finding | null;
  /** Of the whole trace. */
  readonly hash: number;
  /** Kernel entries. */
  readonly entries: number;
  readonly events: Events;
}

/** How often what is rare in a program happened. */
export interface Events {
  /** Calls and answers that took the short way. */
  readonly shortcuts: number;
  /** Calls and faults put off because the budget was used up, and long calls that stopped for that, or for anything. */
  readonly restarts: number;
  readonly exhaustions: number;
  readonly preemptions: number;
  /** External interrupts, and ends of a domain's turn. */
  readonly interrupts: number;
  readonly turns: number;
}

const RAM_BYTES = 6 * 2 ** 20;
const TRACE_RECORDS = 2 ** 12;
/** Slots of the root task's CNode: the sandbox takes some twenty. */
const ROOT_CNODE_BITS = 9;
/** Kernel entries after which a run that has not ended never will. */
const MAX_ENTRIES = 50_000;

/** Program n of an image begins on its page n (the root task is program 0). */
const IMAGE_BASE = 0x10000;
const PAGE_BYTES = 0x1000;

/** Where thread n begins: a thread that is sent there goes on with its next op. */
export function entryAddress(thread: number): number {
  return IMAGE_BASE + (thread + 1) * PAGE_BYTES;
}

/** Run what `source` hands out, in the world of `frame`, whose own ops are not looked at. */
export function run(frame: FuzzProgram, source: OpSource, options: RunOptions = {}): RunResult {
  const threads = frame.scenario.ops.length;
  const journal = new Journal(source, threads);
  const machine = machineOf(frame, journal, options.tellsAll ?? true);
  const { checkInvariants = true, fastPath = true } = options;
  const { domains, inputEvery } = frame.surroundings;
  if (inputEvery > 0) {
    journal.onOp = (before) => {
      if (before % inputEvery === 0) machine.input("uart", Uint8Array.of(before & 255));
    };
  }
  let finding: Finding | null;
  let kernel: Kernel | null = null;
  try {
    kernel = bootKernel(machine, { checkInvariants, fastPath, rootCNodeBits: ROOT_CNODE_BITS, domains });
    if (options.explains === false) kernel.state.explainer = null;
    options.plant?.(kernel);
    const before = checkInvariants ? kernel.snapshot() : null;
    const stop = machine.run({ events: MAX_ENTRIES });
    finding =
      judgeStop(stop, machine, journal) ??
      judgeExplanations(kernel, options.tellsAll ?? true) ??
      judgeLeaks(kernel, before);
  } catch (error) {
    finding = { kind: "host", text: `an exception left the machine: ${textOf(error)}` };
  }
  return {
    steps: journal.steps,
    program: {
      ...frame,
      scenario: { ...frame.scenario, ops: journal.ops() },
      surroundings: { ...frame.surroundings, rouses: journal.rouses },
    },
    finding,
    hash: machine.trace.hash,
    entries: machine.events,
    events: eventsOf(kernel),
  };
}

function eventsOf(kernel: Kernel | null): Events {
  const {
    shortcuts = 0,
    restarts = 0,
    exhaustions = 0,
    preemptions = 0,
    interrupts = 0,
    domains,
  } = kernel?.state ?? {};
  return { shortcuts, restarts, exhaustions, preemptions, interrupts, turns: domains?.turns ?? 0 };
}

function machineOf(frame: FuzzProgram, journal: Journal, callSites: boolean): Machine {
  const { scenario, costs } = frame;
  const entries = scenario.ops.map((_, thread) => entryAddress(thread));
  const threads = scenario.ops.map((_, thread) => [
    `T${thread}`,
    threadProgram(thread, bufferAddress(thread), journal),
  ]);
  const image = createImage({ root: rootProgram(frame, entries, journal), ...Object.fromEntries(threads) });
  // Faults that nobody handles are what many programs are about.
  const onReport = (): void => {};
  const cost: Partial<CostModel> = { ...costs };
  return new Machine({ image, ramBytes: RAM_BYTES, traceRecords: TRACE_RECORDS, cost, onReport, callSites });
}

function judgeStop(stop: Stop, machine: Machine, { hostError, rootError, isTornDown }: Journal): Finding | null {
  if (stop.reason === "halted") {
    const isInvariant = stop.message.includes("invariants are violated");
    return { kind: isInvariant ? "invariant" : "kernel", text: stop.message };
  }
  if (hostError !== null) return { kind: "host", text: `an exception inside of a program: ${hostError}` };
  if (rootError !== null) return { kind: "root", text: rootError };
  if (isTornDown) return null;
  const text = `after ${machine.events} kernel entries the root task has not ended: ${firstLine(stop.message)}`;
  return { kind: "stuck", text };
}

/** Explanations are made when they are asked for; each must be. */
function judgeExplanations(kernel: Kernel, tellsAll: boolean): Finding | null {
  try {
    for (const told of kernel.explanations()) {
      const text = renderExplanation(tellsAll ? told : briefly(told));
      if (!text.includes(told.outcome)) throw new Error(`it does not tell the outcome: ${text}`);
    }
    return null;
  } catch (error) {
    return { kind: "explainer", text: `an explanation failed: ${textOf(error)}` };
  }
}

/** Call, outcome, check and path: what each explanation has of its own. */
function briefly({ tick, thread, threadId, call, outcome, why, path }: Explanation): Explanation {
  return { tick, thread, threadId, call, outcome, why, path, place: "", within: "", history: "" };
}

function judgeLeaks(kernel: Kernel, before: KernelSnapshot | null): Finding | null {
  if (before === null) return null;
  const { leaks, text } = findLeaks(kernel, before);
  return leaks.length === 0 ? null : { kind: "leak", text };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
