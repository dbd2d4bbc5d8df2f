/** The command: options in, a session out. What it needs of its process is an argument. */
import {
  LiveRun,
  parseRunLog,
  type RealTimeHost,
  type RunLog,
  RunLogError,
  replayRun,
  runLogText,
  type Stop,
} from "@tessera/hal-sim";
import { Answers } from "./answers/answers.js";
import { bootDesk, type Desk, factsOf } from "./machine.js";
import { OptionError } from "./option-error.js";
import { HELP, type Options, parseOptions, takenByNpm } from "./options.js";
import { type Size, SizeReports } from "./size-reports.js";

/** Where input comes from. */
export interface Input {
  /** Call `data` with what comes, and `end` when nothing more will. */
  listen(data: (bytes: Uint8Array) => void, end: () => void): void;
  /** Listen no longer. */
  close(): void;
}

/** The terminal of a user: what is typed comes by `Input`. */
export interface UserTerminal {
  size(): Size;
  onResize(resized: () => void): void;
  /** Every key goes to us, until `restore`; which is done in any case when the process ends. */
  takeKeys(): void;
  restore(): void;
}

/** The process of the command. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: RealTimeHost;
  readonly input: Input;
  /** Null when standard input or output is none. */
  readonly terminal: UserTerminal | null;
  /** Milliseconds since 1970. */
  epochMs(): number;
  readFile(path: string): string;
  writeFile(path: string, text: string): void;
  /** @returns false when nobody reads it any more */
  out(output: string | Uint8Array): boolean;
  err(text: string): void;
  /** End the process now: a program holds it and will not let go. */
  abort(): never;
}

/** Exit codes beside those of the machine. */
const Exit = { BadOption: 2, Stopped: 70 } as const;

/** What the shell says by the monitor when it reads. */
const READY = "ready";
/** Behind the last command of a text. */
const END_OF_INPUT = Uint8Array.of(0x04);
/** Ctrl-]: the one key that the machine does not get. */
const LEAVE = 0x1d;

/** Returns the exit code. */
export async function main(args: readonly string[], host: Host): Promise<number> {
  try {
    const taken = takenByNpm(host.env, args);
    if (taken !== null) throw new OptionError(taken);
    const options = parseOptions(args);
    if (options.help) {
      host.out(HELP);
      return 0;
    }
    return options.replay === null ? await play(options, host) : replay(options, options.replay, host);
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof RunLogError)) throw error;
    host.err(`${error.message}\n`);
    return Exit.BadOption;
  } finally {
    host.terminal?.restore();
    host.input.close();
  }
}

async function play(options: Options, host: Host): Promise<number> {
  const script = options.script === null ? null : readText(host, options.script);
  const terminal = script === null ? host.terminal : null;
  const { seed, virtual, check } = options;
  const desk = bootDesk({
    ...{ isTerminal: terminal !== null, seed, checkInvariants: check, epochMs: virtual ? 0 : host.epochMs() },
    onRunaway: (message) => {
      save(options, desk, undefined, host);
      host.err(`The machine is stopped: ${message}\n`);
      host.abort();
    },
  });
  const live = new LiveRun(desk.machine, host.clock, { virtual });
  let leaving = "";
  const end = (why: string) => {
    leaving = why;
    live.stop();
  };
  const feed = new Feed(live, terminal !== null, () => end("The session was left by ctrl-]."));
  const reports =
    terminal === null
      ? null
      : new SizeReports(
          () => terminal.size(),
          (bytes) => feed.data(bytes),
        );
  show(desk, host, reports, () => end("Nobody reads what is written any more."));
  desk.machine.monitor.requests.subscribe((request) => {
    if (request === READY) feed.begin();
  });
  if (terminal !== null && reports !== null) {
    terminal.takeKeys();
    terminal.onResize(() => reports.resized());
  }
  if (script === null) {
    host.input.listen(
      (bytes) => feed.data(bytes),
      () => feed.end(),
    );
  } else {
    feed.data(new TextEncoder().encode(script));
    feed.end();
  }
  const stop = await live.run();
  host.terminal?.restore();
  save(options, desk, stop, host);
  return exitCode(leaving === "" ? stop : { ...stop, message: leaving }, host);
}

