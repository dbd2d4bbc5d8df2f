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
  readStat,
  SOS_PROCESS_BYTES,
  type SosApi,
  type SosProgram,
  type sos_stat_t,
} from "@tessera/servers/sos";
import { Stdio } from "../stdio.js";
import { COMMANDS, MOST_PROCESSES } from "./commands.js";
import { parseCommand } from "./parse.js";

/** Its exit status where it cannot begin. */
const CANNOT_BEGIN = 1;
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
  /** What ctrl-D does, in words. */
  readonly atEnd: string;
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
      const scratch = yield* heap.malloc(MOST_PROCESSES * SOS_PROCESS_BYTES);
      if (stdio === null || scratch === 0) return CANNOT_BEGIN;
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
  #console = -1;
  #leaving: number | null = null;

  constructor(sos: SosApi, stdio: Stdio, scratch: number, manner: Manner) {
    this.sos = sos;
    this.stdio = stdio;
    this.scratch = scratch;
    this.manner = manner;
  }

  /** Carry out commands until there are no more. Can block. @returns the exit status */
  *run(): Thread<number> {
    const { isTerminal, atEnd } = this.manner;
    if (isTerminal) yield* this.say(`This is SOS. "help" says what there is to do; ctrl-D ${atEnd}.\n`);
    yield* this.#openConsole();
    while (this.#leaving === null) {
      if (isTerminal) yield* this.say(PROMPT);
      const line = yield* this.stdio.readLine(this.#console);
      if (line === null) return 0;
      yield* this.#carryOut(line);
    }
    return this.#leaving;
  }

  /** End with `status`. */
  leave(status: number): void {
    this.#leaving = status;
  }

  /** Write on the console. Can block. */
  *say(text: string): Thread<void> {
    yield* this.stdio.print(text);
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
    if (name === undefined) return;
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) {
      if (args.length === 0 && (yield* this.exec(name, inBackground))) return;
      yield* this.#unknown(name, args.length > 0);
    } else if (inBackground && name !== "exec") yield* this.say(`${name}: only programs run in the background\n`);
    else yield* command.run(this, args, inBackground);
  }

  *#unknown(name: string, hasArgs: boolean): Thread<void> {
    const why = hasArgs ? null : yield* this.whyNot(name);
    if (why !== null && why !== NO_FILE) return yield* this.say(`${name} cannot be run: ${why}\n`);
    const guess = didYouMean(name, Object.keys(COMMANDS));
    const also = hasArgs ? "" : ", and no program";
    yield* this.say(`${JSON.stringify(name)} is no command${also}${guess === "" ? "" : `; ${guess}`}\n`);
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
