import { describe, expect, it } from "vitest";
import { main } from "../src/cli.js";
import { runLecture } from "./process.js";

function command(args: readonly string[], hasColours = false): { code: number; out: string; err: string } {
  let out = "";
  let err = "";
  const code = main(args, {
    hasColours,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    abort: () => {
      throw new Error("aborted");
    },
  });
  return { code, out, err };
}

describe("a bad option is one sentence and exit code 1", () => {
  it.each([
    [["--bogus"], 'There is no option "--bogus"; --help lists them.'],
    [["lecture"], 'There is no option "lecture"; --help lists them.'],
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

describe("what is printed", () => {
  it("--help lists every option and changes nothing", () => {
    const { code, out, err } = command(["--help"]);
    expect([code, err]).toEqual([0, ""]);
    for (const option of ["--badge", "--client", "--seed", "--json", "--trace"]) expect(out).toContain(option);
  });

  it("numbers may be decimal or hexadecimal, behind a space or =", () => {
    expect(command(["--badge", "4660"]).out).toBe(command(["--badge=0x1234"]).out);
  });

  it("--trace shows every record", () => {
    const { out } = command(["--trace"]);
    const records = /(\d+) trace records/.exec(command([]).out)?.[1];
    expect(out.trimEnd().split("\n")).toHaveLength(Number(records));
  });

  it("colours change nothing but the look", () => {
    const { out } = command([], true);
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
