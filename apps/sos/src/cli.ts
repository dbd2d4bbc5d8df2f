/** The command: a session with SOS. What it needs of its process is an argument. */
import {
  bootPersonality,
  type Host,
  type Kind,
  openDisk,
  playSession,
  type SessionCommand,
} from "@tessera/app-host/session";
import { DEFAULTS, DISK, HELP, OPTIONS, recordedFrames, type SosSession } from "./options.js";
import { sos } from "./personality.js";

const COMMAND: SessionCommand<SosSession> = {
  script: "sos",
  name: "SOS",
  help: HELP,
  options: OPTIONS,
  defaults: DEFAULTS,
  isAnswered: ({ help }) => help,
  isReadyAtOnce: true,
  openDisk: (options, host) => openDisk(options, DISK, host),
  boot: (kind, setting) => bootPersonality(sos(machineOf(kind)), factsOf(kind), setting),
  facts: factsOf,
  recorded(options, { personality, console, frames }) {
    const recorded = recordedFrames(frames);
    const isTerminal = console === "terminal";
    if (personality !== "sos" || recorded === null || (!isTerminal && console !== "commands")) return null;
    return { options: { ...options, frames: recorded }, isTerminal };
  },
  // Nobody on this machine has the monitor.
  answers: () => ({ to: () => "" }),
};

function machineOf({ options, isTerminal }: Kind<SosSession>) {
  return { isTerminal, frames: options.frames };
}

function factsOf(kind: Kind<SosSession>) {
  const { isTerminal, frames } = machineOf(kind);
  return { personality: "sos", console: isTerminal ? "terminal" : "commands", frames };
}

/** Resolves to the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  return await playSession(COMMAND, args, host);
}
