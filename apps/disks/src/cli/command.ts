/** The commands about images of disks, by the word that each begins with. */
import { OptionError } from "@tessera/app-host";
import { runFsck } from "./fsck.js";
import { runFuzzImages } from "./fuzz-images.js";
import type { Host } from "./host.js";
import { runMkfs } from "./mkfs.js";

const COMMANDS: Readonly<Record<string, (args: readonly string[], host: Host) => number>> = {
  mkfs: runMkfs,
  fsck: runFsck,
  "fuzz-images": runFuzzImages,
};

/** A command that could not be understood. */
const USAGE = 16;

/** Run one. @returns its exit code */
export function disks([word = "", ...args]: readonly string[], host: Host): number {
  const command = COMMANDS[word];
  if (command === undefined) {
    host.err(`The commands are ${Object.keys(COMMANDS).join(", ")}.\n`);
    return USAGE;
  }
  try {
    return command(args, host);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    host.err(`${error.message}\n`);
    return USAGE;
  }
}
