/**
 * The shell: what a user has of this system. It reads commands and has them carried out, until it is told to end the
 * machine or the commands are at their end.
 *
 * Its CSpace is the user's authority: files and devices, the terminal, the clock, programs, the two lines to the host.
 * What it runs gets of that what the command needs, and nothing else.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  again,
  type Component,
  ConsoleFiles,
  ConsoleInput,
  ConsoleOutput,
  calls,
  component,
  Directory,
  Entropy,
  type Handles,
  Log,
  LogReader,
  Lookup,
  logTo,
  type Nothing,
  Pipes,
  Processes,
  Timer,
} from "@tessera/servers";
import { inWords, Paths } from "../paths.js";
import { Seat } from "../sos/interface.js";
import { Bells } from "./bells.js";
import { BUILTINS } from "./builtins.js";
import { begunWord, completionOf } from "./completion.js";
import type { Completion } from "./editor.js";
import { Failures, failedMembers, wrongWith } from "./failures.js";
import { History } from "./history.js";
import { askHost, MONITOR, POWER_OFF, powerOff, tellHost } from "./host.js";
import { isDone, Jobs, Status } from "./jobs.js";
import { Keyboard } from "./keyboard.js";
import { Launcher, NotStarted } from "./launch.js";
import { parseLine, type Step } from "./parse.js";
import { type Reader, TerminalReader, TextReader } from "./reader.js";
import { Runner } from "./run.js";
import { say } from "./say.js";
import { BadLine } from "./tokens.js";

const NEEDS = {
  input: calls(ConsoleInput),
  output: calls(ConsoleOutput),
  consoles: calls(ConsoleFiles),
  timer: calls(Timer),
  entropy: calls(Entropy),
  log: calls(Log),
  lines: calls(LogReader),
  lookup: calls(Lookup),
  root: calls(Directory),
  devices: calls(Directory),
  pipes: calls(Pipes),
  processes: calls(Processes),
  monitor: MONITOR,
  power: POWER_OFF,
};

/** What it has where another system lives on the machine. */
const SEAT = { seat: calls(Seat) };

type ShellHandles = Handles<typeof NEEDS, Nothing> & Partial<Handles<typeof SEAT, Nothing>>;

/** What its arguments say when nobody sits at a terminal: no prompt, no echo. */
export const COMMANDS = "commands";

const WELCOME = 'This is Tessera. "help" says what there is to do; ctrl-D ends it.\n';

/** The component. */
export const shell: Component = shellWith({});
/** The same, with a seat at another system's console to hand on. */
export const shellWithSeat: Component = shellWith(SEAT);

function shellWith(more: Partial<typeof SEAT>): Component {
  return component("shell", {
    needs: { ...NEEDS, ...more },
    signals: true,
    slots: 200,
    *main(handles) {
      yield* new Shell(handles as ShellHandles, yield* Bells.by(handles.self)).run();
    },
  });
}

/** What the shell knows, and what it can do. */
export class Shell {
  readonly history = new History();
  readonly paths: Paths;
  readonly jobs: Jobs;
  /** Of what ran last. */
  status = 0;
  readonly #handles: ShellHandles;
  readonly #isTerminal: boolean;
  readonly #bells: Bells;
  readonly #launcher: Launcher;
  readonly #keyboard: Keyboard;
  readonly #runner: Runner;
  readonly #reader: Reader;
  readonly #failures = new Failures();
  #leaving: number | null = null;

