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

it("a log that cannot be written is told before anything is carried out", async () => {
  class ReadOnly extends Map<string, string> {
    override set(): never {
      throw new Error("permission denied");
    }
  }
  expect(await command(["--log", "log"], { input: "time\n", files: new ReadOnly() })).toEqual({
    code: 2,
    out: "",
    err: 'The log "log" cannot be written: permission denied\n',
  });
});

it("a log that can be begun and not finished is told, and the status is that of the session", async () => {
  class Full extends Map<string, string> {
    override set(name: string, text: string): this {
      if (text !== "") throw new Error("no space left");
      return super.set(name, text);
    }
  }
  expect(await command(["--virtual", "--log", "log"], { input: "exit 5\n", files: new Full() })).toEqual({
    code: 5,
    out: "",
    err: 'The log "log" cannot be written: no space left\n',
  });
});

it("a session that is killed keeps its log, and has the status of the signal", async () => {
  const files = new Map<string, string>();
  const input = "time\nsleep 1000\n";
  const killed = await command(["--log", "log"], { input, files, killedAt: "since the start" });
  expect(killed).toMatchObject({ code: 143, err: expect.stringContaining("The session was ended by SIGTERM.\n") });
  expect(killed.err).toContain("The log of the session is in log;");
  const shown = await command(["--replay", "log"], { files });
  expect([shown.code, shown.out]).toEqual([0, killed.out]);
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
