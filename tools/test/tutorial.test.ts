/**
 * Playing a tutorial finds what is wrong in it: each kind of error is planted in a small document. The document of the
 * manual itself is played by `npm run check-packages`, which has the tarballs.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

interface Step {
  readonly kind: "file" | "change" | "command";
  readonly line: number;
}
interface Difference {
  readonly step: Step & { readonly command: string; readonly shown: readonly string[] };
  readonly given: string;
}

const root = join(import.meta.dirname, "../..");
const load = (file: string) => import(pathToFileURL(join(root, "tools/tutorial", file)).href);
const { stepsOf }: { stepsOf(document: string): Step[] } = await load("steps.mjs");
const { play }: { play(steps: Step[], folder: string, done?: Map<string, string>): Difference[] } =
  await load("play.mjs");
const {
  shows,
  renewed,
}: {
  shows(shown: readonly string[], given: string): boolean;
  renewed(shown: readonly string[], given: string): string[] | null;
} = await load("shown.mjs");

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "tutorial-test-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const block = (kind: string, ...lines: string[]) => `\`\`\`${kind}\n${[...lines, "```"].join("\n")}\n`;
const played = (...blocks: string[]) => play(stepsOf(blocks.join("\n")), folder);

const sum = block("ts", "// sum.mjs", "const sum = 20 + 21;", "console.log(sum);");
const mend = block("diff", "--- sum.mjs", "-const sum = 20 + 21;", "+const sum = 20 + 22;", " console.log(sum);");

describe("A tutorial", () => {
  test("is played step by step: files, changes, commands in the folder that was entered", () => {
    const enter = block("console", "$ mkdir inner", "$ cd inner");
    const before = block("console", "$ node sum.mjs", "41");
    const after = block("console", "$ node sum.mjs", "42", "$ cat sum.mjs", "…", "console.log(sum);");
    expect(played(enter, sum, before, mend, after)).toEqual([]);
    expect(readFileSync(join(folder, "inner/sum.mjs"), "utf8")).toContain("20 + 22");
  });

  test("that shows another output is found, with its line and what was printed", () => {
    const [difference, ...others] = played(sum, block("console", "$ node sum.mjs", "42"));
    expect(others).toEqual([]);
    expect(difference).toMatchObject({ step: { line: 8, command: "node sum.mjs", shown: ["42"] }, given: "41\n" });
  });

  test("that shows no output where something is printed, or some where nothing is, is found", () => {
    expect(played(sum, block("console", "$ node sum.mjs"))).toHaveLength(1);
    expect(played(block("console", "$ node --eval 0", "0"))).toHaveLength(1);
  });

  test("with a block that does not compile fails at the command that compiles it", () => {
    const broken = block("ts", "// broken.ts", 'export const n: number = "one";');
    const tsc = `${join(root, "node_modules/.bin/tsc")} --noEmit broken.ts`;
    expect(() => played(broken, block("console", `$ ${tsc}`, "…"))).toThrow(
      /^line 7: .*: exit code [12], it failed\nbroken\.ts\(2,14\): error TS2322/,
    );
    expect(played(broken, block("console fails", `$ ${tsc}`, "broken.ts(2,14): error TS2322: …"))).toEqual([]);
  });

  test("whose mistake is no mistake any more fails", () => {
    expect(() => played(sum, block("console fails", "$ node sum.mjs", "41"))).toThrow(
      "line 8: node sum.mjs: exit code 0",
    );
  });

  test("with a change that does not fit, or fits twice, fails", () => {
    expect(() => played(mend)).toThrow("line 2: there is no sum.mjs");
    expect(() => played(sum, mend, mend)).toThrow("sum.mjs has these lines 0 times");
    const twice = block("ts", "// sum.mjs", "f();", "f();");
    expect(() => played(twice, block("diff", "--- sum.mjs", "-f();"))).toThrow("sum.mjs has these lines 2 times");
  });

  test("with a block that nobody would carry out, or a file without a name, is refused", () => {
    expect(() => stepsOf(block("sh", "ls"))).toThrow("line 1: a block of this kind is no step: ```sh");
    expect(() => stepsOf(block("ts", "export {};"))).toThrow("line 2: the first line of a file");
    expect(() => stepsOf(block("console", "ls"))).toThrow("line 2: commands begin with");
  });

  test("says what its player has done already, and what that prints", () => {
    const steps = stepsOf(block("console", "$ pack all", "one.tgz"));
    expect(play(steps, folder, new Map([["pack all", "one.tgz\n"]]))).toEqual([]);
    expect(play(steps, folder, new Map([["pack all", "two.tgz\n"]]))).toHaveLength(1);
    expect(() => play([], folder, new Map([["pack all", ""]]))).toThrow("the document does not say: pack all");
  });
});

describe("What is shown", () => {
  test("is compared to the letter, but for … in a line and on a line of its own", () => {
    expect(shows(["a (1) …", "…", "z"], "a (1) 34ms\nb\n\nc\nz\n")).toBe(true);
    expect(shows(["a", "…", "z"], "a\nz\n")).toBe(true);
    expect(shows(["a (1) …"], "a (2) 34ms\n")).toBe(false);
    expect(shows(["a…", "z"], "a\nb\nz\n")).toBe(false);
    expect(shows(["a.c"], "abc\n")).toBe(false);
    expect(shows(["a", "b"], "a\n\nb\n")).toBe(false);
  });

  test("is renewed where numbers have changed, and where nothing else has", () => {
    expect(renewed(["…", "tick 12, slot 0x1f: …"], "…\ntick 345, slot 0x20: held\n")).toEqual([
      "…",
      "tick 345, slot 0x20: …",
    ]);
    expect(renewed(["tick 12"], "tock 12\n")).toBeNull();
  });
});
