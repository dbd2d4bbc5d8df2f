/** What may stand behind `npm run file-server --`. */
import { type OptionTable, optionLines } from "@tessera/app-host";
import {
  DISK_DEFAULTS,
  type DiskOptions,
  diskOptions,
  inputOptions,
  LISTEN_DEFAULTS,
  type ListenOptions,
  listenOptions,
  recordOptions,
  SESSION_DEFAULTS,
  type SessionOptions,
} from "@tessera/app-host/session";

/** How a session with the file server goes. */
export interface FileServerSession extends SessionOptions, DiskOptions, ListenOptions {}

/** Its disk. */
export const DISK = { name: "file-server", mib: 64 };

/** When nothing is asked for. */
export const DEFAULTS: FileServerSession = { ...SESSION_DEFAULTS, ...DISK_DEFAULTS, ...LISTEN_DEFAULTS };

const { "--script": _, ...INPUT } = inputOptions<FileServerSession>();

/** Every option by its name. Nothing is entered, so there is no script. */
export const OPTIONS: OptionTable<FileServerSession> = {
  ...diskOptions(DISK),
  ...listenOptions("the files by 9P2000.L"),
  ...INPUT,
  ...recordOptions(),
};

/** What `--help` prints. */
export const HELP = `usage: npm run file-server -- [OPTION...]

Boots a file server on a real disk, and lets three programs loose on it that may do different things: an administrator, a
guest in a folder of its own, and a reader. Each tells what it does, and the host why it is refused what it is refused. With --listen the files are served then to
programs on this host, such as Linux's mount -t 9p, until the session is ended.

${optionLines(OPTIONS)}

Exit code: 0. 2: a bad option, or no disk to be had. 70: the machine had to stop, or a replay went another way.
`;
