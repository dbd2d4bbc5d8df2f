/** `npm run conformance`: the command on this process. */
import { fileURLToPath } from "node:url";
import { conformance } from "./cli/command.js";

// The bundle lies in `dist`, beside `recordings`.
const ownRecordings = fileURLToPath(new URL("../recordings", import.meta.url));
const repository = fileURLToPath(new URL("../..", import.meta.url));
const isTerminal = process.stderr.isTTY === true;

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit());

process.exitCode = conformance(process.argv.slice(2), {
  ownRecordings,
  repository,
  columns: process.stdout.columns ?? 160,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
  progress: (text) => {
    if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
  },
});
