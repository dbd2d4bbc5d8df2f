/** `npm run mkfs`, `fsck` and `fuzz-images`: the commands in a process of Node's. */
import { existsSync } from "node:fs";
import { fileDisks, STDERR, STDOUT, write } from "@tessera/app-host/process";
import { disks } from "./cli/command.js";

const isTerminal = process.stderr.isTTY === true;

process.exitCode = disks(process.argv.slice(2), {
  env: process.env,
  disks: fileDisks,
  exists: existsSync,
  nowUs: () => Date.now() * 1000,
  out: (text) => void write(STDOUT, text),
  err: (text) => void write(STDERR, text),
  progress: (text) => {
    if (isTerminal) write(STDERR, `\r\x1b[K${text}`);
  },
});
