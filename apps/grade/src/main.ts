/** `npm run grade`: the command in a process of Node's. */
import { fileURLToPath } from "node:url";
import { files, STDERR, STDOUT, write } from "@tessera/app-host/process";
import { grade } from "./cli/command.js";

/** Between two signs of life a machine goes through half a second at most of a host that is at rest. */
const SILENCE_MS = 60_000;
/** The numbers of the signals by which people end a command. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
/** As a shell says it of who was ended by one. */
const BY_SIGNAL = 128;
const isTerminal = process.stderr.isTTY === true;

// Who exits cleans up first: the process of the checks, and the folder of its bundle.
for (const [signal, number] of Object.entries(SIGNALS)) process.once(signal, () => process.exit(BY_SIGNAL + number));

process.exitCode = await grade(process.argv.slice(2), {
  env: process.env,
  files,
  // The bundle lies in `apps/grade/dist`.
  repository: fileURLToPath(new URL("../../..", import.meta.url)),
  folder: process.cwd(),
  silence: SILENCE_MS,
  out: (text) => void write(STDOUT, text),
  err: (text) => void write(STDERR, text),
  progress: (text) => {
    if (isTerminal) write(STDERR, `\r\x1b[K${text}`);
  },
});
