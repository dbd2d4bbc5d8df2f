/**
 * A program in a process of its own, for a broken kernel may loop for ever: it is killed when it has been silent for
 * too long.
 */
import { spawn } from "node:child_process";

export interface Ended {
  readonly output: string;
  /** What it wrote to its error output. */
  readonly complaints: string;
  /** It was silent for too long. */
  readonly hangs: boolean;
}

/**
 * Run Node with `args`, a program and what it is told.
 * @param silence milliseconds without output after which it hangs
 */
export function runChild(args: readonly string[], cwd: string, silence: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let complaints = "";
    let hangs = false;
    const kill = () => {
      hangs = true;
      child.kill("SIGKILL");
    };
    let timer = setTimeout(kill, silence);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      clearTimeout(timer);
      timer = setTimeout(kill, silence);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      complaints += text;
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ output, complaints, hangs });
    });
  });
}
