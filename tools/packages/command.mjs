/** Commands of other programs, without a shell. Quiet while they succeed; `error.message` has all they printed. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** What it wrote to stdout. @throws Error with the command line and everything it wrote, when it fails or hangs */
export async function run(command, args, { cwd, timeoutMs = 300_000 } = {}) {
  const options = { cwd, timeout: timeoutMs, maxBuffer: MAX_OUTPUT_BYTES };
  try {
    const { stdout } = await promisify(execFile)(command, args, options);
    return stdout;
  } catch (error) {
    const why = error.killed ? `still running after ${timeoutMs / 1000} s` : (error.code ?? error.signal);
    throw new Error(`${command} ${args.join(" ")}: ${why}\n${error.stdout ?? ""}${error.stderr ?? ""}`.trimEnd());
  }
}
