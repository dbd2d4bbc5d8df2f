/**
 * `npm run tutorial`: the tutorials of the manual, carried out in an empty folder outside of the workspace.
 *
 * Packs the packages as the documents say, does what they say, and compares what they show with what is printed. `--update`
 * writes numbers that have changed (ticks, slots) into the documents. `check-packages` plays it too, with its tarballs.
 */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { packByScript } from "./packages/tarballs.mjs";
import { playTutorials, TARBALLS } from "./tutorial/tutorial.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const scratch = realpathSync(mkdtempSync(join(tmpdir(), "tutorial-")));
try {
  await packByScript(root, join(scratch, TARBALLS));
  console.log(playTutorials(root, scratch, { update: process.argv.includes("--update") }));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
