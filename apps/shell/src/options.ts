/** What may stand behind `npm start --`. */
import { OptionError, type OptionTable, optionLines } from "@tessera/app-host";
import {
  DISK_DEFAULTS,
  type DiskOptions,
  diskOptions,
  inputOptions,
  recordOptions,
  SESSION_DEFAULTS,
  type SessionOptions,
} from "@tessera/app-host/session";

/** How a session with the desk goes. */
export interface DeskSession extends SessionOptions, DiskOptions {
  /** Whether SOS lives on the machine, too. */
  readonly withSos: boolean;
}

/** The disk on which its files lie. */
export const DISK = { name: "desk", mib: 64 };

/** When nothing is asked for. */
export const DEFAULTS: DeskSession = { ...SESSION_DEFAULTS, ...DISK_DEFAULTS, withSos: false };

/** Every option by its name. */
export const OPTIONS: OptionTable<DeskSession> = {
  ...inputOptions(),
  ...diskOptions(DISK),
  "--with": {
    operand: "sos",
    help: ["a second personality on the machine: SOS, which the command `sos` brings you to"],
    apply: (options, name, operand) => {
      if (operand === "sos") return { ...options, withSos: true };
      const found = operand === undefined ? "nothing" : JSON.stringify(operand);
      throw new OptionError(`${name} takes the name of a personality, which can be sos, not ${found}.`);
    },
  },
  ...recordOptions(),
};

/** What `--help` prints. */
export const HELP = `usage: npm start -- [OPTION...]

Boots the desk, a personality of user-level servers on a simulated kernel, and gives a shell on the terminal. Without a
terminal, commands are read from standard input. Ctrl-] leaves at once, whatever the machine does.

${optionLines(OPTIONS)}

Exit code: the status that the machine ends with, which is that of the last command, or what \`exit\` says. 2: a bad
option. 70: the machine had to stop, or a replay went another way.
`;
