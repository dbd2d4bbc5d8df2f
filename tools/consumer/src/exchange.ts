/**
 * The lecture's exchange, for whoever has only the packages: no terminal, no files, no process.
 *
 * Its transcript ends in the hash of the trace, so two hosts that return the same text did the same.
 */
import { main } from "../../../apps/lecture/src/cli.js";

/** What `npm run lecture` prints. @throws Error with what it said when the lecture was not played to its end */
export function transcript(): string {
  let out = "";
  let err = "";
  const code = main([], {
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
