import { expect, test } from "vitest";
import { compare } from "../src/compare/compare.js";
import { parseRecording } from "../src/recording/parse.js";
import type { Output, Recording, Result } from "../src/recording/scenario.js";
import { type Mutant, mutants, OUTPUT_FIELDS } from "./mutants.js";
import { ownRecordings } from "./own-recordings.js";

/** The recorded output as a replay would bring it: with a value for every word that the recording leaves open. */
function asObserved({ log, ...counts }: Output): Output {
  const filled = (result: Result) =>
    Array.isArray(result["m"]) ? { ...result, m: result["m"].map((word) => word ?? 0xabcde) } : result;
  return { ...counts, log: log.map((entry) => ({ ...entry, result: filled(entry.result) })) };
}

function matches(line: string, { scenario }: Recording, ours: Output): boolean {
  try {
    return compare(scenario, parseRecording(line).output, ours).matched;
  } catch {
    return false;
  }
}

test("every recording matches itself, so that every null of a recording is where one may be", () => {
  for (const line of [...ownRecordings().values()].flat()) {
    const recording = parseRecording(line);
    const { scenario, output } = recording;
    expect(compare(scenario, output, asObserved(output)).matched, scenario.id).toBe(true);
  }
});

test("no mutant of a recording matches it, whichever field of the output it alters", () => {
  const unseen = new Set<string>(OUTPUT_FIELDS);
  for (const lines of ownRecordings().values()) {
    for (const line of lines.slice(0, 2)) {
      const recording = parseRecording(line);
      const ours = asObserved(recording.output);
      for (const mutant of mutants(line)) {
        unseen.delete(mutant.field);
        expect(survives(mutant, line, recording, ours), `${recording.scenario.id}: ${mutant.field}`).toBe(false);
      }
    }
  }
  expect([...unseen]).toEqual([]);
});

/** A swap of two equal entries is no mutant. */
function survives(mutant: Mutant, line: string, recording: Recording, ours: Output): boolean {
  return JSON.stringify(JSON.parse(line)) !== mutant.line && matches(mutant.line, recording, ours);
}

test("a word that is not open is not masked by null", () => {
  const line = (m: unknown[], fields = {}) =>
    JSON.stringify({
      ...{ id: "x", suite: "x", t: [[{ sys: "Recv", c: 1, ...fields }]], final: {} },
      ...{ log: [[0, 0, { lab: 1, len: 4, m }]], started: [1, 0, 0, 0], done: [1, 0, 0, 0] },
    });
  const ours = parseRecording(line([0x10008, 16, 0, 1]));
  expect(matches(line([null, 16, 0, 1]), ours, ours.output)).toBe(true);
  expect(matches(line([null, null, 0, 1]), ours, ours.output)).toBe(false);
  const call = parseRecording(line([0x10008, 16, 0, 1], { sys: "Call" }));
  expect(matches(line([null, 16, 0, 1]), call, call.output)).toBe(false);
});