  constructor(handles: ShellHandles, bells: Bells) {
    const { self, root, devices, input, output, processes, timer } = handles;
    this.#handles = handles;
    this.#bells = bells;
    this.#isTerminal = self.args !== COMMANDS;
    this.paths = new Paths(root, devices, "/");
    this.jobs = new Jobs(processes);
    this.#launcher = new Launcher(handles, this.paths, bells.signal("ended"));
    const keyboard = new Keyboard(input, bells);
    this.#keyboard = keyboard;
    const { paths, jobs } = this;
    const [launcher, isTerminal] = [this.#launcher, this.#isTerminal];
    const typed = () => keyboard.typed(() => this.#lookAround());
    this.#reader = this.#isTerminal
      ? new TerminalReader(output, typed, this.history, (before) => this.#complete(before))
      : new TextReader(typed);
    const typedAhead = () => this.#reader.takeUnused();
    this.#runner = new Runner({ output, paths, jobs, launcher, bells, keyboard, typedAhead, timer, isTerminal });
  }

  /** Carry out commands, up to the end of the machine. Can block. */
  *run(): Thread<void> {
    const { output, power, self } = this.#handles;
    if (!this.#isTerminal && self.incarnation > 0) {
      // What the one before has read is lost, and what is left may begin in the middle of a command.
      yield* this.complain("the shell has died, and the commands behind that are not carried out");
      yield* powerOff(power, output, Status.Lost);
    }
    yield* this.#keyboard.take();
    yield* this.ask(["ready"]);
    if (this.#isTerminal) yield* say(output, WELCOME);
    while (this.#leaving === null) {
      yield* this.#lookAround();
      yield* this.#runner.tellDone();
      const entered = yield* this.#reader.next(`${this.paths.directory} $ `);
      if (entered === "end") this.leave(this.status);
      else if (entered === "interrupt") this.status = Status.Interrupted;
      else if (entered === "too long") yield* this.#refuse("a command is longer than any can be");
      else yield* this.#enter(entered.line);
    }
    // What was written is on the disk to stay, and that is in order.
    yield* again(() => this.#handles.root.sync());
    yield* powerOff(power, output, this.#leaving);
  }

  /** End the machine with `status`, when what is being carried out is over. */
  leave(status: number): void {
    this.#leaving = status;
  }

  /** Have the host show what only it can see. Can block. */
  *ask(words: readonly string[]): Thread<void> {
    yield* askHost(this.#handles.monitor, this.#handles.output, words.join(" "));
  }

  /** Say what is wrong, on the terminal. Can block. */
  *complain(sentence: string): Thread<void> {
    yield* say(this.#handles.output, `${sentence}\n`);
  }

  /** Make `path` the working directory. @returns the status. Can block. */
  *goTo(path: string): Thread<number> {
    const whole = this.paths.whole(path);
    const listed = yield* this.paths.list(whole);
    if (listed.error !== null) {
      yield* this.complain(`cd: ${path}: ${inWords(listed.error)}`);
      return 1;
    }
    this.paths.directory = whole;
    return 0;
  }

  /** Names of the programs that can be run. Can block. */
  *programs(): Thread<string[]> {
    return yield* this.#launcher.programs();
  }

  /** Wait for all that runs in the background. @returns the status. Can block. */
  *waitForAll(): Thread<number> {
    const running = this.jobs.background.filter((job) => !isDone(job));
    return running.length === 0 ? 0 : yield* this.#runner.waitFor(running);
  }

  /**
   * End a process, by its number, or all of a job in the background, by `%` and its number. Can block.
   * @returns the word of what went wrong, or null
   */
  *kill(which: string): Thread<string | null> {
    const [, isJob, digits] = /^(%?)(\d{1,9})$/.exec(which) ?? [];
    if (digits === undefined) return "NotFound";
    if (isJob === "") return (yield* this.#handles.processes.kill({ id: Number(digits) })).error;
    const job = this.jobs.background.find(({ number }) => number === Number(digits));
    if (job === undefined) return "NotFound";
    yield* this.jobs.kill(job);
    return null;
  }

  /** Say why what has failed last did, and have the host say what the kernel saw. Can block. */
  *why(): Thread<number> {
    const { last } = this.#failures;
    if (last === null) {
      yield* this.complain("nothing has failed yet");
      return 0;
    }
    yield* this.complain(`${last.text}: ${wrongWith(last)}`);
    const members = failedMembers(last.job).map(({ name, id }) => `${name}.${id}`);
    if (last.isTraced) yield* this.ask(["why", ...(members.length === 0 ? ["shell"] : members)]);
    return 0;
  }

  /** Look after processes that have ended. @returns whether more of them can */
  *#lookAround(): Thread<boolean> {
    this.#bells.has("ended");
    yield* this.jobs.reap();
    return !this.jobs.background.every(isDone);
  }

  *#enter(line: string): Thread<void> {
    this.history.add(line);
    try {
      for (const step of parseLine(line)) {
        if (this.#leaving !== null) return;
        if (step.when !== "always" && (step.when === "success") !== (this.status === 0)) continue;
        this.status = yield* this.#carryOut(step);
        if (this.status === Status.Interrupted) return;
      }
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      yield* this.#refuse(error.message);
      this.#failures.note({ text: line, status: this.status, job: null, sentence: error.message, isTraced: false });
    }
  }

  *#refuse(sentence: string): Thread<void> {
    this.status = Status.Misused;
    yield* this.complain(sentence);
  }

  *#carryOut(step: Step): Thread<number> {
    const { monitor } = this.#handles;
    yield* tellHost(monitor, "step");
    try {
      const { status, job } = yield* this.#runner.run(this, step);
      // The status of this is that of what it has waited for, and that has been noted.
      if (step.text === "wait") return status;
      this.#failures.note({ text: step.text, status, job, sentence: "", isTraced: true });
      if (job === null && status !== 0) yield* tellHost(monitor, "failed");
      if (job !== null) yield* logTo(this.#handles.log).info("ran", { command: step.text, status });
      return status;
    } catch (error) {
      if (!(error instanceof NotStarted)) throw error;
      this.#failures.note({
        text: step.text,
        status: error.status,
        job: null,
        sentence: error.message,
        isTraced: true,
      });
      yield* tellHost(monitor, "failed");
      yield* this.complain(error.message);
      return error.status;
    }
  }

  *#complete(before: string): Thread<Completion> {
    const begun = begunWord(before);
    if (begun === null) return { text: "", candidates: [] };
    if (begun.isCommand) return completionOf(begun, [...Object.keys(BUILTINS), ...(yield* this.programs())]);
    const listed = yield* this.paths.list(begun.directory === "" ? "." : begun.directory);
    if (listed.error !== null) return { text: "", candidates: [] };
    const names = listed.entries.map(({ name, kind }) => (kind === "directory" ? `${name}/` : name));
    return completionOf(begun, names);
  }
}
