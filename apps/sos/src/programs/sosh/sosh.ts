/**
 * The shell of SOS: reads commands from the console and carries them out, itself or as a process.
 *
 * It is a program like any other, with the one capability that every process has. The console has one reader, so the shell
 * closes it while it waits for a program that it runs in the foreground, and opens it again then.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { didYouMean } from "@tessera/servers";
import {
  FM_EXEC,
  Heap,
  O_RDONLY,
  readProcesses,
  readStat,
  SOS_PROCESS_BYTES,
  type SosApi,
  type SosProgram,
  type sos_process_t,
  type sos_stat_t,
} from "@tessera/servers/sos";
import { Stdio } from "../stdio.js";
import { COMMANDS } from "./commands.js";
import { parseCommand } from "./parse.js";
import { Status } from "./status.js";

/** Processes that are listed, at most. */
const MOST_LISTED = 64;
/** How long it waits until it asks for the console again. */
const AGAIN_US = 10_000;

const PROMPT = "$ ";
/** Where SOS looks for programs that are not among the files. */
const PROGRAMS = "bin";
const NO_FILE = "there is no such file";

/** How the shell speaks to who uses it. */
export interface Manner {
  /** Whether somebody sits at the console: else it says nothing but what it is asked. */
  readonly isTerminal: boolean;
  /** Whether the machine ends when the shell has ended, and all processes have: else another one is run in its place. */
  readonly endsMachine: boolean;
  /** Programs that there are, for `help`. */
  readonly programs: readonly string[];
}

/** The program. */
export function sosh(manner: Manner): SosProgram {
  return {
    name: "sosh",
    *main(sos) {
      const heap = new Heap(sos);
      const stdio = yield* Stdio.open(sos, heap);
      const scratch = yield* heap.malloc(MOST_LISTED * SOS_PROCESS_BYTES);
      if (stdio === null || scratch === 0) return Status.Failed;
      return yield* new Sosh(sos, stdio, scratch, manner).run();
    },
  };
}

/** What the shell knows, and what its commands do with it. */
export class Sosh {
  readonly sos: SosApi;
  readonly stdio: Stdio;
  /** Memory for what SOS answers, of as many bytes as a list of processes has. */
  readonly scratch: number;
  readonly manner: Manner;
  /** Of the last command. */
  status: number = Status.Done;
  #console = -1;
  #isLeaving = false;

  constructor(sos: SosApi, stdio: Stdio, scratch: number, manner: Manner) {
    this.sos = sos;
    this.stdio = stdio;
    this.scratch = scratch;
    this.manner = manner;
  }

  /** Carry out commands until there are no more. Can block. @returns the exit status: that of the last command */
  *run(): Thread<number> {
    const { isTerminal, endsMachine } = this.manner;
    const atEnd = endsMachine ? "ends it" : "brings you back";
    if (isTerminal) yield* this.say(`This is SOS. "help" says what there is to do; ctrl-D ${atEnd}.\n`);
    yield* this.#openConsole();
    while (!this.#isLeaving) {
      if (isTerminal) yield* this.say(PROMPT);
      const read = yield* this.stdio.readLine(this.#console);
      if (read === "end") break;
      if (read === "not read") return yield* this.complain("sosh: the console cannot be read");
      yield* this.#carryOut(read.line);
    }
    if (isTerminal && endsMachine) yield* this.#tellWhoRuns();
    return this.status;
  }

  /** End behind this command. */
  leave(): void {
    this.#isLeaving = true;
  }

  /** Write on the console. Can block. */
  *say(text: string): Thread<void> {
    yield* this.stdio.print(text);
  }

  /** Say why a command has failed. Can block. @returns its status */
  *complain(sentence: string, status: number = Status.Failed): Thread<number> {
    yield* this.say(`${sentence}\n`);
    return status;
  }

  /** All processes; null: SOS has not said which there are. Can block. */
  *processes(): Thread<readonly sos_process_t[] | null> {
    const count = yield* this.sos.sos_process_status(this.scratch, MOST_LISTED);
    return count < 0 ? null : yield* readProcesses(this.scratch, count);
  }

  /** What `path` is. Can block. @returns null: there is nothing */
  *stat(path: string): Thread<sos_stat_t | null> {
    return (yield* this.sos.sos_stat(path, this.scratch)) < 0 ? null : yield* readStat(this.scratch);
  }

  /**
   * Run the program in the file `path`, and wait for its end unless it is to run in the background. Can block.
   * @returns false when there is no such program
   */
  *exec(path: string, inBackground: boolean): Thread<boolean> {
    if (!inBackground) yield* this.sos.sos_close(this.#console);
    const pid = yield* this.sos.sos_process_create(path);
    if (inBackground) {
      if (pid >= 0) yield* this.say(`${path} has the pid ${pid}\n`);
      return pid >= 0;
    }
    if (pid >= 0) yield* this.sos.sos_process_wait(pid);
    yield* this.#openConsole();
    return pid >= 0;
  }

  /** Why the program in the file `path` cannot be run, as far as SOS tells: in words. Can block. */
  *whyNot(path: string): Thread<string> {
    const stat = (yield* this.stat(path)) ?? (yield* this.stat(`${PROGRAMS}/${path}`));
    if (stat === null) return NO_FILE;
    return (stat.st_fmode & FM_EXEC) === 0
      ? "it is no program"
      : "there is no memory, or no room, for one more process; end one: `ps`, `kill PID`";
  }

  *#carryOut(line: string): Thread<void> {
    const { words, inBackground } = parseCommand(line);
    const [name, ...args] = words;
    if (name !== undefined) this.status = yield* this.#command(name, args, inBackground);
  }

  /** @returns its status */
  *#command(name: string, args: readonly string[], inBackground: boolean): Thread<number> {
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      if (args.length === 0 && (yield* this.exec(name, inBackground))) return Status.Done;
      return yield* this.#unknown(name, args.length > 0);
    }
    if (!inBackground || name === "exec") return yield* command.run(this, args, inBackground);
    return yield* this.complain(`${name}: only programs run in the background`, Status.Misused);
  }

  *#unknown(name: string, hasArgs: boolean): Thread<number> {
    const why = hasArgs ? null : yield* this.whyNot(name);
    if (why !== null && why !== NO_FILE) {
      return yield* this.complain(`${name} cannot be run: ${why}`, Status.CannotRun);
    }
    const guess = didYouMean(name, Object.keys(COMMANDS));
    const also = hasArgs ? "" : ", and no program";
    const sentence = `${JSON.stringify(name)} is no command${also}${guess === "" ? "" : `; ${guess}`}`;
    return yield* this.complain(sentence, Status.Unknown);
  }

  /** The machine goes on as long as they do, and nobody reads what is typed then. */
  *#tellWhoRuns(): Thread<void> {
    const own = yield* this.sos.sos_my_id();
    const others = ((yield* this.processes()) ?? []).filter(({ pid }) => pid !== own);
    if (others.length === 0) return;
    const names = others.map(({ pid, command }) => `${pid} ${command}`).join(", ");
    yield* this.say(`Still running: ${names}. The machine ends with the last of them; ctrl-] leaves at once.\n`);
  }

  /** Somebody in the background may be reading it: then wait until nobody does. */
  *#openConsole(): Thread<void> {
    for (let tries = 0; ; tries++) {
      this.#console = yield* this.sos.sos_open("console", O_RDONLY);
      if (this.#console >= 0) return;
      if (tries === 0) yield* this.say("sosh: somebody else reads the console; waiting for the end of that\n");
      yield* this.sos.sos_usleep(AGAIN_US);
    }
  }
}
