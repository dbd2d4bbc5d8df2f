/** Every refusal and every fault of recorded scenarios is explained, and nothing else. */
import { errorCodeName, seL4_NoError, seL4_NumErrors } from "@tessera/libsel4/abi";
import { describe, expect, test } from "vitest";
import { parseRecording } from "../src/recording/parse.js";
import { account } from "./explained.js";
import { ownRecordings } from "./own-recordings.js";

/** All scenarios that a person wrote, and a sample of the others. */
const EVERY = { hand: 1, others: 20 };

const recorded = ownRecordings();
const sample = [...recorded].map(([name, lines]) => {
  const every = name.startsWith("hand") ? EVERY.hand : EVERY.others;
  return { name, lines: lines.filter((_, n) => n % every === 0) };
});

describe("every refusal is explained", () => {
  const seen = new Set<string>();
  let withoutFailure = 0;

  test.each(sample)("$name", { timeout: 60_000 }, ({ lines }) => {
    const complaints: string[] = [];
    for (const recording of lines.map(parseRecording)) {
      const found = account(recording);
      complaints.push(...found.complaints.map((complaint) => `${recording.scenario.id}: ${complaint}`));
      for (const failure of found.failures) seen.add(failure);
      if (found.explanations.length === 0) withoutFailure++;
    }
    expect(complaints).toEqual([]);
  });

  test("among them every error code, every kind of fault, and scenarios in which nothing failed", () => {
    const codes = Array.from({ length: seL4_NumErrors }, (_, code) => code).filter((code) => code !== seL4_NoError);
    const all = [...codes.map(errorCodeName), "CapFault", "VMFault", "UnknownSyscall", "UserException"];
    expect(all.filter((name) => !seen.has(name))).toEqual([]);
    expect(withoutFailure).toBeGreaterThan(50);
  });
});

describe("the account notices", () => {
  const line = recorded.get("hand-cspace")?.find((text) => account(parseRecording(text)).failures.length > 0) ?? "";

  test("a failure that is not explained", () => {
    const { complaints, failures } = account(parseRecording(line), (kernel) => {
      kernel.state.explainer = null;
    });
    expect(complaints.length).toBe(failures.length);
    expect(complaints[0]).toMatch(/^not explained: /);
  });

  test("an explanation of what did not fail", () => {
    const recording = parseRecording(line);
    const log = recording.output.log.map((entry) => ({ ...entry, result: {} }));
    const { complaints } = account({ ...recording, output: { ...recording.output, log } });
    expect(complaints[0]).toMatch(/^explained, but nothing failed: /);
  });

  test("an explanation that says nothing", () => {
    const { complaints } = account(parseRecording(line), ({ state }) => {
      const { explainer } = state;
      if (explainer === null) return;
      state.explainer = {
        refused: (tcb, lo, hi, error) => explainer.refused(tcb, lo, hi, Object.assign(error, { why: "" })),
        unresolved: (...failure) => explainer.unresolved(...failure),
        unanswerable: (tcb) => explainer.unanswerable(tcb),
        faulted: (...failure) => explainer.faulted(...failure),
      };
    });
    expect(complaints[0]).toMatch(/^no why: /);
  });
});
