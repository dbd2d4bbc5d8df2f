/** A session in a process of Node's: its terminal, or its standard input, is that of the machine. */
import type { Host, UserTerminal } from "../session/host.js";
import { fileDisks } from "./file-disk.js";
import { files } from "./files.js";
import { tcp } from "./tcp.js";
import { STDERR, STDOUT, write } from "./written.js";

/** Node itself gives the terminal back when the process ends, by whatever it can catch. */
const terminal: UserTerminal = {
  size: () => ({ rows: process.stdout.rows || 24, columns: process.stdout.columns || 80 }),
  onResize: (resized) => void process.stdout.on("resize", resized),
  takeKeys: () => void process.stdin.setRawMode(true),
  restore: () => void process.stdin.setRawMode(false),
};

const clock: Host["clock"] = {
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
};

const input: Host["input"] = {
  listen(data, end) {
    process.stdin.on("data", data).on("end", end).on("error", end);
  },
  close: () => void process.stdin.removeAllListeners().pause(),
};

/** Ends the process; the second one of a kind does so at once. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/**
 * Play a session in this process, and end it with the session's exit code.
 * @param main takes the arguments of the process; resolves to the exit code
 */
export async function runSession(main: (args: readonly string[], host: Host) => Promise<number>): Promise<never> {
  let killed: (signal: string, status: number) => void = (_, status) => process.exit(status);
  for (const [signal, number] of Object.entries(SIGNALS)) {
    process.once(signal, () => killed(signal, 128 + number));
  }
  const code = await main(process.argv.slice(2), {
    env: process.env,
    clock,
    input,
    files,
    disks: fileDisks,
    network: tcp,
    onKilled: (told) => {
      killed = told;
    },
    terminal: process.stdin.isTTY && process.stdout.isTTY ? terminal : null,
    epochMs: () => Date.now(),
    out: (output) => write(STDOUT, output),
    err: (text) => void write(STDERR, text),
    abort: () => process.exit(70),
  });
  // Whatever has been written is out; whoever still waits for a timer or for input waits in vain.
  process.exit(code);
}
