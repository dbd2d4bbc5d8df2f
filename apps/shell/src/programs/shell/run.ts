/**
 * Running pipelines: of programs, of a builtin whose output goes somewhere, in the foreground or behind the prompt.
 *
 * What a builtin writes is kept until it is over. Where it goes into a pipe, the first program of the pipe gets it as a
 * file that has no name any more, so that the shell never waits for a program to read.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Client, type ConsoleOutput, type File, FileWriter, type Timer } from "@tessera/servers";
import { inWords, type Paths } from "../paths.js";
import { endOf, HELP } from "../tool.js";
import type { Bells } from "./bells.js";
import { BUILTINS, type Builtin, isBuiltin } from "./builtins.js";
import { isDone, type Job, type Jobs, Status, stateOf, statusOf } from "./jobs.js";
import type { Keyboard } from "./keyboard.js";
import { type Launched, type Launcher, NotStarted } from "./launch.js";
import type { Step } from "./parse.js";
import { say } from "./say.js";
import type { Shell } from "./shell.js";
import { expand } from "./tokens.js";

/** Where what a builtin has written lies, on its way into a pipe: under the first such name that nothing has. */
const ON_ITS_WAY = "/.output";
const MOST_NAMES = 1000;
/** How often a script that waits looks whether its processes are there still. */
const CHECK_US = 10_000_000;

/** What the shell runs with. */
export interface Parts {
  readonly output: Client<typeof ConsoleOutput>;
  readonly paths: Paths;
  readonly jobs: Jobs;
  readonly launcher: Launcher;
  readonly bells: Bells;
  readonly keyboard: Keyboard;
  /** Takes what was typed behind the command that is carried out, as far as it was read. */
  readonly typedAhead: () => Uint8Array;
  readonly timer: Client<typeof Timer>;
  /** Whether somebody sits there, who gets prompts and can interrupt. */
  readonly isTerminal: boolean;
}

/** Runs pipelines. */
export class Runner {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Run a step, in the foreground to its end. Can block.
   * @returns the status, and the job if there was one
   * @throws NotStarted for what cannot be run
   */
  *run(shell: Shell, { commands, background, text }: Step): Thread<{ status: number; job: Job | null }> {
    const launched = commands.map(({ words, redirects }): Launched => {
      const [name = "", ...rest] = words.map((word) => expand(word, shell.status));
      const paths = redirects.map(({ kind, path }) => ({ kind, path: expand(path, shell.status) }));
      return askedForHelp({ name, words: rest, redirects: paths });
    });
    const [first, ...others] = launched as [Launched, ...Launched[]];
    const builtin = builtinOf(first);
    const late = others.find((command) => builtinOf(command) !== null);
    if (late !== undefined) throw new NotStarted(`${late.name} is the shell's own, and reads nothing`, Status.Misused);
    if (builtin === null) return yield* this.#programs(launched.map(withoutExec), null, background, text);
    if (background) throw new NotStarted(`${first.name} is the shell's own: it has no background`, Status.Misused);
    return yield* this.#builtin(shell, builtin, first, others, text);
  }

  /** Tell of jobs that are done, and forget them. */
  *tellDone(): Thread<void> {
    const { jobs, output, isTerminal } = this.#parts;
    for (const job of jobs.background) {
      if (!isDone(job)) continue;
      jobs.remove(job);
      const hasDied = job.members.some(({ ending }) => ending?.end === "died");
      if (isTerminal || hasDied) yield* say(output, `[${job.number}] ${stateOf(job)}  ${job.text}\n`);
    }
  }

  /** Wait for jobs; ctrl-C ends the waiting, and those of them that are in the foreground. */
  *waitFor(awaited: readonly Job[]): Thread<number> {
    const { jobs, bells, keyboard, typedAhead, timer, isTerminal } = this.#parts;
    let isInterrupted = false;
    if (isTerminal) yield* keyboard.give(typedAhead());
    // When the process server dies nobody rings. Who sits there has ctrl-C; a script looks from time to time.
    const checks = isTerminal ? null : yield* timer.periodic({ signal: bells.signal("check"), us: CHECK_US });
    while (!isInterrupted && !awaited.every(isDone)) {
      yield* bells.wait();
      isInterrupted = bells.has("interrupt");
      if (isInterrupted) for (const job of awaited) if (job.number === 0) yield* jobs.kill(job);
      if (bells.has("ended") || bells.has("check") || isInterrupted) yield* jobs.reap();
    }
    if (checks?.error === null) yield* checks.ticks.close();
    if (isInterrupted) yield* keyboard.takeInterrupted();
    else if (isTerminal) yield* keyboard.take();
    return isInterrupted ? Status.Interrupted : statusOf(awaited.at(-1) as Job);
  }

