import { parseRunLog, runLogText } from "@tessera/hal-sim";
import { describe, expect, it } from "vitest";
import { command } from "./command.js";

describe("a bad option is one sentence and exit code 2", () => {
  it.each([
    [["--frame", "16"], 'There is no option "--frame"; did you mean --frames? --help lists them.'],
    [["ps"], '"ps" is no option: commands are typed, or stand in a --script.'],
    [["--frames", "15"], '--frames takes a whole number from 16 to 512, not "15".'],
    [["--frames=513"], '--frames takes a whole number from 16 to 512, not "513".'],
    [["--replay", "none"], '"none" cannot be read: no such file'],
    [["--replay", "x", "--frames", "16"], "--replay shows what the log says: leave --frames out."],
  ])("%j", async (args, sentence) => {
    expect(await command(args)).toEqual({ code: 2, out: "", err: `${sentence}\n` });
  });
});

it("options that npm took for its own are told how to be written", async () => {
  const env = { npm_lifecycle_event: "sos", npm_config_frames: "16" };
  const { err } = await command([], { env });
  expect(err).toBe('npm has taken --frames for itself: options stand behind "--", as in npm run sos -- --frames 16\n');
});

it("a session is recorded, and shown again with its frames; a log of another machine is refused", async () => {
  const files = new Map<string, string>();
  const played = await command(["--virtual", "--frames", "20", "--log", "log"], { input: "thrash\nexit 4\n", files });
  expect([played.code, played.err]).toEqual([4, "The log of the session is in log; --replay log shows it again.\n"]);
  const shown = await command(["--replay", "log"], { files });
  expect(shown.out).toBe(played.out);
  expect(shown.err).toMatch(/^\nThe replay is the same run: \d+ trace records, hash [\da-f]{8}\.\n$/);
  const log = parseRunLog(files.get("log") as string);
  files.set("other", runLogText({ ...log, system: { ...log.system, frames: 1000 } }));
  const refused = await command(["--replay", "other"], { files });
  expect([refused.code, refused.err]).toEqual([
    2,
    expect.stringContaining("The log is of a run that is none of SOS's:"),
  ]);
});
