/** What the shell of SOS carries out itself: files, processes, time. */
import type { Thread } from "@tessera/hal-sim/isa";
import { O_RDONLY, O_TRUNC, O_WRONLY, ST_SPECIAL } from "@tessera/servers/sos";
import { benchmark } from "./benchmark.js";
import { list } from "./listing.js";
import { whyNotWritten } from "./refusal.js";
import type { Sosh } from "./sosh.js";
import { Status } from "./status.js";

/** A command. */
export interface ShellCommand {
  /** Its arguments, for `help`. */
  readonly usage: string;
  readonly help: string;
  /** Can block. @returns its status */
  run(shell: Sosh, args: readonly string[], inBackground: boolean): Thread<number>;
}

/** The longest sleep, in microseconds: what C's `int` holds. */
const MOST_US = 2 ** 31 - 1;
/** The largest number that `sleep` takes. */
const MOST_WAITED = 999_999_999;
/** The largest exit status. */
const MOST_STATUS = 255;

const LIST: Omit<ShellCommand, "help"> = {
  usage: "[FILE]...",
  *run(shell, names) {
    return yield* list(shell, names);
  },
};

const CONSOLE = "console";

/** Every command by its name. */
export const COMMANDS: Readonly<Record<string, ShellCommand>> = {
  dir: { ...LIST, help: "files: kind, what may be done with them, bytes, when they were written" },
  ls: { ...LIST, help: "the same" },
  cat: {
    usage: "FILE",
    help: "show what a file holds",
    *run(shell, [name, ...more]) {
      if (name === undefined || more.length > 0) return yield* misused(shell, "cat");
      const file = yield* openExisting(shell, "cat", name);
      if (file < 0) return Status.Failed;
      const end = yield* shell.stdio.copy(file, 1);
      yield* shell.sos.sos_close(file);
      return end === "copied" ? Status.Done : yield* shell.complain(`cat: ${name} cannot be read`);
    },
  },
  cp: {
    usage: "FROM TO",
    help: "copy a file",
    *run(shell, [from, to, ...more]) {
      if (from === undefined || to === undefined || more.length > 0) return yield* misused(shell, "cp");
      if (from === to) return yield* shell.complain(`cp: ${from} and ${to} are one file`);
      const source = yield* openExisting(shell, "cp", from);
      if (source < 0) return Status.Failed;
      const why = yield* copyTo(shell, source, to);
      yield* shell.sos.sos_close(source);
      if (why === null) return Status.Done;
      return yield* shell.complain(`cp: ${why === "not read" ? `${from} cannot be read` : why}`);
    },
  },
  ps: {
    usage: "",
    help: "processes: pid, pages of memory, when they were started, program",
    *run(shell) {
      const processes = yield* shell.processes();
      if (processes === null) return yield* shell.complain("ps: SOS has not said which there are");
      yield* shell.say("  PID  PAGES  STARTED MS  COMMAND\n");
      for (const { pid, size, stime, command } of processes) {
        yield* shell.say(`${row([5, pid], [6, size], [11, stime])}  ${command}\n`);
      }
      return Status.Done;
    },
  },
  exec: {
    usage: "PROGRAM [&]",
    help: "run a program, with & in the background; a name that is no command is one, too",
    *run(shell, [path, ...more], inBackground) {
      if (path === undefined || more.length > 0) return yield* misused(shell, "exec");
      if (yield* shell.exec(path, inBackground)) return Status.Done;
      return yield* shell.complain(`exec: ${path} cannot be run: ${yield* shell.whyNot(path)}`, Status.CannotRun);
    },
  },
  kill: {
    usage: "PID",
    help: "end a process",
    *run(shell, [pid = "", ...more]) {
      if (!/^\d{1,9}$/.test(pid) || more.length > 0) return yield* misused(shell, "kill");
      if (Number(pid) === (yield* shell.sos.sos_my_id())) yield* shell.say(`kill: ${pid} is this shell, and it ends\n`);
      if ((yield* shell.sos.sos_process_delete(Number(pid))) === 0) return Status.Done;
      return yield* shell.complain(`kill: there is no process ${pid}`);
    },
  },
  sleep: sleeping("sleep", "SECONDS", "wait so many seconds", 1_000_000),
  msleep: sleeping("msleep", "MS", "wait so many milliseconds", 1000),
  time: {
    usage: "",
    help: "seconds since the system was started",
    *run(shell) {
      yield* shell.say(`${Math.floor((yield* shell.sos.sos_time_stamp()) / 1_000_000)} seconds since the start\n`);
      return Status.Done;
    },
  },
  mtime: {
    usage: "",
    help: "microseconds since then",
    *run(shell) {
      yield* shell.say(`${yield* shell.sos.sos_time_stamp()} microseconds since the start\n`);
      return Status.Done;
    },
  },
  benchmark: {
    usage: "[-d | -p]",
    help: "how fast files are written and read, into results.tsv; -d: a quick look, -p: on the console instead",
    *run(shell, [option, ...more]) {
      const isOption = option === undefined || option === "-d" || option === "-p";
      if (!isOption || more.length > 0) return yield* misused(shell, "benchmark");
      return yield* benchmark(shell, { isQuick: option === "-d", toConsole: option === "-p" });
    },
  },
  help: {
    usage: "",
    help: "this text",
    *run(shell) {
      const heads = Object.entries(COMMANDS).map(([name, { usage }]) => `${name} ${usage}`.trimEnd());
      const width = Math.max(...heads.map((head) => head.length));
      for (const [i, { help }] of Object.values(COMMANDS).entries()) {
        yield* shell.say(`  ${heads[i]?.padEnd(width)}  ${help}\n`);
      }
      yield* shell.say(`Programs: ${shell.manner.programs.join(" ")}\n`);
      yield* shell.say("Files stay: no call of SOS removes one.\n");
      return Status.Done;
    },
  },
  exit: {
    usage: "[STATUS]",
    help: "end this shell, with STATUS or that of the last command",
    *run(shell, [status = String(shell.status), ...more]) {
      if (more.length > 0) return yield* misused(shell, "exit");
      if (!/^\d{1,3}$/.test(status) || Number(status) > MOST_STATUS) {
        const sentence = `exit: a status is a number from 0 to ${MOST_STATUS}, not ${JSON.stringify(status)}`;
        return yield* shell.complain(sentence, Status.Misused);
      }
      shell.leave();
      return Number(status);
    },
  },
};

