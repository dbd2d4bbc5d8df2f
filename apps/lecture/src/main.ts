/** `npm run lecture`: the command in a process of Node's. */
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { main } from "./cli.js";

const STDOUT = 1;
const STDERR = 2;

/** Written whole before anything else happens; a reader that has gone away wants no more. */
function write(fd: number, text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw error;
    }
  }
}

/** Columns for a file or a pipe, and for a terminal that does not know its own. */
const USUAL_COLUMNS = 120;

process.exitCode = main(process.argv.slice(2), {
  hasColours: process.stdout.isTTY && !process.env["NO_COLOR"],
  columns: process.stdout.columns || USUAL_COLUMNS,
  env: process.env,
  files: { read: (path) => readFileSync(path, "utf8"), write: (path, text) => writeFileSync(path, text) },
  out: (text) => write(STDOUT, text),
  err: (text) => write(STDERR, text),
  abort: () => process.exit(1),
});
