/** What the shell of SOS carries out itself: files, processes, time. */
import type { Thread } from "@tessera/hal-sim/isa";
import { O_RDONLY, O_TRUNC, O_WRONLY, readProcesses } from "@tessera/servers/sos";
import { benchmark } from "./benchmark.js";
import { list } from "./listing.js";
import type { Sosh } from "./sosh.js";

/** A command. */
export interface ShellCommand {
  /** Its arguments, for `help`. */
  readonly usage: string;
  readonly help: string;
  /** Can block. */
  run(shell: Sosh, args: readonly string[], inBackground: boolean): Thread<void>;
}

/** Processes that `ps` lists, at most. */
export const MOST_PROCESSES = 64;
/** The longest sleep, in microseconds: what C's `int` holds. */
const MOST_US = 2 ** 31 - 1;

const LIST: Omit<ShellCommand, "help"> = {
  usage: "[FILE]...",
  *run(shell, names) {
    yield* list(shell, names);
  },
};

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
      if (file < 0) return;
      if ((yield* shell.stdio.copy(file, 1)) !== "copied") yield* shell.say(`cat: ${name} cannot be read\n`);
      yield* shell.sos.sos_close(file);
    },
  },
  cp: {
    usage: "FROM TO",
    help: "copy a file",
    *run(shell, [from, to, ...more]) {
      if (from === undefined || to === undefined || more.length > 0) return yield* misused(shell, "cp");
      if (from === to) return yield* shell.say(`cp: ${from} and ${to} are one file\n`);
      const source = yield* openExisting(shell, "cp", from);
      if (source < 0) return;
      const target = yield* shell.sos.sos_open(to, O_WRONLY | O_TRUNC);
      if (target < 0) yield* shell.say(`cp: ${to} cannot be opened to be written\n`);
      else {
        const end = yield* shell.stdio.copy(source, target);
        if (end === "not read") yield* shell.say(`cp: ${from} cannot be read\n`);
        if (end === "not written") yield* shell.say(`cp: ${to} could not be written to its end: no room is left\n`);
        yield* shell.sos.sos_close(target);
      }
      yield* shell.sos.sos_close(source);
    },
  },
  ps: {
    usage: "",
    help: "processes: pid, pages of memory, when they were started, program",
    *run(shell) {
      const count = yield* shell.sos.sos_process_status(shell.scratch, MOST_PROCESSES);
      if (count < 0) return yield* shell.say("ps: SOS has not said which there are\n");
      yield* shell.say("  PID  PAGES  STARTED MS  COMMAND\n");
      for (const { pid, size, stime, command } of yield* readProcesses(shell.scratch, count)) {
        yield* shell.say(`${row([5, pid], [6, size], [11, stime])}  ${command}\n`);
      }
    },
  },
  exec: {
    usage: "PROGRAM [&]",
    help: "run a program, with & in the background; a name that is no command is one, too",
    *run(shell, [path, ...more], inBackground) {
      if (path === undefined || more.length > 0) return yield* misused(shell, "exec");
      if (yield* shell.exec(path, inBackground)) return;
      yield* shell.say(`exec: ${path} cannot be run: ${yield* shell.whyNot(path)}\n`);
    },
  },
  kill: {
    usage: "PID",
    help: "end a process",
    *run(shell, [pid = "", ...more]) {
      if (!/^\d{1,9}$/.test(pid) || more.length > 0) return yield* misused(shell, "kill");
      if ((yield* shell.sos.sos_process_delete(Number(pid))) < 0)
        yield* shell.say(`kill: there is no process ${pid}\n`);
    },
  },
  sleep: sleeping("sleep", "SECONDS", "wait so many seconds", 1_000_000),
  msleep: sleeping("msleep", "MS", "wait so many milliseconds", 1000),
  time: {
    usage: "",
    help: "seconds since the system was started",
    *run(shell) {
      yield* shell.say(`${Math.floor((yield* shell.sos.sos_time_stamp()) / 1_000_000)} seconds since the start\n`);
    },
  },
  mtime: {
    usage: "",
    help: "microseconds since then",
    *run(shell) {
      yield* shell.say(`${yield* shell.sos.sos_time_stamp()} microseconds since the start\n`);
    },
  },
  benchmark: {
    usage: "[-d | -p]",
    help: "how fast files are written and read, into results.tsv; -d: a quick look, -p: on the console instead",
    *run(shell, [option, ...more]) {
      const isOption = option === undefined || option === "-d" || option === "-p";
      if (!isOption || more.length > 0) return yield* misused(shell, "benchmark");
      yield* benchmark(shell, { isQuick: option === "-d", toConsole: option === "-p" });
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
    },
  },
  exit: {
    usage: "[STATUS]",
    help: "end this shell; the machine ends with the last process",
    // biome-ignore lint/correctness/useYield: leaving asks nobody
    *run(shell, [status = "0"]) {
      shell.leave(Number.isInteger(Number(status)) ? Number(status) & 0xff : 1);
    },
  },
};

function sleeping(name: string, usage: string, help: string, us: number): ShellCommand {
  return {
    ...{ usage, help },
    *run(shell, [count = "", ...more]) {
      if (!/^\d{1,9}$/.test(count) || more.length > 0) return yield* misused(shell, name);
      // A call sleeps at most as long as its int says.
      for (let left = Number(count) * us; left > 0; left -= MOST_US)
        yield* shell.sos.sos_usleep(Math.min(left, MOST_US));
    },
  };
}

/** `sos_open` creates what there is not, so it is looked for first. @returns -1, when it has been said why */
function* openExisting(shell: Sosh, who: string, name: string): Thread<number> {
  if ((yield* shell.stat(name)) === null) {
    yield* shell.say(`${who}: there is no file ${name}\n`);
    return -1;
  }
  const file = yield* shell.sos.sos_open(name, O_RDONLY);
  if (file < 0) {
    const why = name === "console" ? ": it has one reader, and that is this shell" : "";
    yield* shell.say(`${who}: ${name} cannot be opened to be read${why}\n`);
  }
  return file;
}

function* misused(shell: Sosh, name: string): Thread<void> {
  yield* shell.say(`usage: ${name} ${COMMANDS[name]?.usage}\n`);
}

/** Numbers, each at the right of a column. */
function row(...cells: readonly (readonly [width: number, value: number])[]): string {
  return cells.map(([width, value]) => String(value).padStart(width)).join(" ");
}
