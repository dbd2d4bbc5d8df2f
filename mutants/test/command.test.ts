import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { mutants } from "../src/cli/command.js";
import type { Mutant } from "../src/edit/mutant.js";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
const MINUTES = { timeout: 180_000 };

/** An edit of wait-queue.ts; by default one that changes nothing of what the kernel does. */
function edit(change: Partial<Mutant> = {}): Mutant {
  return {
    name: "harmless",
    breaks: "Nothing.",
    file: "ipc/wait-queue.ts",
    find: "before.priority < tcb.priority",
    replace: "tcb.priority > before.priority",
    within: { scenarios: 40 },
    ...change,
  };
}

const FIFO = edit({ name: "fifo", breaks: "First come, first served.", replace: "false" });

async function run(set: readonly Mutant[], ...args: string[]) {
  return runWith(60_000, set, ...args);
}

/** @param silence milliseconds after which a kernel hangs */
async function runWith(silence: number, set: readonly Mutant[], ...args: string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const host = {
    repository: REPOSITORY,
    silence,
    print: (line: string) => printed.push(line),
    complain: (line: string) => complaints.push(line),
    progress: () => {},
    now: () => 0,
  };
  const code = await mutants(args, host, set);
  return { code, printed, complaints, last: printed.at(-1) };
}

test("a kernel that is not broken is reported as a survivor, and the exit code is 1", MINUTES, async () => {
  const { code, last, printed } = await run([edit()]);
  expect({ code, last }).toEqual({ code: 1, last: "1 mutants, 1 survivors: harmless" });
  expect(printed[1]).toMatch(/^harmless +NOTHING +40 scenarios +0\.0 {2}Nothing\.$/);
});

test("one that random programs do not find is a survivor too", MINUTES, async () => {
  const { code, printed } = await run([edit({ within: { operations: 50 } })]);
  expect(code).toBe(1);
  expect(printed[1]).toMatch(/^harmless +NOTHING +\d+ operations/);
});

test("a broken kernel is found by a recorded scenario, and the exit code is 0", MINUTES, async () => {
  const { code, last, printed } = await run([FIFO]);
  expect({ code, last }).toEqual({ code: 0, last: "1 mutants, 0 survivors" });
  expect(printed[1]).toMatch(/^fifo +invariants +\d+ scenarios .* First come, first served\.$/);
});

test(
  "a broken kernel is found by the test that is named, and one that the test does not find survives",
  MINUTES,
  async () => {
    const within = { behaviour: "IPC0010" };
    const found = await run([edit({ ...FIFO, within: { behaviour: "SCHED0007" } })], "--json");
    expect(found.code).toBe(0);
    expect(JSON.parse(found.printed[0] ?? "")).toMatchObject([{ name: "fifo", by: "behaviours", missed: [] }]);
    const survived = await run([edit({ within })]);
    expect(survived.code).toBe(1);
    expect(survived.printed).toContain("  NOT FOUND by the test of IPC0010");
  },
);

test("a broken kernel that loops for ever is found", MINUTES, async () => {
  const { code, printed } = await runWith(10_000, [edit({ find: "tcb.waitPrev = before;", replace: "for (;;);" })]);
  expect(code).toBe(0);
  expect(printed[1]).toMatch(/^harmless +hangs /);
});

test("an edit that does not fit once is an error that names the mutant, before anything runs", async () => {
  const gone = await run([FIFO, edit({ name: "gone", find: "no such text" })]);
  expect(gone.code).toBe(1);
  expect(gone.printed).toEqual([]);
  expect(gone.complaints).toEqual(["gone: its text occurs 0 times in ipc/wait-queue.ts, and must occur once."]);
  const twice = await run([edit({ name: "twice", find: "waitPrev" })]);
  expect(twice.complaints[0]).toMatch(/^twice: its text occurs \d\d? times in /);
  const same = await run([edit({ name: "same", replace: "before.priority < tcb.priority" })]);
  expect(same.complaints).toEqual(["same: its edit changes nothing."]);
});

test("a sample is drawn by its seed, each mutant once", async () => {
  const set = Array.from({ length: 30 }, (_, n) => edit({ name: `m${n}` }));
  const names = async (seed: number) => {
    const { printed } = await run(set, "--list", "--sample", "8", `--seed=${seed}`);
    return printed.flatMap((line) => /^(m\d+) /.exec(line)?.[1] ?? []);
  };
  const first = await names(1);
  expect(new Set(first).size).toBe(8);
  expect(await names(1)).toEqual(first);
  expect(await names(2)).not.toEqual(first);
});

test.each([
  [["--only", "nobody"], "There is no mutant nobody; --list lists them."],
  [["--sample", "0"], "--sample is a whole number from 1 to 10000, not 0."],
  [["--jobs"], "The option --jobs needs a value."],
  [["--fast"], "There is no option --fast; --help lists them."],
])("%j is refused with one sentence", async (args, complaint) => {
  expect(await run([FIFO], ...args)).toMatchObject({ code: 1, printed: [], complaints: [complaint] });
});
