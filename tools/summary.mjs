/**
 * `node tools/summary.mjs TESTS [CHECKS]`: one line, `N passed, N failed`, of vitest's JSON report and of what
 * `check-packages --report` wrote; with `, N skipped` where a check could not be run.
 *
 * A test file that did not load counts as a failure, though none of its tests ran; so does a report that is missing or
 * has nothing in it.
 */
import { existsSync, readFileSync } from "node:fs";

const readJson = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : null);

function countsOfTests(file) {
  const report = readJson(file) ?? { testResults: [] };
  const notLoaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  return { passed: report.numPassedTests ?? 0, failed: (report.numFailedTests ?? 0) + notLoaded, skipped: 0 };
}

function countsOfChecks(file) {
  return readJson(file) ?? { passed: 0, failed: 0, skipped: 0 };
}

/** A report in which nothing passed and nothing failed is a failure: something ended before it began. */
function orFailure(counts) {
  return counts.passed + counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

const [tests = "", checks] = process.argv.slice(2);
const reports = [orFailure(countsOfTests(tests))];
if (checks !== undefined) reports.push(orFailure(countsOfChecks(checks)));
const sum = (key) => reports.reduce((total, counts) => total + counts[key], 0);

const [passed, failed, skipped] = ["passed", "failed", "skipped"].map(sum);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed === 0 ? 0 : 1;
