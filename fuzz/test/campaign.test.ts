/** A short run of the fuzzer: on every `npm test`, nothing is found; and it is the fuzzer that its manual describes. */
import { describe, expect, test } from "vitest";
import { fuzz, type Host } from "../src/cli/command.js";
import { campaign } from "../src/judge/campaign.js";
import { Matrix } from "../src/matrix/matrix.js";
import { readRecordings } from "../src/matrix/recorded.js";
import { parseProgram, programLine } from "../src/program/program.js";
import { run } from "../src/run/run.js";
import { ListSource } from "../src/run/source.js";
import { PLANTED_BUGS } from "./plants.js";
import { FOLDER, RECORDINGS, recordedPairs, seedLines } from "./seeds.js";

function host(): Host & { readonly lines: string[]; readonly complaints: string[] } {
  const [lines, complaints]: [string[], string[]] = [[], []];
  return {
    ...{ folder: FOLDER, recordings: RECORDINGS, lines, complaints },
    print: (line) => lines.push(line),
    complain: (line) => complaints.push(line),
    progress: () => {},
    now: () => 0,
    cpu: () => 0,
  };
}

describe("npm run fuzz", () => {
  test("finds nothing in a short run, and two fifths of its calls succeed", { timeout: 120_000 }, () => {
    const { lines, ...own } = host();
    expect(fuzz(["--seed", "7", "--ops", "2000"], { ...own })).toBe(0);
    expect(lines.at(-1)).toMatch(/^2\d{3} operations, 0 findings$/);
    const share = Number(/^([\d.]+) % of the calls succeed/m.exec(lines.join("\n"))?.[1]);
    expect(share).toBeGreaterThan(40);
  });

  test("prints a shrunk program and the line that replays it, and exits with 1", { timeout: 120_000 }, () => {
    const { lines, ...own } = host();
    const { plant } = PLANTED_BUGS.find(({ kind }) => kind === "invariant")!;
    expect(fuzz(["--seed", "1", "--ops", "4000"], { ...own }, plant)).toBe(1);
    expect(lines.join("\n")).toMatch(/^FOUND \(invariant\)$/m);
    const [, program = ""] = /^npm run fuzz -- --program '(.*)'$/.exec(lines.at(-1) ?? "") ?? [];
    const again = host();
    expect(fuzz(["--program", program], again, plant)).toBe(1);
    expect(fuzz(["--program", program], again)).toBe(0);
    expect(again.lines.at(-1)).toMatch(/^\d+ operations, 0 findings$/);
  });

  test.each([
    [["--ops"], "The option --ops needs a value."],
    [["--threads", "5"], "--threads is a whole number from 1 to 4, not 5."],
    [["--faster"], "There is no option --faster; --help lists them."],
    [["--program", "{"], "the line is no JSON"],
    [["--program", "{}"], /./],
    [
      ["--program", (seedLines()[0] ?? "").replace(',"t":', ',"domains":0,"t":')],
      /^domains is a whole number from 1 to 16$/,
    ],
  ])("answers %j with a sentence", (args, sentence) => {
    const own = host();
    expect(fuzz(args, own)).toBe(1);
    expect(own.complaints.join("\n")).toMatch(sentence);
    expect(own.complaints).toHaveLength(1);
  });
});

describe("the fuzzer", () => {
  test("does the same again with the same seed, and something else with another", { timeout: 120_000 }, () => {
    const once = (seed: number) => campaign({ seed, threads: 3, seeds: [], ops: 500 }).matrix.counts();
    expect(once(3)).toEqual(once(3));
    expect(once(4)).not.toEqual(once(3));
  });

  test("comes often upon what is rare: per 1000 operations at least so many", { timeout: 240_000 }, () => {
    const { events, ops, found } = campaign({ seed: 5, threads: 4, seeds: [], ops: 8000 });
    expect(found).toBeNull();
    const often = Object.entries(events).map(([name, count]) => [name, (1000 * count) / ops] as const);
    const least = { shortcuts: 5, restarts: 50, exhaustions: 1, preemptions: 2, interrupts: 20, turns: 20 };
    for (const [name, perThousand] of often) {
      expect(perThousand, name).toBeGreaterThan(least[name as keyof typeof least]);
    }
  });

  test("begins with seeds that have every pair of call and outcome that is recorded", { timeout: 240_000 }, () => {
    const seeds = seedLines();
    const [all, butTheLast] = [new Matrix(), new Matrix()];
    for (const [index, line] of seeds.entries()) {
      const program = parseProgram(line);
      const { steps, finding } = run(program, new ListSource(program.scenario.ops), { tellsAll: false });
      expect(finding).toBeNull();
      for (const { op, result } of steps) {
        all.add(op, result);
        if (index < seeds.length - 1) butTheLast.add(op, result);
      }
    }
    expect(all.missing(recordedPairs())).toEqual([]);
    // Each seed has a pair that those before it have not: what is lost is missed, and told by name.
    expect(butTheLast.missing(recordedPairs()).length).toBeGreaterThan(0);
  });

  test("counts the recordings right, and its seeds are theirs", { timeout: 120_000 }, () => {
    const { counts, seeds } = readRecordings(RECORDINGS);
    expect(recordedPairs()).toEqual(counts);
    expect(seedLines()).toEqual(seeds);
  });

  test("writes a program so that it is read as the same", () => {
    const [first = ""] = seedLines();
    const around = first.replace(',"t":', ',"domains":3,"inputEvery":7,"rouses":2,"t":');
    expect(parseProgram(around).surroundings).toEqual({ domains: 3, inputEvery: 7, rouses: 2 });
    for (const line of [...seedLines(), around]) expect(programLine(parseProgram(line))).toBe(line);
  });
});
