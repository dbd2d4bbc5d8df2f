/** The command: options in, a transcript out. What it needs of its process is an argument. */
import { type Performance, playScene } from "./machine.js";
import { takenByNpm } from "./npm.js";
import { HELP, OptionError, type Options, parseOptions } from "./options.js";
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
  out(text: string): void;
  err(text: string): void;
  /** End the process now: a program holds it and will not let go. */
  abort(): never;
}

/** Returns the exit code: 0, or 1 after a bad option or when the machine had to stop. */
export function main(args: readonly string[], host: Host): number {
  try {
    const taken = takenByNpm(host.env, args);
    if (taken !== null) throw new OptionError(taken);
    const options = parseOptions(args);
    if (options.show !== "help" && options.show !== "list") return play(options, host);
    host.out(foldText(options.show === "help" ? HELP : listText(), host.columns));
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    host.err(`${error.message}\n`);
    return 1;
  }
}

/** One scene after the other, until a machine had to stop. Several JSON documents are one array. */
function play(options: Options, host: Host): number {
  const { scenes } = options.scenario;
  const isArray = options.show === "json" && scenes.length > 1;
  let code = 0;
  scenes.forEach((scene, i) => {
    if (code !== 0) return;
    if (isArray) host.out(i === 0 ? "[" : ",");
    else if (scenes.length > 1) host.out(foldText(`${i === 0 ? "" : "\n"}${heading(scene)}\n`, host.columns));
    code = playOne(scene, options, host);
  });
  if (isArray) host.out("]\n");
  return code;
}

function heading({ name, title }: Scene): string {
  return `${name}: ${title}\n`;
}

function playOne(scene: Scene, options: Options, host: Host): number {
  const console = new TextDecoder();
  const { stop, ...performance } = playScene(scene, {
    ...options,
    client: CLIENTS[options.client],
    onConsole: (bytes) => host.err(console.decode(bytes, { stream: true })),
    onReport: (text) => host.err(`${text}\n`),
    onRunaway: (unfinished, message) => {
      host.out(shown(scene, unfinished, options, host));
      host.err(`The machine is stopped: ${shortened(message)}\n`);
      host.abort();
    },
  });
  host.out(shown(scene, performance, options, host));
  if (stop.reason === "idle" || stop.reason === "power-off") return 0;
  host.err(`${stop.message}\n`);
  return 1;
}

function shown(scene: Scene, { machine, kernel, failures }: Performance, options: Options, host: Host): string {
  if (options.show === "trace") return rawTrace(machine.trace);
  const choices = Object.fromEntries(scene.takes.map((name) => [name, options[name]]));
  const why = { failures: failures(), explanations: kernel.explanations(), requests: scene.requests ?? {} };
  const transcript = transcribe(machine.trace, why, { scene: scene.name, ...choices, seed: options.seed });
  if (options.show === "json") return transcript.json();
  return transcript.text(host.hasColours ? coloured : plain, host.columns);
}
