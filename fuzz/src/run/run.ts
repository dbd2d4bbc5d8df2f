/**
 * One run: a machine and a kernel of its own, from power-on to the revocation of everything.
 *
 * Whatever goes wrong is a finding in the result, never an exception. `plant` may damage the kernel before anything
 * runs; that is how planted bugs and mutants use this runner.
 */
import { bufferAddress } from "@tessera/conformance/replay";
import { type CostModel, createImage, Machine, type Stop } from "@tessera/hal-sim";
import { bootKernel, type Kernel, type KernelSnapshot, renderExplanation } from "@tessera/kernel";
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
  /** Let explanations tell the line of the program, which takes a look at the host's stack at each call (default true). */
  readonly callSites?: boolean;
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
  /** Calls and answers that took the short way. */
  readonly shortcuts: number;
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
  const machine = machineOf(frame, journal, options.callSites ?? true);
  const { checkInvariants = true, fastPath = true } = options;
  let finding: Finding | null;
  let kernel: Kernel | null = null;
  try {
    kernel = bootKernel(machine, { checkInvariants, fastPath, rootCNodeBits: ROOT_CNODE_BITS });
    if (options.explains === false) kernel.state.explainer = null;
    options.plant?.(kernel);
    const before = checkInvariants ? kernel.snapshot() : null;
    const stop = machine.run({ events: MAX_ENTRIES });
    finding = judgeStop(stop, machine, journal) ?? judgeExplanations(kernel) ?? judgeLeaks(kernel, before);
  } catch (error) {
    finding = { kind: "host", text: `an exception left the machine: ${textOf(error)}` };
  }
  return {
    steps: journal.steps,
    program: { ...frame, scenario: { ...frame.scenario, ops: journal.ops() } },
    finding,
    hash: machine.trace.hash,
    entries: machine.events,
    shortcuts: kernel?.state.shortcuts ?? 0,
  };
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
function judgeExplanations(kernel: Kernel): Finding | null {
  try {
    for (const explanation of kernel.explanations()) renderExplanation(explanation);
    return null;
  } catch (error) {
    return { kind: "explainer", text: `an explanation failed: ${textOf(error)}` };
  }
}

function judgeLeaks(kernel: Kernel, before: KernelSnapshot | null): Finding | null {
  if (before === null) return null;
  const { leaks, text } = findLeaks(kernel, before);
  return leaks.length === 0 ? null : { kind: "leak", text };
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
