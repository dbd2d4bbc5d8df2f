/** `npm run lecture`: the command in a process of Node's. */
import { writeSync } from "node:fs";
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

process.exitCode = main(process.argv.slice(2), {
  hasColours: process.stdout.isTTY && !process.env["NO_COLOR"],
  out: (text) => write(STDOUT, text),
  err: (text) => write(STDERR, text),
  abort: () => process.exit(1),
});
