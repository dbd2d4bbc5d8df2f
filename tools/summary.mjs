/**
 * `node tools/summary.mjs REPORT`: the one line `N passed, N failed` of vitest's JSON report.
 *
 * A test file that did not load counts as a failure, though none of its tests ran; so does a report without tests.
 */
import { existsSync, readFileSync } from "node:fs";

const [file = ""] = process.argv.slice(2);
const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { testResults: [] };

const passed = report.numPassedTests ?? 0;
const notLoaded = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
).length;
const failed = (report.numFailedTests ?? 0) + notLoaded;

console.log(`${passed} passed, ${passed + failed === 0 ? 1 : failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