/** What leaves the machine, and what the host is asked for, goes to the user. */
function show(desk: Desk, host: Host, reports: SizeReports | null, nobodyReads: () => void): void {
  const { machine } = desk;
  const answers = new Answers(desk);
  const out = (output: string | Uint8Array) => {
    if (output.length > 0 && !host.out(output)) nobodyReads();
  };
  // Where it goes into a file or a pipe, every byte is as a program has written it.
  machine.output.subscribe((bytes) => out(reports?.filter(bytes) ?? bytes));
  machine.monitor.requests.subscribe((request) => {
    if (request !== READY) out(answers.to(request));
  });
  machine.reports.subscribe((text) => host.err(`${text}\n`));
}

/** What is entered: kept until the shell reads, since nobody has told the console before then not to echo it. */
class Feed {
  readonly #live: LiveRun;
  readonly #isTerminal: boolean;
  readonly #leave: () => void;
  /** Null: the shell reads. */
  #kept: Uint8Array[] | null = [];
  #hasEnded = false;

  constructor(live: LiveRun, isTerminal: boolean, leave: () => void) {
    this.#live = live;
    this.#isTerminal = isTerminal;
    this.#leave = leave;
  }

  /** The shell reads. */
  begin(): void {
    const kept = this.#kept ?? [];
    this.#kept = null;
    for (const bytes of kept) this.#live.input("uart", bytes);
    if (this.#hasEnded) this.#live.endInput();
  }

  data(bytes: Uint8Array): void {
    if (this.#hasEnded) return;
    const end = this.#isTerminal ? bytes.indexOf(LEAVE) : -1;
    const own = end < 0 ? bytes : bytes.subarray(0, end);
    if (own.length > 0 && this.#kept === null) this.#live.input("uart", own);
    else if (own.length > 0) this.#kept?.push(own);
    if (end >= 0) this.#leave();
  }

  end(): void {
    this.data(END_OF_INPUT);
    this.#hasEnded = true;
    if (this.#kept === null) this.#live.endInput();
  }
}

function exitCode({ reason, code, message }: Stop, host: Host): number {
  if (reason === "power-off") return code & 0xff;
  host.err(`${reason === "idle" ? "The input has ended, and the machine waits for more." : message}\n`);
  return Exit.Stopped;
}

function replay({ check }: Options, path: string, host: Host): number {
  const log = readLog(host, path);
  const facts = [true, false].find((isTerminal) => log.system["console"] === factsOf(isTerminal)["console"]);
  if (facts === undefined || log.system["personality"] !== factsOf(facts)["personality"]) {
    throw new OptionError(`The log is of a run that is none of the desk's: ${JSON.stringify(log.system)}.`);
  }
  const { seed, epochMs } = log.identity;
  const desk = bootDesk({ isTerminal: facts, seed, epochMs, checkInvariants: check, replay: log });
  // Reports of a size are in the log: nobody is told another one.
  show(
    desk,
    host,
    facts
      ? new SizeReports(
          () => ({ rows: 0, columns: 0 }),
          () => {},
        )
      : null,
    () => {},
  );
  const { divergence } = replayRun(desk.machine, log, factsOf(facts));
  if (divergence !== null) {
    host.err(`\n${divergence.text.replace(/^t/, "T")}\n`);
    return Exit.Stopped;
  }
  host.err(`\nThe replay is the same run: ${log.end.records} trace records, hash ${log.end.hash}.\n`);
  return 0;
}

/** @throws OptionError when the file cannot be read or is no log */
function readLog(host: Host, path: string): RunLog {
  const text = readText(host, path);
  try {
    return parseRunLog(text);
  } catch (error) {
    if (!(error instanceof RunLogError)) throw error;
    throw new OptionError(`${JSON.stringify(path)} cannot be replayed: ${error.message}.`);
  }
}

function readText(host: Host, path: string): string {
  try {
    return host.readFile(path);
  } catch (error) {
    throw new OptionError(`${JSON.stringify(path)} cannot be read: ${(error as Error).message}`);
  }
}

/** Write the log, if one was asked for; without a `stop` the run is taken as stopped by a limit. */
function save({ log }: Options, { recorder }: Desk, stop: Stop | undefined, host: Host): void {
  if (log === null) return;
  try {
    host.writeFile(log, runLogText(recorder.log(stop)));
  } catch (error) {
    throw new OptionError(`The log ${JSON.stringify(log)} cannot be written: ${(error as Error).message}`);
  }
  host.err(`The log of the session is in ${log}; --replay ${log} shows it again.\n`);
}
