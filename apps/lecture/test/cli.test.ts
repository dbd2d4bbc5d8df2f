import { describe, expect, it } from "vitest";
import { scenarioNames } from "../src/scenes/catalogue.js";
import { command } from "./command.js";
import { runLecture } from "./process.js";

describe("a bad option is one sentence and exit code 1", () => {
  it.each([
    [["--bogus"], 'There is no option "--bogus"; --help lists them.'],
    [["--trcae"], 'There is no option "--trcae"; did you mean --trace? --help lists them.'],
    [["xyzzy"], 'There is nothing called "xyzzy" to be played; --list lists all.'],
    [["exchagne"], 'There is nothing called "exchagne" to be played; did you mean exchange? --list lists all.'],
    [["exchange", "again"], "Choose one of exchange and again."],
    [["--badge"], "--badge takes a whole number from 0 to 2^53 - 1, not nothing."],
    [["--badge", "0xfg"], '--badge takes a whole number from 0 to 2^53 - 1, not "0xfg".'],
    [["--badge=-1"], '--badge takes a whole number from 0 to 2^53 - 1, not "-1".'],
    [["--seed", "9007199254740992"], '--seed takes a whole number from 0 to 2^53 - 1, not "9007199254740992".'],
    [["--json", "--trace"], "Choose one of --json and --trace."],
    [
      ["--client", "toString"],
      '--client takes one of lecture, strays, throws, recurses, yields, forgets, catches, not "toString".',
    ],
  ])("%j", (args, sentence) => {
    expect(command(args)).toEqual({ code: 1, out: "", err: `${sentence}\n` });
  });

  it("in a process as well", () => {
    const { status, stdout, stderr } = runLecture("--bogus");
    expect([status, stdout, stderr]).toEqual([1, "", 'There is no option "--bogus"; --help lists them.\n']);
  });
});

describe("options that npm took for its own", () => {
  const npm = (args: readonly string[], env: Record<string, string>) => command(args, { env });

  it.each([
    ["lecture", ["7"], { npm_config_badge: "true" }, "--badge", "npm run lecture -- --badge 7"],
    ["lecture", [], { npm_config_badge: "7" }, "--badge", "npm run lecture -- --badge 7"],
    ["lecture", ["exchange"], { npm_config_json: "true" }, "--json", "npm run lecture -- exchange --json"],
  ])("%s %j %j", (script, args, env, option, instead) => {
    const sentence = `npm has taken ${option} for itself: options stand behind "--", as in ${instead}\n`;
    expect(npm(args, { npm_lifecycle_event: script, ...env })).toEqual({ code: 1, out: "", err: sentence });
  });

  it("are none of ours when npm runs something else", () => {
    expect(npm(["--help"], { npm_lifecycle_event: "test", npm_config_json: "true" }).code).toBe(0);
  });
});

describe("lines fit the terminal", () => {
  const width = (out: string) => Math.max(...out.split("\n").map((line) => line.length));

  it.each([140, 120, 100, 80, 60, 40])("of %i columns", (columns) => {
    const { out } = command([], { columns });
    expect(width(out)).toBeLessThanOrEqual(columns);
    expect(out.replace(/[\s│]+/g, " ")).toContain("everybody waits, and nothing more will happen");
  });

  it.each(["--help", "--list", "names"])("%s too, in 60 columns", (arg) => {
    const { out } = command([arg], { columns: 60 });
    expect(width(out)).toBeLessThanOrEqual(60);
  });

  it("and say the same in fewer columns, with the drawing or without", () => {
    const words = (columns: number) =>
      command(["--client", "strays"], { columns })
        .out.replace(/[^\w]+/g, " ")
        .match(/no capability at 0x1000 to invoke/g);
    expect(words(120)).toHaveLength(1);
    expect(words(80)).toHaveLength(1);
    expect(words(50)).toHaveLength(1);
  });

  it("in a file they have 120", () => {
    expect(width(runLecture().stdout)).toBeLessThanOrEqual(120);
  });
});

describe("what is printed", () => {
  it("--help lists every option and changes nothing", () => {
    const { code, out, err } = command(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const option of ["--badge", "--client", "--seed", "--json", "--trace"]) expect(out).toContain(option);
  });

  it("numbers may be decimal or hexadecimal, behind a space or =", () => {
    expect(command(["--badge", "4660"]).out).toBe(command(["--badge=0x1234"]).out);
  });

  it("--list names what there is, and every name plays", () => {
    const { code, out } = command(["--list"]);
    expect(code).toBe(0);
    for (const line of out.trimEnd().split("\n")) expect(line).toMatch(/^ *[a-z-]+ {2,}\S/);
    expect(scenarioNames().filter((name) => !out.includes(name))).toEqual([]);
    expect(command(["exchange"]).out).toBe(command([]).out);
  });

  it("--trace shows every record, with the names of its fields", () => {
    const { out } = command(["--trace"]);
    expect(out).toMatch(/Message \d+ "client" to=\d+ badge\.lo=255 badge\.hi=0 /);
    const records = /(\d+) trace records/.exec(command([]).out)?.[1];
    expect(out.trimEnd().split("\n")).toHaveLength(Number(records));
  });

  it("colours change nothing but the look", () => {
    const { out } = command([], { hasColours: true });
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]+m`, "g");
    expect(out).toMatch(escapes);
    expect(out.replace(escapes, "")).toBe(command([]).out);
  });

  it("a pipe gets no colours", () => {
    const { stdout, status } = runLecture();
    expect(status).toBe(0);
    expect(stdout).toBe(command([]).out);
  });
});
