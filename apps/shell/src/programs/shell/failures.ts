/**
 * What has failed, for who asks why: the last step of which anything did, whatever has gone well since. A pipeline in the
 * background counts by when it was started, and as soon as it is over.
 */
import { endingOf, isDone, type Job, type Member } from "./jobs.js";

/** A step that was carried out, or was not. */
export interface Step {
  /** As it was typed. */
  readonly text: string;
  readonly status: number;
  /** Its processes, if there were any. */
  readonly job: Job | null;
  /** Why it never ran, or "". */
  readonly sentence: string;
  /** Whether the shell did anything for it that it can have failed at. */
  readonly isTraced: boolean;
}

/** The steps that matter. */
export class Failures {
  /** The last failure that is known, and what runs since. */
  #steps: readonly Step[] = [];

  /** Take note of a step, when it is over or in the background. */
  note(step: Step): void {
    const steps = [...this.#steps, step];
    const last = steps.findLastIndex(hasFailed);
    this.#steps = steps.slice(Math.max(0, last)).filter((each) => hasFailed(each) || isUnderWay(each));
  }

  /** The last that has failed; null: none has. */
  get last(): Step | null {
    return this.#steps.findLast(hasFailed) ?? null;
  }
}

/** What was wrong with a step, in a few words. */
export function wrongWith({ status, job, sentence }: Step): string {
  if (sentence !== "") return sentence;
  const members = failedMembers(job);
  if (members.length === 0) return `status ${status}`;
  if (job?.members.length === 1) return members.map(endingOf).join();
  return members.map((member) => `${member.name}.${member.id}: ${endingOf(member)}`).join(", ");
}

/** Processes of a job that have not ended well. */
export function failedMembers(job: Job | null): Member[] {
  return (
    job?.members.filter(({ ending }) => ending !== null && (ending.end !== "returned" || ending.status !== 0)) ?? []
  );
}

function hasFailed({ status, job }: Step): boolean {
  return status !== 0 || failedMembers(job).length > 0;
}

function isUnderWay({ job }: Step): boolean {
  return job !== null && !isDone(job);
}
