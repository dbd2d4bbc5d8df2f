/**
 * The lecture's exchange, for whoever has only the packages: no terminal, no files, no process.
 *
 * Every record of the trace is told, and its hash. The transcript itself is not: it names lines of source files, which
 * every engine and bundler writes in its own way.
 */
import { main } from "../../../apps/lecture/src/cli.js";

/** "hash ..." and the trace, a record a line. @throws Error when the lecture was not played to its end */
export function exchange(): string {
  const [hash] = /hash [0-9a-f]{8}/.exec(lecture()) ?? ["no hash"];
  return `${hash}\n${lecture("--trace")}`;
}

/** What `npm run lecture` prints. */
function lecture(...options: readonly string[]): string {
  let out = "";
  let err = "";
  const code = main(options, {
    hasColours: false,
    columns: 120,
    env: {},
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    abort: () => {
      throw new Error(err);
    },
  });
  if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
  return out;
}
