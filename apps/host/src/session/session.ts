/**
 * A session: options in, a machine that somebody uses, its status out.
 *
 * Everything that is entered goes into the machine's serial port, and what comes out of it is shown. Two things stay
 * outside: ctrl-], by which a user leaves whatever the machine does, and what the machine asks its host for by the
 * monitor, which the app answers from the kernel's snapshot and the trace.
 */
import { LiveRun, RunLogError, replayRun, type Stop, type SystemFacts } from "@tessera/hal-sim";
import type { Command } from "../options/command-line.js";
import { OptionError } from "../options/option-error.js";
import { beginLog, readLog, readText, verdict, writeLog } from "../replay/log-files.js";
import type { HostDisk } from "./disks.js";
import { Feed } from "./feed.js";
import type { Host } from "./host.js";
import { Bridge, type Listening } from "./network.js";
import { type SessionOptions, sessionOptions } from "./options.js";
import { SizeReports } from "./size-reports.js";
import type { Setting, System } from "./system.js";

/** What the machine is to be, as far as it is the same in a replay. */
export interface Kind<O> {
  readonly options: O;
  /** Whether somebody sits at the console; else it is fed with commands. */
  readonly isTerminal: boolean;
}

/** A way into the machine for programs on the host. */
export interface Doorway {
  readonly at: Listening;
  /** The port of the machine. */
  readonly port: number;
  /** @param at what is listened at, such as "127.0.0.1:5640" */
  told(at: string): string;
}

/** A command that is a session with a personality. */
export interface SessionCommand<O extends SessionOptions> extends Command<O> {
  /** What `--help` prints. */
  readonly help: string;
  /** The personality, as it is called in a sentence: "the desk". */
  readonly name: string;
  boot(kind: Kind<O>, setting: Setting): System;
  /** The disk of its machine, if it has one. @throws OptionError */
  openDisk?(options: O, host: Host): HostDisk;
  /** Where it listens, to which port of its machine that leads, and what a user is told of that; null: nowhere. */
  listens?(options: O): Doorway | null;
  /** What a log says of the system: what `recorded` goes by. */
  facts(kind: Kind<O>): SystemFacts;
  /** What was recorded with such facts; null: something that is none of this command's. */
  recorded(options: O, facts: SystemFacts): Kind<O> | null;
  /** What is entered goes in at once; else it is kept until somebody on the machine says that he reads. */
  readonly isReadyAtOnce?: boolean;
  /** What the host shows when the machine asks for it. */
  answers(system: System): { to(request: string): string };
}

/** Exit codes beside those of the machine. */
const Exit = { BadOption: 2, Stopped: 70 } as const;

/** What is said by the monitor when what is entered can come. */
const READY = "ready";

/** Play a session to its end. Resolves to the exit code. */
export async function playSession<O extends SessionOptions>(
  command: SessionCommand<O>,
  args: readonly string[],
  host: Host,
): Promise<number> {
  try {
    const options = sessionOptions(command, args, host.env);
    if (options.help) {
      host.out(command.help);
      return 0;
    }
    return options.replay === null
      ? await play(command, options, host)
      : replay(command, options, options.replay, host);
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof RunLogError)) throw error;
    host.err(`${error.message}\n`);
    return Exit.BadOption;
  } finally {
    host.terminal?.restore();
    host.input.close();
  }
}

async function play<O extends SessionOptions>(command: SessionCommand<O>, options: O, host: Host): Promise<number> {
  if (options.log !== null) beginLog(host.files, options.log);
  const script = options.script === null ? null : readText(host.files, options.script);
  const disk = command.openDisk?.(options, host);
  try {
    return await playWith({ script, disks: disk === undefined ? [] : [disk] }, command, options, host);
  } finally {
    disk?.close();
  }
}

