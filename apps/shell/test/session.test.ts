/** Sessions: what is entered and what is shown, on the real desk. */
import { describe, expect, it } from "vitest";
import { command, commands } from "./command.js";

describe("commands from standard input", () => {
  it("are carried out without prompt and echo, and the last status is the exit code", async () => {
    expect(await commands("cd /dev\npwd\n")).toEqual({ code: 0, out: "/dev\n", err: "" });
    expect((await commands("cd /nowhere\n")).code).toBe(1);
    expect((await commands("exit 7\npwd\n")).code).toBe(7);
  });

  it("need no end of line at the end of the text", async () => {
    expect((await commands("pwd")).out).toBe("/\n");
    expect((await commands("")).code).toBe(0);
  });

  it("stand in a file as well", async () => {
    const files = new Map([["script", "cd /dev\npwd\nexit 3\n"]]);
    const { code, out } = await command(["--virtual", "--script", "script"], { files });
    expect([code, out]).toEqual([3, "/dev\n"]);
  });
});

describe("at a terminal", () => {
  it("a line is edited, carried out, and the prompt comes back", async () => {
    const { code, out } = await command(["--virtual"], {
      keys: [
        ["/ $ ", "pdw\x1b[D\x1b[D\x1b[3~"],
        ["", "\x05d\r"],
        ["\n/\n/ $ ", "exit 4\r"],
      ],
    });
    expect(code).toBe(4);
    expect(out).toMatch(/^This is Tessera\./);
  });

  it("ctrl-D ends it, and ctrl-] leaves whatever happens", async () => {
    expect((await command(["--virtual"], { keys: [["/ $ ", "\x04"]] })).code).toBe(0);
    expect((await command(["--virtual"], { keys: [["/ $ ", "\x1d"]] })).code).toBe(70);
  });
});

describe("a session is recorded and shown again", () => {
  it("with the same output, and a replay that goes another way is told", async () => {
    const files = new Map<string, string>();
    const keys = [
      ["/ $ ", "cd /dev\r"],
      ["/dev $ ", "plan shell\rexit\r"],
    ] as const;
    const first = await command(["--virtual", "--log", "log"], { keys, files });
    expect(first.err).toBe("The log of the session is in log; --replay log shows it again.\n");
    const again = await command(["--replay", "log"], { files });
    expect(again.out).toBe(first.out);
    expect(again.err).toMatch(/^\nThe replay is the same run: \d+ trace records, hash [0-9a-f]{8}\.\n$/);
    expect(again.code).toBe(0);
  });
});
