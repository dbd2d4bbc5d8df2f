/** The detectors, each on a kernel with one mutant in it. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Finder, Found, Order, Report } from "../detect/report.js";
import { behaviourTests, bundleDetector, bundleTests } from "../edit/bundle.js";
import type { Mutant } from "../edit/mutant.js";
import { runChild } from "./child.js";

/** Where trials are held. */
export interface Ground {
  /** The root folder of the repository. */
  readonly repository: string;
  /** Milliseconds without a sign of life after which a broken kernel is said to hang. */
  readonly silence: number;
}

/** Tests give no sign of life until all are through. */
const SILENCE_OF_TESTS = 5;

/** Without a configuration of its own, vitest takes that of the repository. */
const VITEST_CONFIG = 'export default { test: { include: ["*.test.js"] } };\n';

/** What one detector found: null when nothing, after how much. */
export interface Outcome {
  readonly found: Found | null;
  readonly after: number;
}

export interface TestRun {
  /** The ids of the behaviours whose tests fail, and of those that ran. */
  readonly failing: readonly string[];
  readonly ran: readonly string[];
  /** The name of the first test that fails. */
  readonly failed: string | null;
  readonly hangs: boolean;
}

/** A mutant that the detectors are tried on, with its bundles in a folder of its own. */
export class Trial {
  readonly mutant: Mutant;
  readonly #ground: Ground;
  readonly #folder: string;

  constructor(ground: Ground, mutant: Mutant) {
    this.mutant = mutant;
    this.#ground = ground;
    this.#folder = join(ground.repository, "mutants", "dist", "trials", `${mutant.name}-${process.pid}`);
    mkdirSync(this.#folder, { recursive: true });
  }

  /** Recorded scenarios or random programs, at most `limit` scenarios or operations. */
  async detect(what: Order["what"], limit: number, suite?: string): Promise<Outcome> {
    const { repository, silence } = this.#ground;
    const program = join(this.#folder, "detect.mjs");
    if (!existsSync(program)) await bundleDetector(repository, this.mutant, program);
    const order: Order = {
      ...{ what, limit },
      ...(suite === undefined ? {} : { suite }),
      recordings: join(repository, "conformance", "recordings"),
      seeds: join(repository, "fuzz", "seeds.jsonl"),
    };
    const { output, complaints, hangs } = await runChild([program, JSON.stringify(order)], this.#folder, silence);
    const last = lastReport(output);
    if (hangs) return { found: hanging("the kernel does not come to an end"), after: last?.done ?? 0 };
    if (last?.found === undefined)
      throw new Error(`${this.mutant.name}: its program failed: ${(complaints || output).slice(-2000)}`);
    return { found: last.found, after: last.done };
  }

  /** The tests of behaviours: those of `ids`, or all. */
  async behaviours(ids?: readonly string[]): Promise<TestRun> {
    const pattern = ids === undefined ? [] : ["--testNamePattern", `(^| )(${ids.join("|")})(:|$| )`];
    return this.#runTests("behaviours", await behaviourTests(this.#ground.repository), pattern);
  }

  /** The tests in a file below packages/kernel/test. */
  async tests(file: string): Promise<TestRun> {
    return this.#runTests("tests", [file], []);
  }

  async #runTests(name: string, tests: readonly string[], pattern: readonly string[]): Promise<TestRun> {
    const { repository, silence } = this.#ground;
    const file = join(this.#folder, `${name}.test.js`);
    if (!existsSync(file)) await bundleTests(repository, this.mutant, tests, file);
    writeFileSync(join(this.#folder, "vitest.config.mjs"), VITEST_CONFIG);
    const report = join(this.#folder, "report.json");
    rmSync(report, { force: true });
    const vitest = join(repository, "node_modules", "vitest", "vitest.mjs");
    // A thread ends with its process, also when that is killed.
    const args = [vitest, "run", "--root", this.#folder, "--pool=threads", "--reporter=json", `--outputFile=${report}`];
    args.push(...pattern, `${name}.test.js`);
    const { output, complaints, hangs } = await runChild(args, this.#folder, SILENCE_OF_TESTS * silence);
    if (hangs) return { failing: [], ran: [], failed: null, hangs };
    if (!existsSync(report))
      throw new Error(`${this.mutant.name}: the tests did not run: ${(complaints || output).slice(-2000)}`);
    const results = read(report);
    if (results.count === 0)
      throw new Error(`${this.mutant.name}: no test ran: ${(complaints || output).slice(-2000)}`);
    return { ...results, hangs };
  }

  /** Remove its bundles. */
  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function hanging(what: string): Found {
  const by: Finder = "hangs";
  return { by, what };
}

/** A program that was killed may have been writing. */
function lastReport(output: string): Report | null {
  const line =
    output
      .slice(0, output.lastIndexOf("\n") + 1)
      .trimEnd()
      .split("\n")
      .at(-1) ?? "";
  return line.startsWith("{") ? (JSON.parse(line) as Report) : null;
}

interface VitestReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
    }[];
  }[];
}

/** An id at the head of a test's name, or of what it is part of. */
const ID = /^([A-Z][A-Z_]*\d{3,4})(?=:|$)/;

function read(report: string): Omit<TestRun, "hangs"> & { readonly count: number } {
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
  const failing = new Set<string>();
  const ran = new Set<string>();
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  const done = all.filter(({ status }) => status === "passed" || status === "failed");
  for (const { ancestorTitles, title, status } of done) {
    for (const text of [...ancestorTitles, title]) {
      const id = ID.exec(text)?.[1];
      if (id === undefined) continue;
      ran.add(id);
      if (status === "failed") failing.add(id);
    }
  }
  const failed = done.find(({ status }) => status === "failed")?.title ?? null;
  return { failing: [...failing].sort(), ran: [...ran].sort(), failed, count: done.length };
}
