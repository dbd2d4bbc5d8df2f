/** A check carried out: whatever the system under test does, what comes of it is a verdict. */
import { renderExplanation } from "@tessera/kernel";
import type { Solution } from "../solution.js";
import type { Check } from "./check.js";
import { Exam } from "./exam.js";
import { Failed } from "./witness.js";

/** What came of a check. */
export interface Verdict {
  readonly id: string;
  readonly passed: boolean;
  /** The system could be booted. */
  readonly booted: boolean;
  /** What went wrong; empty when nothing did. */
  readonly why: string;
  /** What the machine and the kernel have to say about it. */
  readonly explained: readonly string[];
  /** What the console has shown. */
  readonly output: string;
  /** Milliseconds of the machine, and entries into its kernel. */
  readonly ms: number;
  readonly events: number;
}

/** What the machine had to say last that is told. */
const LAST_REPORTS = 2;
/** Outcomes that are faults. */
const FAULT = /Fault|Exception/;
/** Places that say nothing of the system under test. */
const NOT_THEIRS = /node:|apps\/grade\/src\//;
/** Lines of a stack that are told. */
const PLACES = 4;

/** Boot the solution for a check, and see whether it passes. */
export function judge(solution: Solution, check: Check, seed: number, alive: () => void): Verdict {
  let exam: Exam | null = null;
  let why = "";
  try {
    exam = new Exam(solution, check, { seed, alive });
    if (check.examine === undefined) exam.toEnd();
    else check.examine(exam);
  } catch (error) {
    why = reasonOf(error, exam !== null);
  }
  const passed = why === "";
  return {
    ...{ id: check.id, passed, booted: exam !== null, why },
    explained: passed || exam === null ? [] : explanationsOf(exam),
    output: exam?.output ?? "",
    ms: exam === null ? 0 : Math.round(exam.witness.us / 1000),
    events: exam?.machine.events ?? 0,
  };
}

function reasonOf(error: unknown, hasBooted: boolean): string {
  if (error instanceof Failed) return error.message;
  return hasBooted ? inWords(error) : `the system cannot be booted: ${inWords(error)}`;
}

/** An error, and the nearest places of the system that it went by. */
function inWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { message, stack = "" } = error;
  const places = stack.split("\n").filter((line) => /^\s+at /.test(line) && !NOT_THEIRS.test(line));
  return [message, ...places.slice(0, PLACES)].join("\n");
}

/**
 * The first thread that has died of what it did itself, else the last fault that nobody has mended. Calls that the kernel
 * has refused are a server's daily bread. A program of a check that found something is none of them: it has not died.
 */
function explanationsOf({ kernel, reports, snapshot }: Exam): string[] {
  const faults = kernel.explanations().filter(({ outcome }) => FAULT.test(outcome));
  const stopped = new Set(
    snapshot.objects.flatMap((one) => (one.kind === "thread" && one.fault !== "" ? [one.id] : [])),
  );
  const died = faults.find(({ outcome }) => !outcome.includes("VMFault"));
  const told = died ?? faults.findLast(({ threadId }) => stopped.has(threadId));
  return [...reports.slice(-LAST_REPORTS), ...(told === undefined ? [] : [renderExplanation(told)])];
}
