/**
 * The shell: what a user has of this system. It reads commands and has them carried out, until it is told to end the
 * machine or the commands are at their end.
 *
 * Its CSpace is the user's authority: files and devices, the terminal, the clock, the two lines to the host. What it runs
 * gets of that what the command needs, and nothing else.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  absolute,
  ConsoleInput,
  ConsoleOutput,
  calls,
  component,
  Directory,
  type Handles,
  mustPrint,
  Namespace,
  type Nothing,
  print,
  Timer,
} from "@tessera/servers";
import { BUILTINS } from "./builtins.js";
import { begunWord, completionOf } from "./completion.js";
import type { Completion } from "./editor.js";
import { History } from "./history.js";
import { askHost, MONITOR, POWER_OFF, powerOff } from "./host.js";
import { parseLine, type Step } from "./parse.js";
import { type Reader, TerminalReader, TextReader } from "./reader.js";
import { BadLine, expand } from "./tokens.js";

const NEEDS = {
  input: calls(ConsoleInput),
  output: calls(ConsoleOutput),
  timer: calls(Timer),
  root: calls(Directory),
  devices: calls(Directory),
  monitor: MONITOR,
  power: POWER_OFF,
};

/** What its arguments say when nobody sits at a terminal: no prompt, no echo. */
export const COMMANDS = "commands";

const WELCOME = 'This is Tessera. "help" says what there is to do; ctrl-D ends it.\n';

/** Status of what cannot be understood, and of a command that does not exist. */
const Status = { Misused: 2, NotFound: 127, Interrupted: 130 } as const;

/** The component. */
export const shell = component("shell", {
  needs: NEEDS,
  signals: true,
  slots: 200,
  *main(handles) {
    yield* new Shell(handles).run();
  },
});

/** What the shell knows, and what it can do. */
export class Shell {
  readonly history = new History();
  readonly files: Namespace;
  /** Where paths without "/" at their beginning begin. */
  directory = "/";
  /** Of what ran last. */
  status = 0;
  readonly #handles: Handles<typeof NEEDS, Nothing>;
  readonly #reader: Reader;
  readonly #isTerminal: boolean;
  #leaving: number | null = null;

  constructor(handles: Handles<typeof NEEDS, Nothing>) {
    const { self, root, devices } = handles;
    this.#handles = handles;
    this.files = new Namespace({ "/": root, "/dev": devices });
    this.#isTerminal = self.args !== COMMANDS;
    this.#reader = this.#isTerminal
      ? new TerminalReader(handles, this.history, (before) => this.#complete(before))
      : new TextReader(handles);
  }

  /** Carry out commands, up to the end of the machine. Can block. */
  *run(): Thread<void> {
    const { output, power } = this.#handles;
    if (this.#isTerminal) yield* mustPrint(output, WELCOME);
    while (this.#leaving === null) {
      const entered = yield* this.#reader.next(`${this.directory} $ `);
      if (entered === "end") this.leave(this.status);
      else if (entered === "interrupt") this.status = Status.Interrupted;
      else yield* this.#enter(entered.line);
    }
    yield* this.#reader.release();
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
    yield* mustPrint(this.#handles.output, `${sentence}\n`);
  }

  /** Make `path` the working directory. @returns the status */
  *goTo(path: string): Thread<number> {
    const whole = absolute(this.directory, path);
    const problem = yield* this.#problemWith(whole);
    if (problem !== null) {
      yield* this.complain(`cd: ${path}: ${problem}`);
      return 1;
    }
    this.directory = whole;
    return 0;
  }

  *#enter(line: string): Thread<void> {
    this.history.add(line);
    try {
      for (const step of parseLine(line)) {
        if (this.#leaving !== null) return;
        if (step.when !== "always" && (step.when === "success") !== (this.status === 0)) continue;
        this.status = yield* this.#carryOut(step);
      }
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      this.status = Status.Misused;
      yield* this.complain(error.message);
    }
  }

  *#carryOut({ commands }: Step): Thread<number> {
    const [name = "", ...args] = (commands[0]?.words ?? []).map((word) => expand(word, this.status));
    const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined;
    if (builtin === undefined) {
      yield* this.complain(`there is no command ${JSON.stringify(name)}`);
      return Status.NotFound;
    }
    const { output } = this.#handles;
    return yield* builtin.run(this, args, (text) => print(output, text));
  }

  /** Why `path` is no directory that can be entered; null when it is one. */
  *#problemWith(path: string): Thread<string | null> {
    const walked = yield* this.files.walk(path);
    if (walked.error !== null) return walked.error;
    let problem: string | null = null;
    if (walked.name !== "") {
      const entered = yield* walked.directory.enter({ name: walked.name, create: false });
      problem = entered.error;
      if (entered.error === null) yield* entered.directory.close();
    }
    yield* walked.close();
    return problem;
  }

  *#complete(before: string): Thread<Completion> {
    const begun = begunWord(before);
    if (begun === null) return { text: "", candidates: [] };
    const names = begun.isCommand ? Object.keys(BUILTINS) : yield* this.#namesIn(begun.directory);
    return completionOf(begun, names);
  }

  /** Names in a directory, those of directories with a "/"; none when it cannot be read. */
  *#namesIn(path: string): Thread<string[]> {
    const whole = absolute(this.directory, path);
    const names = this.files.below(whole).map((name) => `${name}/`);
    const walked = yield* this.files.walk(whole);
    if (walked.error !== null) return names;
    const entered = walked.name === "" ? null : yield* walked.directory.enter({ name: walked.name, create: false });
    const directory = entered === null ? walked.directory : entered.error === null ? entered.directory : null;
    for (let after = ""; directory !== null; ) {
      const next = yield* directory.next({ after });
      if (next.error !== null) break;
      names.push(next.kind === "directory" ? `${next.name}/` : next.name);
      after = next.name;
    }
    if (entered !== null && directory !== null) yield* directory.close();
    yield* walked.close();
    return names;
  }
}
