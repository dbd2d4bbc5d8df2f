/**
 * What became of each check: passed, failed, or not run with a cause and a cure.
 *
 * A check that could not be run is never counted as passed: it has its own number in the last line, and its line says
 * "not run".
 */
import { writeFileSync } from "node:fs";

/** A check cannot be run here. */
export class NotRun extends Error {
  constructor(cause, cure) {
    super(`${cause}. ${cure}`);
  }
}

export class Report {
  passed = 0;
  failed = 0;
  skipped = 0;

  constructor(print) {
    this.print = print;
  }

  /** Runs `check` and prints one line: its name and what it resolves to. Returns whether it passed. */
  async check(name, check) {
    const start = performance.now();
    const line = (verdict, text) => {
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      this.print(`${verdict.padEnd(7)} ${name}${text === "" ? "" : `: ${text}`} (${seconds} s)`);
    };
    try {
      const found = await check();
      this.passed++;
      line("ok", found ?? "");
      return true;
    } catch (error) {
      if (error instanceof NotRun) {
        this.skipped++;
        line("NOT RUN", error.message);
      } else {
        this.failed++;
        line("FAILED", error.message);
      }
      return false;
    }
  }

  summary() {
    return `${this.passed} passed, ${this.failed} failed, ${this.skipped} not run`;
  }

  /** For tools/summary.mjs. */
  write(file) {
    const { passed, failed, skipped } = this;
    writeFileSync(file, JSON.stringify({ passed, failed, skipped }));
  }
}