  *#programs(
    commands: readonly Launched[],
    input: Client<typeof File> | null,
    background: boolean,
    text: string,
  ): Thread<{ status: number; job: Job }> {
    const { jobs, launcher, output, isTerminal } = this.#parts;
    const members = yield* launcher.start(commands, input ?? (isTerminal && !background ? "terminal" : "nothing"));
    const job: Job = { number: 0, text, members };
    jobs.add(job, background);
    if (background) {
      const ids = members.map(({ id }) => id).join(" ");
      if (isTerminal) yield* say(output, `[${job.number}] ${ids}\n`);
      return { status: 0, job };
    }
    const status = yield* this.waitFor([job]);
    jobs.remove(job);
    const last = job.members.at(-1)?.ending;
    if (last?.end === "died" || (last?.end === "killed" && status !== Status.Interrupted)) {
      yield* say(output, `${job.text}: ${stateOf(job)}\n`);
    }
    return { status, job };
  }

  *#builtin(
    shell: Shell,
    builtin: Builtin,
    { name, words, redirects }: Launched,
    others: readonly Launched[],
    text: string,
  ): Thread<{ status: number; job: Job | null }> {
    const to = redirects.find(({ kind }) => kind !== "<");
    const from = redirects.find(({ kind }) => kind === "<");
    if (from !== undefined) throw new NotStarted(`${name} is the shell's own, and reads nothing`, Status.Misused);
    if (builtin.isShown && (to !== undefined || others.length > 0)) {
      throw new NotStarted(`${name} is shown by the host, on the terminal: nothing of it is in here`, Status.Misused);
    }
    // Opened before anything is done, as for programs: where it cannot be, nothing is.
    const file = to === undefined ? null : yield* this.#parts.launcher.output(to);
    let written = "";
    const ran = builtin.run(shell, words, (more) => {
      written += more;
    });
    const status = typeof ran === "number" ? ran : yield* ran;
    if (others.length > 0) {
      const input = yield* this.#kept(written);
      return yield* this.#programs(others.map(withoutExec), input, false, text);
    }
    if (file === null) yield* say(this.#parts.output, written);
    else yield* this.#write(to?.path ?? "", file, written);
    return { status, job: null };
  }

  /** Write a text to an open file, behind what is in it, and close it. */
  *#write(path: string, file: Client<typeof File>, text: string): Thread<void> {
    const { error } = yield* new FileWriter(file, yield* endOf(file)).print(text);
    yield* file.close();
    if (error !== null) throw new NotStarted(`${path}: ${inWords(error)}`, 1);
  }

  /** A text as an open file, whose name is gone again. */
  *#kept(text: string): Thread<Client<typeof File>> {
    const { paths } = this.#parts;
    let path = ON_ITS_WAY;
    for (let n = 1; (yield* paths.stat(path)).error !== "NotFound" && n < MOST_NAMES; n++) path = `${ON_ITS_WAY}${n}`;
    const made = yield* paths.open(path, { create: true, write: true });
    if (made.error !== null) throw new NotStarted(`${path}: ${inWords(made.error)}`, 1);
    yield* this.#write(path, made.file, text);
    const opened = yield* paths.open(path);
    yield* paths.at(path, (directory, name) => directory.remove({ name }));
    if (opened.error !== null) throw new NotStarted(`what the shell has to say: ${inWords(opened.error)}`, 1);
    return opened.file;
  }
}

/** `help NAME` of what is no builtin is asked of the program. */
function askedForHelp(command: Launched): Launched {
  const [name, ...more] = command.words;
  const isOfProgram = command.name === "help" && name !== undefined && more.length === 0 && !isBuiltin(name);
  return isOfProgram ? { ...command, name, words: [HELP] } : command;
}

/** The builtin that a command is; null: a program, which `exec` says in any case. */
function builtinOf({ name, words }: Launched): Builtin | null {
  const isProgram = name === "exec" && words.length > 0;
  return !isProgram && isBuiltin(name) ? (BUILTINS[name] as Builtin) : null;
}

function withoutExec(command: Launched): Launched {
  const [name, ...words] = command.words;
  return command.name === "exec" && name !== undefined ? { ...command, name, words } : command;
}
