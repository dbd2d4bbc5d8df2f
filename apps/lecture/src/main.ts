/** `npm run lecture`: the command in a process of Node's. */
import { files, STDERR, STDOUT, write } from "@tessera/app-host/process";
import { main } from "./cli.js";

/** Columns for a file or a pipe, and for a terminal that does not know its own. */
const USUAL_COLUMNS = 120;

process.exitCode = main(process.argv.slice(2), {
  hasColours: process.stdout.isTTY && !process.env["NO_COLOR"],
  columns: process.stdout.columns || USUAL_COLUMNS,
  env: process.env,
  files,
  out: (text) => void write(STDOUT, text),
  err: (text) => void write(STDERR, text),
  abort: () => process.exit(1),
});
