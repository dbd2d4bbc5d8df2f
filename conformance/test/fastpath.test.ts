/** The short way of Call and ReplyRecv is only shorter: with it and without it a recording leaves the same trace. */
import type { Kernel } from "@tessera/kernel";
import { describe, expect, test } from "vitest";
import { parseRecording } from "../src/recording/parse.js";
import { replay } from "../src/replay/replay.js";
import { ownRecordings } from "./own-recordings.js";

/** All scenarios that a person wrote, and a sample of the others. */
const EVERY = { hand: 1, others: 16 };

function run(line: string, fastPath: boolean) {
  let kernel: Kernel | null = null;
  const { scenario } = parseRecording(line);
  const watch = (booted: Kernel) => {
    kernel = booted;
  };
  replay(scenario, { fastPath, watch });
  const { machine, state } = kernel as unknown as Kernel;
  return { id: scenario.id, hash: machine.trace.hash, records: machine.trace.count, shortcuts: state.shortcuts };
}

describe("the short way of IPC leaves the trace of the general one", () => {
  let shortcuts = 0;

  test.each([...ownRecordings()])("%s", { timeout: 120_000 }, (name, lines) => {
    const every = name.startsWith("hand") ? EVERY.hand : EVERY.others;
    for (const line of lines.filter((_, n) => n % every === 0)) {
      const { shortcuts: none, ...general } = run(line, false);
      const { shortcuts: taken, ...short } = run(line, true);
      expect(short).toEqual(general);
      expect(none).toBe(0);
      shortcuts += taken;
    }
  });

  test("and is taken", () => {
    expect(shortcuts).toBeGreaterThan(100);
  });
});
