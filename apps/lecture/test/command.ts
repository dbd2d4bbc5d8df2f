/** The command without a process: what it writes, and files that are only remembered. */
import { type Host, main } from "../src/cli.js";
import { COLUMNS } from "./play.js";

export interface Written {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function command(
  args: readonly string[],
  more: Partial<Pick<Host, "hasColours" | "columns" | "env">> = {},
  files: Map<string, string> = new Map(),
): Written {
  const { hasColours = false, columns = COLUMNS, env = {} } = more;
  let out = "";
  let err = "";
  const code = main(args, {
    hasColours,
    columns,
    env,
    files: {
      read(path) {
        const text = files.get(path);
        if (text === undefined) throw new Error(`there is no file ${path}`);
        return text;
      },
      write(path, text) {
        if (path.includes("/")) throw new Error(`there is no folder of ${path}`);
        files.set(path, text);
      },
    },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    abort: () => {
      throw new Error("aborted");
    },
  });
  return { code, out, err };
}
