/** Solutions that are wrong, or only look so: what the report says of them. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, REPOSITORY } from "./command.js";

/** On a host that is busy with other tests; the command bundles itself first. */
const TIMEOUT_MS = 120_000;

test("a solution may assign again what it declares at the top of a file", async () => {
  const { code, out } = await command(["counts", "--only", "M0/write", "--only", "M0/order", "--verbose"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^boot 1$.*^boot 2$/ms);
});

test("a server that dies of must() is told of with the answer that it died of", async () => {
  const { out } = await command(["dies", "--only", "M0/write"]);
  expect(out).toMatch(
    /the kernel says: thread `mine`.*program "mine" threw CallFailed: directory.stat failed: NotFound/s,
  );
});

test("what a program of a check found is not told as a fault of the system as well", async () => {
  const { out } = await command(["--bug", "two-readers", "--only", "M2/one-reader"]);
  expect(out).toContain("what went wrong: what sos_open returns to a second reader is 4");
  expect(out).not.toContain("the kernel says");
});

test("what a solution prints is no verdict and takes none away: each check has one", async () => {
  const { code, out } = await command(["prints", "--milestone", "M0"]);
  expect(out.match(/^(ok|FAIL) .*/gm)?.map((line) => line.slice(0, 23).trim())).toEqual([
    "ok     4  M0/write",
    "ok     2  M0/order",
    "ok     2  M0/long",
    "ok     1  M0/not-open",
  ]);
  expect(code).toBe(0);
});

test("of a process that has died it is told by what, and its last words; what it says of other checks is no verdict", async () => {
  const { out } = await command(["forges", "--only", "M0/write", "--only", "M0/order"]);
  expect(
    out.match(/the process has died, with exit code 3; the last that it has printed:\s+my last words/g),
  ).toHaveLength(2);
  expect(out).not.toContain("M6/leaks");
});

test("who prints without end is ended, and that is the cause", async () => {
  const { code, out } = await command(["floods", "--only", "M0/write"]);
  expect(code).toBe(1);
  expect(out).toMatch(/what went wrong: a program or a server prints without end; .*here I am/s);
  expect(out.length).toBeLessThan(3000);
});

test("a line of six hundred thousand characters is cut", async () => {
  const { code, out } = await command(["oneline", "--only", "M0/write", "--verbose"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^x{400}…$/m);
});

test("a timer of the host does not keep the grader from its end", async () => {
  const { code, out } = await command(["lingers", "--only", "M0/write"], 600_000);
  expect(code).toBe(0);
  expect(out).toContain("All 1 check pass");
});

test(
  "who interrupts the command finds no folder of it left behind",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "interrupted-"));
    try {
      const child = spawn(
        process.execPath,
        ["tools/run.mjs", "apps/grade", "apps/grade/test/solutions/spins", "--verbose"],
        {
          cwd: REPOSITORY,
          env: { ...process.env, TMPDIR: folder, INIT_CWD: REPOSITORY },
          stdio: ["ignore", "pipe", "inherit"],
        },
      );
      const exit = new Promise((resolve) => child.on("close", resolve));
      await new Promise<void>((resolve) => child.stdout.on("data", () => resolve()));
      expect(readdirSync(folder)).toHaveLength(1);
      child.kill("SIGINT");
      expect(await exit).toBe(130);
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
  TIMEOUT_MS,
);
