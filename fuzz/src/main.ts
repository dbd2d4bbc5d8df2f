/** `npm run fuzz`: the command on this process. */
import { fileURLToPath } from "node:url";
import { fuzz } from "./cli/command.js";

// The bundle lies in `dist`, beside the seeds.
const folder = fileURLToPath(new URL("..", import.meta.url));
const recordings = fileURLToPath(new URL("../../conformance/recordings", import.meta.url));
const isTerminal = process.stderr.isTTY === true;

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on("error", () => process.exit());

process.exitCode = fuzz(process.argv.slice(2), {
  folder,
  recordings,
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
  progress: (text) => {
    if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
  },
  now: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
});
