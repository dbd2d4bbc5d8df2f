/** `npm run mutants`: the command on this process. */
import { fileURLToPath } from "node:url";
import { mutants } from "./cli/command.js";
import { MUTANTS } from "./set/index.js";

// The bundle lies in `mutants/dist`.
const repository = fileURLToPath(new URL("../..", import.meta.url));
/** A scenario or a random program takes milliseconds. */
const SILENCE_MS = 40_000;
const isTerminal = process.stderr.isTTY === true;

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit());

process.exitCode = await mutants(
  process.argv.slice(2),
  {
    repository,
    silence: SILENCE_MS,
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
    progress: (text) => {
      if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
    },
    now: () => performance.now(),
  },
  MUTANTS,
);
