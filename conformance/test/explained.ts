/**
 * What a replay leaves unexplained. What failed is taken from the recording of the real kernel (refused Calls) and from
 * the trace (faults); what was explained, from the kernel. Both must account for each other: a failure without an
 * explanation is a complaint, an explanation without a failure is one too.
 *
 * Of refused sends, of both kinds and in combined calls, nobody is told; neither recording nor trace has them all. Their
 * explanations must at least name an op that the thread began. The observer is no part of the scenario.
 */
import { type Explanation, type Kernel, KernelEvent } from "@tessera/kernel";
import {
  CapTag,
  errorCodeName,
  faultName,
  seL4_IllegalOperation,
  seL4_InvalidCapability,
  seL4_NumErrors,
} from "@tessera/libsel4/abi";
import { LAST_OBJECT_SLOT } from "../src/api-table/count.js";
import type { Op, OpKind, Recording } from "../src/recording/scenario.js";
import { THREADS } from "../src/recording/scenario.js";
import { replay } from "../src/replay/replay.js";

/** Enough for all that a scenario does. */
const TRACE_RECORDS = 2 ** 12;
const OBSERVER = "rootserver";
const UNTOLD: readonly OpKind[] = ["Send", "NBSend", "ReplyRecv", "NBSendRecv", "NBSendWait"];
/** A Call through a reply object succeeds, whomever it reaches. */
const REACHED_NOBODY = "nothing happens";
/** Threads answer calls with labels from 32 on, but a few as if to a fault; never with these. */
const CERTAIN_REFUSALS: readonly number[] = [seL4_InvalidCapability, seL4_IllegalOperation];

export interface Account {
  readonly complaints: readonly string[];
  readonly explanations: readonly Explanation[];
  /** Failures that were looked for. */
  readonly failures: readonly string[];
}

/** Replay, and compare what failed with what was explained. `plant` may break the kernel before it runs. */
export function account(recording: Recording, plant: (kernel: Kernel) => void = () => {}): Account {
  const { scenario } = recording;
  let kernel: Kernel | undefined;
  const watch = (booted: Kernel) => {
    kernel = booted;
    plant(booted);
  };
  replay(scenario, { watch, callSites: true, traceRecords: TRACE_RECORDS });
  if (kernel === undefined) return { complaints: ["the kernel was not booted"], explanations: [], failures: [] };
  const threads = threadIds(kernel);
  const explanations = kernel.explanations().filter(({ thread }) => thread !== OBSERVER);
  const failures = [...refusals(recording, threads), ...faults(kernel, threads)];
  const unused = new Set(explanations);
  const complaints = [...explanations.flatMap(flaws), ...failures.flatMap((failure) => unexplained(failure, unused))];
  for (const explanation of unused) {
    if (!isOfAnOp(recording, threads.indexOf(explanation.threadId), explanation)) {
      complaints.push(`explained, but nothing failed: ${tell(explanation)}`);
    }
  }
  return { complaints, explanations, failures: failures.map(({ outcome }) => outcome) };
}

interface Failure {
  readonly threadId: number;
  /** How the explanation's outcome begins. */
  readonly outcome: string;
  /** How its call begins. */
  readonly call: string;
}

function refusals({ scenario, output }: Recording, threads: readonly number[]): Failure[] {
  return output.log.flatMap(({ thread, op: index, result }) => {
    const op = scenario.ops[thread]?.[index];
    const label = result["lab"];
    if (op?.kind !== "Call" || typeof label !== "number" || label >= seL4_NumErrors) return [];
    const mayBeAnswer = op.name === op.kind && op.c > LAST_OBJECT_SLOT;
    if (mayBeAnswer && !CERTAIN_REFUSALS.includes(label)) return [];
    return [{ threadId: threads[thread] ?? 0, outcome: errorCodeName(label), call: `seL4_Call on ${hex(op.c)}` }];
  });
}

function faults(kernel: Kernel, threads: readonly number[]): Failure[] {
  return records(kernel)
    .filter(({ kind }) => kind === KernelEvent.Faulted)
    .filter(({ subject }) => subject >= Math.min(...threads))
    .map(({ subject, a }) => ({ threadId: subject, outcome: faultName(a), call: "" }));
}

/** T0..T3 are the first threads that were made. */
function threadIds(kernel: Kernel): number[] {
  return records(kernel)
    .filter(({ kind, a }) => kind === KernelEvent.Created && a === CapTag.thread)
    .slice(0, THREADS)
    .map(({ subject }) => subject);
}

function records({ machine: { trace } }: Kernel) {
  if (trace.first !== 0) throw new Error("the scenario has more records than the trace keeps");
  return Array.from({ length: trace.count }, (_, n) => trace.record(n)!);
}

function unexplained({ threadId, outcome, call }: Failure, unused: Set<Explanation>): string[] {
  for (const explanation of unused) {
    if (explanation.threadId !== threadId) continue;
    if (!beginsWith(explanation.outcome, outcome) || !beginsWith(explanation.call, call)) continue;
    unused.delete(explanation);
    return [];
  }
  return [`not explained: thread ${threadId}, ${call} ${outcome}`];
}

/** Whether a text begins with whole words. */
function beginsWith(text: string, beginning: string): boolean {
  return text.startsWith(beginning) && (beginning === "" || !/^\w/.test(text.slice(beginning.length)));
}

/** What an explanation must have. An invocation or lookup that failed has at least begun to resolve its address. */
function flaws(explanation: Explanation): string[] {
  const { call, outcome, why, path } = explanation;
  const empty = Object.entries({ call, outcome, why }).filter(([, text]) => text === "");
  const isOfAnAddress = call.includes(" on 0x");
  return [
    ...empty.map(([name]) => `no ${name}: ${tell(explanation)}`),
    ...(isOfAnAddress && path.length === 0 ? [`no path: ${tell(explanation)}`] : []),
  ];
}

/** A send of which nobody is told, or the Call that a thread was in when it was stopped. */
function isOfAnOp({ scenario, output }: Recording, thread: number, { call, outcome }: Explanation): boolean {
  const ops = scenario.ops[thread]?.slice(0, output.started[thread]) ?? [];
  const names = (op: Op) => [op.c, op.dest, op.reply, ...op.caps].some((cptr) => beginsWith(call, said(op, cptr)));
  const untold = outcome === REACHED_NOBODY ? [...UNTOLD, "Call"] : UNTOLD;
  const isUntold = ops.some((op) => untold.includes(op.kind) && names(op));
  const inProgress = ops[output.done[thread] ?? 0];
  return isUntold || (inProgress !== undefined && names(inProgress));
}

const said = ({ kind }: Op, cptr: bigint) => `seL4_${kind} on ${hex(cptr)}`;

const hex = (word: bigint) => `0x${word.toString(16)}`;

const tell = ({ threadId, call, outcome, why }: Explanation) => `thread ${threadId}, ${call}: ${outcome}: ${why}`;
