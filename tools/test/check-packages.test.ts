/**
 * `check-packages` finds what it looks for: another trace, a page that fails, a browser that ends; and what it could
 * not run is never counted as passed. The programs that play the browser here are Node's.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

interface Report {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  check(name: string, check: () => Promise<string>): Promise<boolean>;
  write(file: string): void;
}

const tools = join(import.meta.dirname, "..");
const load = (file: string) => import(pathToFileURL(join(tools, "packages", file)).href);
const { sameExchange }: { sameExchange(found: string, expected: string): string } = await load("exchange.mjs");
const { findBrowser, exchangeInPage } = await load("page.mjs");
const { executable }: { executable(root: string, version: string): Promise<string> } = await load("nodes.mjs");
const { Report }: { Report: new (print: (line: string) => void) => Report } = await load("report.mjs");

let folder = "";
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "check-packages-")));
  mkdirSync(join(folder, "page"));
  writeFileSync(join(folder, "page", "own.html"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An executable that is started as a browser would be; `url` is the page that it was told to show. */
function browser(name: string, body: string): string {
  const file = join(folder, name);
  writeFileSync(file, `#!${process.execPath}\nconst url = new URL(process.argv.at(-1));\n${body}`);
  chmodSync(file, 0o755);
  return file;
}

const posts = (path: string, body: string) =>
  `fetch(new URL("${path}", url), { method: "POST", body: ${JSON.stringify(body)} });`;

test("an engine that writes another trace is told its hash and the first line that differs", () => {
  const expected = "one\ntwo\nhash 56dc6647.\n";
  expect(sameExchange(expected, expected)).toBe("hash 56dc6647");
  expect(() => sameExchange("one\nthree\nhash 00000001.\n", expected)).toThrow(
    /hash 00000001, expected 56dc6647; line 2 is\s+three\s+expected\s+two/,
  );
  expect(() => sameExchange("one\nhash 56dc6647.\n", expected)).toThrow(/line 2/);
  expect(() => sameExchange(`${expected}more\n`, expected)).toThrow(/line 4/);
  expect(() => sameExchange("", expected)).toThrow(/there is no hash/);
});

test("what a page posts comes back; what it complains of, and a browser that ends, are errors", async () => {
  const tells = browser("tells", posts("/exchange", "told"));
  expect(await exchangeInPage(tells, folder, "own")).toBe("told");
  const fails = browser("fails", posts("/failure", "TypeError: planted"));
  await expect(exchangeInPage(fails, folder, "own")).rejects.toThrow("in the page: TypeError: planted");
  const asks = browser("asks", `fetch(new URL("/node_modules/none.js", url));`);
  await expect(exchangeInPage(asks, folder, "own")).rejects.toThrow("no file /node_modules/none.js");
  const ends = browser("ends", `process.stderr.write("no display"); process.exit(3);`);
  await expect(exchangeInPage(ends, folder, "own")).rejects.toThrow(/the browser ended \(3\)\s+no display/);
});

test("the server shows nothing outside of its folder", async () => {
  const body = `fetch(new URL("/..%2f..%2fetc/hostname", url)).then((r) => fetch(new URL("/exchange", url),
    { method: "POST", body: String(r.status) }));`;
  await expect(exchangeInPage(browser("climbs", body), folder, "own")).rejects.toThrow(/no file/);
});

test("without a browser or a registry a check is not run, and not counted as passed", async () => {
  const lines: string[] = [];
  const report = new Report((line) => lines.push(line));
  await report.check("a page", async () => exchangeInPage(findBrowser(folder), folder, "own"));
  const registry = process.env["npm_config_registry"];
  Object.assign(process.env, { npm_config_registry: "http://127.0.0.1:9/", npm_config_fetch_retries: "0" });
  try {
    await report.check("another Node", () => executable(folder, "22.0.1"));
  } finally {
    delete process.env["npm_config_fetch_retries"];
    if (registry === undefined) delete process.env["npm_config_registry"];
    else process.env["npm_config_registry"] = registry;
  }
  expect(lines[0]).toMatch(/^NOT RUN a page: there is no Chromium\. Install it .*apt-get install chromium/);
  expect(lines[1]).toMatch(
    /^NOT RUN another Node: npm did not deliver .*22\.0\.1.*\. The npm registry must be reachable/,
  );
  expect([report.passed, report.failed, report.skipped]).toEqual([0, 0, 2]);
});

/** The last line of CI for one passed test and these checks. */
function summary(checks: object | null) {
  const tests = join(folder, "tests.json");
  const file = join(folder, "checks.json");
  writeFileSync(tests, JSON.stringify({ numPassedTests: 1, numFailedTests: 0, testResults: [] }));
  if (checks === null) rmSync(file, { force: true });
  else writeFileSync(file, JSON.stringify(checks));
  const { stdout, status } = spawnSync(process.execPath, [join(tools, "summary.mjs"), tests, file], {
    encoding: "utf8",
  });
  return { line: stdout.trim(), status };
}

test("the last line of CI has what was not run as skipped, and a check without a report as failed", async () => {
  const report = new Report(() => {});
  await report.check("one", async () => "");
  await report.check("two", async () => exchangeInPage(findBrowser(folder), folder, "own"));
  const file = join(folder, "report.json");
  report.write(file);
  expect(summary(JSON.parse(readFileSync(file, "utf8")))).toEqual({ line: "2 passed, 0 failed, 1 skipped", status: 0 });
  expect(summary({ passed: 20, failed: 0, skipped: 0 })).toEqual({ line: "21 passed, 0 failed", status: 0 });
  expect(summary({ passed: 20, failed: 1, skipped: 0 })).toEqual({ line: "21 passed, 1 failed", status: 1 });
  expect(summary(null)).toEqual({ line: "1 passed, 1 failed", status: 1 });
});
