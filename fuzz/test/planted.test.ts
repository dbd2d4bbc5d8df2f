/** The fuzzer finds what was planted, and what it shows of it is short. */
import { describe, expect, test } from "vitest";
import { campaign } from "../src/judge/campaign.js";
import { examineProgram } from "../src/judge/examine.js";
import { shrink } from "../src/judge/shrink.js";
import { opCount, parseProgram, programLine } from "../src/program/program.js";
import { PLANTED_BUGS } from "./plants.js";
import { seedLines } from "./seeds.js";

const SEED = 1;
const MAX_TRIES = 300;

describe("the fuzzer finds and shrinks a kernel in which", () => {
  test.each(PLANTED_BUGS)("$name", { timeout: 120_000 }, ({ kind, within, shrunkTo, plant }) => {
    const { found } = campaign({ seed: SEED, threads: 4, seeds: seedLines(), ops: within, plant });
    const { finding, program } = found?.examined ?? {};
    expect(finding?.kind).toBe(kind);
    const shrunk = shrink(program!, finding!, { plant, maxTries: MAX_TRIES });
    expect(opCount(shrunk.program)).toBeLessThanOrEqual(shrunkTo);
    // The line that is printed shows it again, and shows nothing on a kernel without the bug.
    const replayed = parseProgram(programLine(shrunk.program));
    expect(examineProgram(replayed, { plant }).finding?.kind).toBe(kind);
    expect(examineProgram(replayed).finding).toBeNull();
  });
});
