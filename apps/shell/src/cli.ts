/** The command: a session with the desk. What it needs of its process is an argument. */
import { type Host, type Kind, openDisk, playSession, type SessionCommand } from "@tessera/app-host/session";
import { Answers } from "./answers/answers.js";
import { bootDesk, factsOf } from "./machine.js";
import { DEFAULTS, type DeskSession, DISK, HELP, OPTIONS } from "./options.js";

const COMMAND: SessionCommand<DeskSession> = {
  script: "start",
  name: "the desk",
  help: HELP,
  options: OPTIONS,
  defaults: DEFAULTS,
  isAnswered: ({ help }) => help,
  openDisk: (options, host) => openDisk(options, DISK, host),
  boot: (kind, setting) => bootDesk({ ...partsOf(kind), ...setting }),
  facts: (kind) => factsOf(partsOf(kind)),
  recorded(options, { personality, console, with: other }) {
    const isTerminal = console === "terminal";
    const isKnown = isTerminal || console === "commands";
    if (personality !== "desk" || !isKnown || (other !== undefined && other !== "sos")) return null;
    return { options: { ...options, withSos: other === "sos" }, isTerminal };
  },
  answers: (system) => new Answers(system),
};

function partsOf({ options: { withSos }, isTerminal }: Kind<DeskSession>) {
  return { isTerminal, withSos };
}

/** Resolves to the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  return await playSession(COMMAND, args, host);
}
