/** The command in a process of its own, as a user starts it. */
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));
const COMMAND = ["tools/run.mjs", "apps/shell", "--disk", "memory"];

describe("the desk in a process", () => {
  it("carries out standard input in real time, and its exit code is that of the last command", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, COMMAND, {
      ...{ cwd: REPOSITORY, encoding: "utf8", timeout: 25_000 },
      input: "echo one | cat\nmsleep 20 && cat nothing\n",
    });
    expect([status, stdout, stderr]).toEqual([1, "one\ncat: nothing: there is no such file or directory\n", ""]);
  });

  it("writes every byte as a program has written it", () => {
    const { stdout } = spawnSync(process.execPath, [...COMMAND, "--virtual"], {
      ...{ cwd: REPOSITORY, timeout: 25_000 },
      input: "head -n 1 /dev/null; echo \xff\xfe; cat /dev/zero | head -n 0; random 200 | wc -c\n",
    });
    expect(stdout.toString("utf8")).toBe("\xff\xfe\n401\n");
  });

  it("is ended by SIGTERM, whatever it does, and leaves no process behind", async () => {
    const child = spawn(process.execPath, COMMAND, { cwd: REPOSITORY, stdio: ["pipe", "pipe", "inherit"] });
    const closed = new Promise((resolve) => child.stdout.once("close", resolve));
    child.stdin.write("echo ready; spin\n");
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    expect(await ended).toBe(128 + 15);
    await closed; // nobody writes to it any more
  });
});
