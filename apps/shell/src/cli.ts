/** The command: a session with the desk. What it needs of its process is an argument. */
import {
  type Host,
  playSession,
  SESSION_DEFAULTS,
  type SessionCommand,
  type SessionOptions,
} from "@tessera/app-host/session";
import { Answers } from "./answers/answers.js";
import { bootDesk, factsOf } from "./machine.js";
import { HELP, OPTIONS } from "./options.js";

const COMMAND: SessionCommand<SessionOptions> = {
  script: "start",
  name: "the desk",
  help: HELP,
  options: OPTIONS,
  defaults: SESSION_DEFAULTS,
  isAnswered: ({ help }) => help,
  boot: ({ isTerminal }, setting) => bootDesk({ isTerminal, ...setting }),
  facts: ({ isTerminal }) => factsOf(isTerminal),
  recorded(options, { personality, console }) {
    const isTerminal = [true, false].find((each) => factsOf(each)["console"] === console);
    return personality !== "desk" || isTerminal === undefined ? null : { options, isTerminal };
  },
  answers: (system) => new Answers(system),
};

/** Resolves to the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  return await playSession(COMMAND, args, host);
}