function sleeping(name: string, usage: string, help: string, us: number): ShellCommand {
  return {
    usage,
    help,
    *run(shell, [count = "", ...more]) {
      if (!/^\d+$/.test(count) || more.length > 0) return yield* misused(shell, name);
      if (Number(count) > MOST_WAITED) return yield* shell.complain(`${name}: at most ${MOST_WAITED}`, Status.Misused);
      // A call sleeps at most as long as its int says.
      for (let left = Number(count) * us; left > 0; left -= MOST_US) {
        yield* shell.sos.sos_usleep(Math.min(left, MOST_US));
      }
      return Status.Done;
    },
  };
}

/** `sos_open` creates what there is not, so it is looked for first. @returns -1, when it has been said why */
function* openExisting(shell: Sosh, who: string, name: string): Thread<number> {
  const stat = yield* shell.stat(name);
  if (stat === null) {
    yield* shell.complain(`${who}: there is no file ${name}`);
    return -1;
  }
  const file = yield* shell.sos.sos_open(name, O_RDONLY);
  if (file >= 0) return file;
  const special = name === CONSOLE ? ": it has one reader, and that is this shell" : ": it is a directory";
  const why = stat.st_type === ST_SPECIAL ? special : "";
  yield* shell.complain(`${who}: ${name} cannot be opened to be read${why}`);
  return -1;
}

/** @returns null, or what came of it else: in words, unless it is the source that is not read */
function* copyTo(shell: Sosh, source: number, to: string): Thread<string | null> {
  const target = yield* shell.sos.sos_open(to, O_WRONLY | O_TRUNC);
  if (target < 0) return `${to} cannot be opened to be written: ${yield* whyNotWritten(shell, to)}`;
  const end = yield* shell.stdio.copy(source, target);
  yield* shell.sos.sos_close(target);
  if (end === "not written") return `${to} could not be written to its end: no room is left`;
  return end === "copied" ? null : end;
}

function* misused(shell: Sosh, name: string): Thread<number> {
  return yield* shell.complain(`usage: ${name} ${COMMANDS[name]?.usage}`, Status.Misused);
}

/** Numbers, each at the right of a column. */
function row(...cells: readonly (readonly [width: number, value: number])[]): string {
  return cells.map(([width, value]) => String(value).padStart(width)).join(" ");
}
