/** What may stand behind `npm run sos --`. */
import { type OptionTable, optionLines, wholeNumber } from "@tessera/app-host";
import {
  DISK_DEFAULTS,
  type DiskOptions,
  diskOptions,
  inputOptions,
  recordOptions,
  SESSION_DEFAULTS,
  type SessionOptions,
} from "@tessera/app-host/session";

/** How a session with SOS goes. */
export interface SosSession extends SessionOptions, DiskOptions {
  /** Pages that all processes together have in memory at a time. */
  readonly frames: number;
}

/** What there can be. */
const FRAMES = { fewest: 16, usual: 256, most: 512 };

/** The disk on which its files lie. */
export const DISK = { name: "sos", mib: 64 };

/** When nothing is asked for. */
export const DEFAULTS: SosSession = { ...SESSION_DEFAULTS, ...DISK_DEFAULTS, frames: FRAMES.usual };

/** Every option by its name. */
export const OPTIONS: OptionTable<SosSession> = {
  ...inputOptions(),
  ...diskOptions(DISK),
  "--frames": {
    operand: "N",
    help: [
      `pages that all processes together have in memory at a time, from ${FRAMES.fewest} to ${FRAMES.most} (default ${FRAMES.usual}):`,
      "what is more goes to the page file; `thrash` shows it",
    ],
    apply: (options, name, operand) => ({ ...options, frames: framesOf(name, operand) }),
  },
  ...recordOptions(),
};

/** What `--help` prints. */
export const HELP = `usage: npm run sos -- [OPTION...]

Boots SOS, the operating system that students of the course build, as a personality of user-level servers on a simulated
kernel, and gives its shell on the terminal. Without a terminal, commands are read from standard input. Ctrl-] leaves at
once, whatever the machine does.

${optionLines(OPTIONS)}

Exit code: the status of the last command, or what \`exit\` says; the machine ends with its last process. 2: also a bad
option. 70: the machine had to stop, or a replay went another way.
`;

function framesOf(name: string, operand: string | undefined): number {
  return wholeNumber(name, operand, FRAMES.fewest, FRAMES.most);
}

/** The frames of a session that was recorded; null: it says none that there can be. */
export function recordedFrames(frames: unknown): number | null {
  const isNumber = typeof frames === "number" && Number.isInteger(frames);
  return isNumber && frames >= FRAMES.fewest && frames <= FRAMES.most ? frames : null;
}
