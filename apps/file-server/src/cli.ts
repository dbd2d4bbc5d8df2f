/** The command: a session with the file server. What it needs of its process is an argument. */
import { bootPersonality, type Host, openDisk, playSession, type SessionCommand } from "@tessera/app-host/session";
import { Answers } from "./answers.js";
import { DEFAULTS, DISK, type FileServerSession, HELP, OPTIONS } from "./options.js";
import { fileServer, NINEP_PORT } from "./personality.js";

const FACTS = { personality: "fileserver" };
const LISTENING = { personality: "fileserver", listens: true };

const factsOf = ({ listen }: FileServerSession) => (listen === null ? FACTS : LISTENING);
/** Where a session that is repeated has listened is no matter any more. */
const SOMEWHERE = { host: "127.0.0.1", port: 0 };

/** What a user is told who may want to come in. */
function invitation(at: string): string {
  const { host, port } = /^(?<host>.+):(?<port>\d+)$/.exec(at)?.groups ?? {};
  const options = `trans=tcp,version=9p2000.L,port=${port},aname=/`;
  return `The files are served at ${at}: mount -t 9p -o ${options} ${host} DIRECTORY. Ctrl-] or a signal ends it.\n`;
}

const COMMAND: SessionCommand<FileServerSession> = {
  script: "file-server",
  name: "the file server",
  help: HELP,
  options: OPTIONS,
  defaults: DEFAULTS,
  isAnswered: ({ help }) => help,
  isReadyAtOnce: true,
  openDisk: (options, host) => openDisk(options, DISK, host),
  listens: ({ listen }) => (listen === null ? null : { at: listen, port: NINEP_PORT, told: invitation }),
  boot: ({ options }, setting) =>
    bootPersonality(fileServer({ listens: options.listen !== null }), factsOf(options), setting),
  facts: ({ options }) => factsOf(options),
  recorded: (options, { personality, listens }) => {
    if (personality !== FACTS.personality) return null;
    return { options: { ...options, listen: listens === true ? SOMEWHERE : null }, isTerminal: false };
  },
  answers: (system) => new Answers(system),
};

/** Resolves to the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  return await playSession(COMMAND, args, host);
}