async function playWith<O extends SessionOptions>(
  { script, disks }: { readonly script: string | null; readonly disks: readonly HostDisk[] },
  command: SessionCommand<O>,
  options: O,
  host: Host,
): Promise<number> {
  const terminal = script === null ? host.terminal : null;
  const { seed, virtual, check } = options;
  const kind = { options, isTerminal: terminal !== null };
  const doorway = command.listens?.(options) ?? null;
  const system = command.boot(kind, {
    ...{
      seed,
      disks,
      sockets: doorway !== null,
      isRecorded: options.log !== null,
      checkInvariants: check,
      epochMs: virtual ? 0 : host.epochMs(),
    },
    onRunaway: (message) => {
      host.err(`The machine is stopped: ${message}\n`);
      save(options, system, undefined, host);
      host.abort();
    },
  });
  const live = new LiveRun(system.machine, host.clock, { virtual });
  let leaving = "";
  let killedWith: number | null = null;
  const end = (why: string) => {
    leaving = why;
    live.stop();
  };
  host.onKilled((signal, status) => {
    killedWith = status;
    end(`The session was ended by ${signal}.`);
  });
  const feed = new Feed(live, terminal !== null, () => end("The session was left by ctrl-]."));
  const reports =
    terminal === null
      ? null
      : new SizeReports(
          () => terminal.size(),
          (bytes) => feed.report(bytes),
        );
  show(command, system, host, reports, () => end("Nobody reads what is written any more."));
  system.machine.monitor.requests.subscribe((request) => {
    if (request !== READY) return;
    reports?.begin();
    feed.begin();
  });
  if (command.isReadyAtOnce === true) feed.begin();
  if (terminal !== null && reports !== null) {
    terminal.takeKeys();
    terminal.onResize(() => reports.resized());
  }
  if (script === null) {
    host.input.listen(
      (bytes) => feed.data(bytes),
      // Who serves others goes on when nothing more is typed.
      () => (doorway === null ? feed.end() : undefined),
    );
  } else {
    feed.data(new TextEncoder().encode(script));
    feed.end();
  }
  const bridge = doorway === null ? null : await open(doorway, system, live, host);
  const stop = await live.run().finally(() => bridge?.close());
  host.terminal?.restore();
  save(options, system, stop, host);
  const code = exitCode(leaving === "" ? stop : { ...stop, message: leaving }, host);
  return killedWith ?? code;
}

/** Listen, and let programs in. @throws OptionError where that cannot be */
async function open(doorway: Doorway, { machine }: System, live: LiveRun, host: Host): Promise<{ close(): void }> {
  const { sockets } = machine;
  if (sockets === null) throw new Error("a machine that is listened for has sockets");
  const { network } = host;
  const bridge = new Bridge({ sockets, inlet: live, network, port: doorway.port });
  const listener = await network
    .listen(doorway.at, (peer) => bridge.join(peer))
    .catch((error: Error) => {
      throw new OptionError(`There is no way in: ${error.message}.`);
    });
  host.err(doorway.told(listener.at));
  return {
    close() {
      listener.close();
      bridge.close();
    },
  };
}

/** What leaves the machine, and what the host is asked for, goes to the user. */
function show<O extends SessionOptions>(
  command: SessionCommand<O>,
  system: System,
  host: Host,
  reports: SizeReports | null,
  nobodyReads: () => void,
): void {
  const { machine } = system;
  const answers = command.answers(system);
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

function exitCode({ reason, code, message }: Stop, host: Host): number {
  if (reason === "power-off") return code & 0xff;
  host.err(`${reason === "idle" ? "The input has ended, and the machine waits for more." : message}\n`);
  return Exit.Stopped;
}

function replay<O extends SessionOptions>(command: SessionCommand<O>, options: O, path: string, host: Host): number {
  const log = readLog(host.files, path);
  const kind = command.recorded(options, log.system);
  if (kind === null) {
    throw new OptionError(`The log is of a run that is none of ${command.name}'s: ${JSON.stringify(log.system)}.`);
  }
  const { seed, epochMs } = log.identity;
  const system = command.boot(kind, { seed, epochMs, checkInvariants: options.check, replay: log });
  // Reports of a size are in the log: nobody is told another one.
  const nowhere = new SizeReports(
    () => ({ rows: 0, columns: 0 }),
    () => {},
  );
  show(command, system, host, kind.isTerminal ? nowhere : null, () => {});
  const { divergence } = replayRun(system.machine, log, command.facts(kind));
  host.err(`\n${verdict(log, divergence)}`);
  return divergence === null ? 0 : Exit.Stopped;
}

/** Write the log, if one was asked for; without a `stop` the run is taken as stopped by a limit. */
function save({ log }: SessionOptions, { recorder }: System, stop: Stop | undefined, host: Host): void {
  if (log === null || recorder === null) return;
  try {
    writeLog(host.files, log, recorder.log(stop));
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    // What the session has come to stands, whatever becomes of its log.
    host.err(`${error.message}\n`);
    return;
  }
  host.err(`The log of the session is in ${log}; --replay ${log} shows it again.\n`);
}
