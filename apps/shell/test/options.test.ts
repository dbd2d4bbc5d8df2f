import { describe, expect, it } from "vitest";
import { command } from "./command.js";

describe("a bad option is one sentence and exit code 2", () => {
  it.each([
    [["--bogus"], 'There is no option "--bogus"; --help lists them.'],
    [["--virtaul"], 'There is no option "--virtaul"; did you mean --virtual? --help lists them.'],
    [["ls"], '"ls" is no option: commands are typed, or stand in a --script.'],
    [["--seed"], "--seed takes a whole number from 0 to 2^53 - 1, not nothing."],
    [["--seed=-1"], '--seed takes a whole number from 0 to 2^53 - 1, not "-1".'],
    [["--log"], "--log takes the name of a file."],
    [["--script", "none"], '"none" cannot be read: no such file'],
    [["--replay", "none"], '"none" cannot be read: no such file'],
    [["--replay", "x", "--seed", "2"], "--replay shows what the log says: leave --seed out."],
  ])("%j", async (args, sentence) => {
    expect(await command(args)).toEqual({ code: 2, out: "", err: `${sentence}\n` });
  });

  it("a file that is no log of ours is refused", async () => {
    const files = new Map([["x", "hello\n"]]);
    const { code, err } = await command(["--replay", "x"], { files });
    expect([code, err]).toEqual([
      2,
      '"x" cannot be replayed: this is no run log: its first line does not say "log":"tessera-run".\n',
    ]);
  });
});

it("options that npm took for its own are told how to be written", async () => {
  const env = { npm_lifecycle_event: "start", npm_config_seed: "7" };
  const { err } = await command([], { env });
  expect(err).toBe('npm has taken --seed for itself: options stand behind "--", as in npm start -- --seed 7\n');
});

it("--help lists every option and boots nothing", async () => {
  const { code, out, err } = await command(["--help"]);
  expect([code, err]).toEqual([0, ""]);
  for (const option of ["--script", "--virtual", "--seed", "--log", "--replay", "--check"])
    expect(out).toContain(option);
});
