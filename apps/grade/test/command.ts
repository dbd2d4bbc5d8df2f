/** The command without a process: what it writes, and files that are only remembered. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { grade } from "../src/cli/command.js";

/** The root folder of the repository. */
export const REPOSITORY = fileURLToPath(new URL("../../..", import.meta.url));
/** Where the solutions of tests are. */
const SOLUTIONS = join(REPOSITORY, "apps/grade/test/solutions");

export interface Written {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly files: ReadonlyMap<string, string>;
}

/** Carry out the command. Folders are those of solutions of tests. `write` may throw what a file system does. */
export async function command(
  args: readonly string[],
  silence = 60_000,
  write: ((path: string) => void) | null = null,
): Promise<Written> {
  const files = new Map<string, string>();
  let out = "";
  let err = "";
  const code = await grade(args, {
    ...{ env: {}, repository: REPOSITORY, folder: SOLUTIONS, silence },
    files: {
      read: () => {
        throw new Error("nothing is read");
      },
      write: (path, text) => {
        write?.(path);
        files.set(path, text);
      },
    },
    out(text) {
      out += text;
    },
    err(text) {
      err += text;
    },
    progress() {},
  });
  return { code, out, err, files };
}
