/** The command: options in, a transcript out. What it needs of its process is an argument. */
import { type Files, OptionError, readLog, verdict, writeLog } from "@tessera/app-host";
import { type RunLog, RunLogError, type Stop } from "@tessera/hal-sim";
import { type Performance, playScene } from "./machine.js";
import { HELP, type Options, parseOptions } from "./options.js";
import { factsOf, optionsOfLog } from "./replay.js";
import { listText } from "./scenes/catalogue.js";
import { CLIENTS } from "./scenes/exchange.js";
import type { Scene } from "./scenes/scene.js";
import { shortened } from "./transcript/failure.js";
import { foldText } from "./transcript/fold.js";
import { coloured, plain } from "./transcript/paint.js";
import { rawTrace, transcribe } from "./transcript/transcript.js";

export interface Host {
  /** Whether what is written to `out` may be coloured. */
  readonly hasColours: boolean;
  /** Characters that a line of `out` has room for. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absent where there are none, as in a page. */
  readonly files?: Files;
  out(text: string): void;
  err(text: string): void;
  /** End the process now: a program holds it and will not let go. */
  abort(): never;
}

/** Returns the exit code: 0, or 1 after a bad option or when the machine had to stop. */
export function main(args: readonly string[], host: Host): number {
  try {
    const options = parseOptions(args, host.env);
    if (options.show !== "help" && options.show !== "list") return play(options, host);
    host.out(foldText(options.show === "help" ? HELP : listText(), host.columns));
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof RunLogError)) throw error;
    host.err(`${error.message}\n`);
    return 1;
  }
}

/** One scene after the other, until a machine had to stop. Several JSON documents are one array. */
function play(options: Options, host: Host): number {
  if (options.replay !== null) return replay(options, options.replay, host);
  const { scenes } = options.scenario;
  const isArray = options.show === "json" && scenes.length > 1;
  let code = 0;
  scenes.forEach((scene, i) => {
    if (code !== 0) return;
    if (isArray) host.out(i === 0 ? "[" : ",");
    else if (scenes.length > 1) host.out(foldText(`${i === 0 ? "" : "\n"}${heading(scene)}\n`, host.columns));
    code = playOne(scene, options, null, host);
  });
  if (isArray) host.out("]\n");
  return code;
}

function heading({ name, title }: Scene): string {
  return `${name}: ${title}\n`;
}

function replay(options: Options, path: string, host: Host): number {
  const log = readLog(filesOf(host), path);
  const logged = optionsOfLog(options, log);
  return playOne(logged.scenario.scenes[0] as Scene, logged, log, host);
}

function playOne(scene: Scene, options: Options, log: RunLog | null, host: Host): number {
  const console = new TextDecoder();
  const { stop, divergence, ...performance } = playScene(scene, {
    ...options,
    client: CLIENTS[options.client],
    checkInvariants: options.check,
    facts: factsOf(scene, options),
    replay: log,
    onConsole: (bytes) => host.err(console.decode(bytes, { stream: true })),
    onReport: (text) => host.err(`${text}\n`),
    onRunaway: (unfinished, message) => {
      host.out(shown(scene, unfinished, options, host));
      record(unfinished, undefined, options, host);
      host.err(`The machine is stopped: ${shortened(message)}\n`);
      host.abort();
    },
  });
  host.out(shown(scene, performance, options, host));
  record(performance, stop, options, host);
  if (log !== null) host.err(verdict(log, divergence));
  if (divergence !== null) return 1;
  if (stop.reason === "idle" || stop.reason === "power-off") return 0;
  host.err(`${stop.message}\n`);
  return 1;
}

/** Write the log, if one was asked for; without a `stop` the run is taken as stopped by a limit. */
function record({ recorder }: Performance, stop: Stop | undefined, options: Options, host: Host): void {
  if (options.log === null) return;
  writeLog(filesOf(host), options.log, recorder.log(stop));
  host.err(`The log of the run is in ${options.log}; --replay ${options.log} runs it again.\n`);
}

function shown(scene: Scene, { machine, kernel, failures }: Performance, options: Options, host: Host): string {
  if (options.show === "trace") return rawTrace(machine.trace);
  const choices = Object.fromEntries(scene.takes.map((name) => [name, options[name]]));
  const why = { failures: failures(), explanations: kernel.explanations(), requests: scene.requests ?? {} };
  const transcript = transcribe(machine.trace, why, { scene: scene.name, ...choices, seed: options.seed });
  if (options.show === "json") return transcript.json();
  return transcript.text(host.hasColours ? coloured : plain, host.columns);
}

function filesOf({ files }: Host): Files {
  if (files === undefined) throw new OptionError("There are no files here.");
  return files;
}
