/**
 * A program in a process of its own, for a broken kernel may loop for ever: it is killed when it has been silent for
 * too long.
 */
import { spawn } from "node:child_process";

export interface Ended {
  readonly output: string;
  /** It was silent for too long. */
  readonly hangs: boolean;
}

/**
 * Run Node with `args`, a program and what it is told.
 * @param silence milliseconds without output after which it hangs
 * @param heard told its output as it comes
 */
export function runChild(
  args: readonly string[],
  cwd: string,
  silence: number,
  heard: (text: string) => void = () => {},
): Promise<Ended> {
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
      heard(text);
      clearTimeout(timer);
      timer = setTimeout(kill, silence);
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      complaints += text;
    });
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve({ output: output === "" ? complaints : output, hangs });
    });
  });
}
