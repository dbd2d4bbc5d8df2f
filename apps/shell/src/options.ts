/** What may stand behind `npm start --`. */
import { optionLines } from "@tessera/app-host";
import { inputOptions, recordOptions, type SessionOptions } from "@tessera/app-host/session";

/** Every option by its name. */
export const OPTIONS = { ...inputOptions<SessionOptions>(), ...recordOptions<SessionOptions>() };

/** What `--help` prints. */
export const HELP = `usage: npm start -- [OPTION...]

Boots the desk, a personality of user-level servers on a simulated kernel, and gives a shell on the terminal. Without a
terminal, commands are read from standard input. Ctrl-] leaves at once, whatever the machine does.

${optionLines(OPTIONS)}

Exit code: the status that the machine ends with, which is that of the last command, or what \`exit\` says. 2: a bad
option. 70: the machine had to stop, or a replay went another way.
`;
