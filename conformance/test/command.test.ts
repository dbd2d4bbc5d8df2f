import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { conformance } from "../src/cli/command.js";
import { ownRecordings, RECORDINGS, REPOSITORY } from "./own-recordings.js";

const folder = mkdtempSync(join(tmpdir(), "conformance-"));

function file(name: string, ...lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

function run(...args: string[]) {
  const printed: string[] = [];
  const complaints: string[] = [];
  const code = conformance(args, {
    ownRecordings: RECORDINGS,
    repository: REPOSITORY,
    columns: 120,
    print: (line) => printed.push(line),
    complain: (line) => complaints.push(line),
    progress: () => {},
  });
  return { code, printed, complaints };
}

const scenarios = ownRecordings().get("hand-cspace") ?? [];
const renamed = (n: number, id: string, change = {}) =>
  JSON.stringify({ ...JSON.parse(scenarios[n] ?? ""), id, ...change });

test("a file with ids of its own is replayed; the exit code is 0 when all match", () => {
  const { code, printed, complaints } = run(file("good.jsonl", renamed(0, "mine/a"), renamed(1, "mine/b")));
  expect({ code, last: printed.at(-1), complaints }).toEqual({ code: 0, last: "matched 2 of 2", complaints: [] });
  expect(printed).toContain("cspace        2         2");
});

test("every line counts: no JSON, an empty line and half a scenario are mismatches with a reason", () => {
  const path = file("bad.jsonl", "{", "", '{"id":"mine/half","suite":"cspace"}', renamed(0, "mine/c"));
  const { code, printed } = run(path);
  expect({ code, last: printed.at(-1) }).toEqual({ code: 1, last: "matched 1 of 4" });
  expect(printed[0]).toBe(`${path}:1: malformed: the line is no JSON`);
  expect(printed[1]).toBe(`${path}:2: malformed: the line is empty`);
  expect(printed[2]).toMatch(/^mine\/half: malformed: t is no list/);
});

test("a mismatch is printed with what was recorded and what we did", () => {
  const { code, printed } = run(file("other.jsonl", renamed(0, "mine/d", { done: [4, 0, 0, 0] })));
  expect(printed[0]).toBe("mine/d: recorded done 4 0 0 0; ours done 5 0 0 0");
  expect({ code, last: printed.at(-1) }).toEqual({ code: 1, last: "matched 0 of 1" });
});

test("--show prints both sides and marks the lines that differ", () => {
  const path = file("show.jsonl", renamed(1, "mine/e"), renamed(0, "mine/f", { done: [4, 0, 0, 0] }));
  const { code, printed } = run(path, "--show", "mine/f");
  expect(code).toBe(1);
  const marked = printed.filter((line) => line.startsWith("*"));
  expect(marked.map((line) => line.replace(/ +/g, " "))).toEqual(["* done 4 0 0 0 | done 5 0 0 0"]);
});

test("--suite leaves out other suites, but no line that names none", () => {
  const path = file("suites.jsonl", renamed(0, "mine/g"), renamed(1, "mine/h", { suite: "mine" }), "{");
  expect(run(path, "--suite", "mine").printed.at(-1)).toBe("matched 1 of 2");
});

test.each([
  [["--frobnicate"], "There is no option --frobnicate; --help lists them."],
  [["--api-table", "--suite", "ipc"], "The option --api-table stands alone."],
  [["--show"], "The option --show needs a value."],
  [["--show", "no/such"], "No recorded scenario has the id no/such."],
  [["--suite", "no-such"], "No recorded scenario belongs to a suite no-such."],
  [["/no/such/file"], "There is no file or folder /no/such/file."],
  [[mkdtempSync(join(tmpdir(), "empty-"))], /^The folder .* holds no \.jsonl file\.$/],
  [["/dev/null"], /^The file \/dev\/null holds no scenario\.$/],
])("a bad argument is answered with one sentence: %j", (args, sentence) => {
  const { code, printed, complaints } = run(...args);
  expect({ code, printed }).toEqual({ code: 1, printed: [] });
  expect(complaints).toEqual([typeof sentence === "string" ? sentence : expect.stringMatching(sentence)]);
});

test("--help prints the usage", () => {
  const { code, printed } = run("--help");
  expect(code).toBe(0);
  expect(printed[0]).toMatch(/^npm run conformance/);
});
