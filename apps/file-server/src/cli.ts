/** The command: a session with the file server. What it needs of its process is an argument. */
import { bootPersonality, type Host, openDisk, playSession, type SessionCommand } from "@tessera/app-host/session";
import { Answers } from "./answers.js";
import { DEFAULTS, DISK, type FileServerSession, HELP, OPTIONS } from "./options.js";
import { fileServer } from "./personality.js";

const FACTS = { personality: "fileserver" };

const COMMAND: SessionCommand<FileServerSession> = {
  script: "file-server",
  name: "the file server",
  help: HELP,
  options: OPTIONS,
  defaults: DEFAULTS,
  isAnswered: ({ help }) => help,
  isReadyAtOnce: true,
  openDisk: (options, host) => openDisk(options, DISK, host),
  boot: (_, setting) => bootPersonality(fileServer(), FACTS, setting),
  facts: () => FACTS,
  recorded: (options, { personality }) => (personality === FACTS.personality ? { options, isTerminal: false } : null),
  answers: (system) => new Answers(system),
};

/** Resolves to the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  return await playSession(COMMAND, args, host);
}
