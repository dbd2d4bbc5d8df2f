/** Recorded scenarios on the broken kernel, until one ends otherwise than recorded or an invariant is violated. */
import { judgeLine } from "@tessera/conformance/judge";
import { linesOf, readText, recordingFiles } from "@tessera/conformance/recording";
import type { Found, Order, Report } from "./report.js";

const PROGRESS_EVERY = 5;

export function recordedScenarios({ recordings, limit, suite }: Order, progress: (done: number) => void): Report {
  const files = recordingFiles(recordings).filter((file) => suite === undefined || suiteOf(file) === suite);
  if (files.length === 0) throw new Error(`no recorded scenario belongs to a suite ${suite}`);
  let done = 0;
  for (const line of dealt(files.map((file) => linesOf(readText(file))))) {
    if (done === limit) break;
    done++;
    const { matched, id, reason = "" } = judgeLine(line, `line ${done}`, { checkInvariants: true });
    if (!matched) return { done, found: found(id, reason) };
    if (done % PROGRESS_EVERY === 0) progress(done);
  }
  return { done, found: null };
}

/** A recorded file is named by how its scenarios came about, and their suite. */
function suiteOf(file: string): string {
  return /([a-z]+)-([a-z-]+)\.jsonl(\.gz)?$/.exec(file)?.[2] ?? "";
}

/** One from each in turn, so that every suite comes early. */
function* dealt(files: readonly (readonly string[])[]): Generator<string> {
  const longest = Math.max(...files.map(({ length }) => length));
  for (let n = 0; n < longest; n++) for (const lines of files) if (lines[n] !== undefined) yield lines[n] as string;
}

function found(id: string, reason: string): Found {
  const violated = /invariants are violated\s+(.*)/.exec(reason)?.[1];
  if (violated !== undefined) return { by: "invariants", what: `${id}: ${violated}` };
  return { by: "recordings", what: `${id}: ${reason.split("\n", 1)[0] ?? ""}` };
}
