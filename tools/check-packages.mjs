/**
 * `npm run check-packages`: are the packages, as they would be published, of use to a stranger?
 *
 * Builds and packs them, lets publint and attw look at the tarballs, installs them with npm in a folder outside the
 * workspace, type-checks a consumer there as Node and as bundlers resolve modules, carries out the tutorials in an empty
 * folder, and plays the lecture's exchange in Node 20, 22 and 24, by import and by require, and in pages of a headless
 * Chromium. Every engine must tell the same trace, record by record, and the hash that the lecture's own transcript
 * (expect.txt) ends in.
 *
 * A line each. What cannot be run here (no Chromium, no registry) is a line "NOT RUN: cause, cure" and counts as
 * neither passed nor failed. `--report FILE` writes the counts as JSON. Exit code 1 when a check failed.
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./packages/command.mjs";
import { hashOf, sameExchange } from "./packages/exchange.mjs";
import { executable, nodes } from "./packages/nodes.mjs";
import { CONSUMER, compile, importAll, install, RESOLUTIONS } from "./packages/outside.mjs";
import { exchangeInPage, findBrowser, makePages, PAGES } from "./packages/page.mjs";
import { Report } from "./packages/report.mjs";
import { inspect, packByScript } from "./packages/tarballs.mjs";
import { playTutorials, TARBALLS } from "./tutorial/tutorial.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A step that the others stand on: when it fails, nothing can be said of them. Returns what `step` returns. */
async function need(report, name, step) {
  let result;
  const done = await report.check(name, async () => {
    result = await step();
  });
  if (!done) throw new Error(`The rest was not checked: it needs "${name}".`);
  return result;
}

/** The trace as the sources of the workspace write it, under the hash that expect.txt ends in. */
async function expectedExchange() {
  const hash = hashOf(readFileSync(join(root, "apps/lecture/expect.txt"), "utf8"));
  return `hash ${hash}\n${await run(process.execPath, ["tools/run.mjs", "apps/lecture", "--trace"], { cwd: root })}`;
}

async function checkNodes(report, folder, expected) {
  for (const version of nodes()) {
    for (const program of ["by-import.js", "by-require.cjs"]) {
      await report.check(`Node ${version}, ${program}`, async () => {
        const node = await executable(root, version);
        return sameExchange(await run(node, [join(folder, CONSUMER, program)], { cwd: folder }), expected);
      });
    }
  }
}

async function checkPages(report, folder, expected) {
  await need(report, "pages", () => makePages(folder));
  for (const page of PAGES) {
    await report.check(`Chromium, ${page}`, async () => {
      const browser = findBrowser();
      const hash = sameExchange(await exchangeInPage(browser, folder, page), expected);
      return `${hash}, ${(await run(browser, ["--version"])).trim()}`;
    });
  }
}

async function checkAll(report, scratch) {
  const tarballs = await need(report, "build and pack", () => packByScript(root, join(scratch, TARBALLS)));
  await Promise.all(
    tarballs.map((tarball) => report.check(`publint, attw: ${basename(tarball)}`, () => inspect(root, tarball))),
  );
  const folder = join(scratch, "outside");
  await need(report, "npm install outside the workspace", () => install(root, folder, tarballs));
  await report.check("every export imported", async () => `${await importAll(folder)} exports`);
  for (const resolution of Object.keys(RESOLUTIONS)) {
    await report.check(`declarations, ${resolution}`, () => compile(root, folder, resolution));
  }
  await report.check("the tutorials, in empty folders", async () => playTutorials(root, scratch));
  const expected = await need(report, "the lecture from the sources", expectedExchange);
  await checkNodes(report, folder, expected);
  await checkPages(report, folder, expected);
}

const report = new Report(console.log);
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "packages-")));
try {
  await checkAll(report, scratch);
} catch (error) {
  if (report.failed === 0) report.failed++;
  console.error(error.message);
} finally {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
console.log(`check-packages: ${report.summary()}`);
const flag = process.argv.indexOf("--report");
if (flag !== -1) report.write(process.argv[flag + 1]);
process.exitCode = report.failed === 0 ? 0 : 1;
