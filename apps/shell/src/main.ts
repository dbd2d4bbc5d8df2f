/** `npm start`: the command in a process of Node's. */
import { readFileSync, writeFileSync, writeSync } from "node:fs";
import { type Host, main, type UserTerminal } from "./cli.js";

const STDOUT = 1;
const STDERR = 2;

/** Written whole before anything else happens. @returns false when the reader has gone away */
function write(fd: number, output: string | Uint8Array): boolean {
  let rest = typeof output === "string" ? new TextEncoder().encode(output) : output;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE" || code === "EIO") return false;
      if (code !== "EAGAIN") throw error;
    }
  }
  return true;
}

/** Node itself gives the terminal back when the process ends, by whatever it can catch. */
const terminal: UserTerminal = {
  size: () => ({ rows: process.stdout.rows || 24, columns: process.stdout.columns || 80 }),
  onResize: (resized) => void process.stdout.on("resize", resized),
  takeKeys: () => void process.stdin.setRawMode(true),
  restore: () => void process.stdin.setRawMode(false),
};

const host: Host = {
  env: process.env,
  clock: {
    now: () => performance.now(),
    sleep: (ms, woken) =>
      new Promise((resolve) => {
        if (ms === 0) {
          setImmediate(resolve);
          return;
        }
        const timer = setTimeout(resolve, ms);
        void woken.then(() => clearTimeout(timer));
      }),
  },
  input: {
    listen(data, end) {
      process.stdin.on("data", data).on("end", end).on("error", end);
    },
    close: () => void process.stdin.removeAllListeners().pause(),
  },
  terminal: process.stdin.isTTY && process.stdout.isTTY ? terminal : null,
  epochMs: () => Date.now(),
  readFile: (path) => readFileSync(path, "utf8"),
  writeFile: (path, text) => writeFileSync(path, text),
  out: (output) => write(STDOUT, output),
  err: (text) => void write(STDERR, text),
  abort: () => process.exit(70),
};

for (const signal of ["SIGTERM", "SIGHUP"] as const)
  process.once(signal, () => process.exit(128 + (signal === "SIGHUP" ? 1 : 15)));

// Whatever has been written is out; whoever still waits for a timer or for input waits in vain.
process.exit(await main(process.argv.slice(2), host));
