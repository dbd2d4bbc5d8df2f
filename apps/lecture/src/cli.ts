/** The command: options in, a transcript out. What it needs of its process is an argument. */
import { type Lecture, playLecture } from "./machine.js";
import { HELP, OptionError, type Options, parseOptions } from "./options.js";
import { shortened } from "./transcript/failure.js";
import { coloured, plain } from "./transcript/paint.js";
import { rawTrace, transcribe } from "./transcript/transcript.js";

export interface Host {
  /** Whether what is written to `out` may be coloured. */
  readonly hasColours: boolean;
  out(text: string): void;
  err(text: string): void;
  /** End the process now: a program holds it and will not let go. */
  abort(): never;
}

/** Returns the exit code: 0, or 1 after a bad option or when the machine had to stop. */
export function main(args: readonly string[], host: Host): number {
  try {
    const options = parseOptions(args);
    if (options.show !== "help") return play(options, host);
    host.out(HELP);
    return 0;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    host.err(`${error.message}\n`);
    return 1;
  }
}

function play(options: Options, host: Host): number {
  const console = new TextDecoder();
  const { stop, ...lecture } = playLecture({
    ...options,
    onConsole: (bytes) => host.err(console.decode(bytes, { stream: true })),
    onReport: (text) => host.err(`${text}\n`),
    onRunaway: (unfinished, message) => {
      host.out(shown(unfinished, options, host));
      host.err(`The machine is stopped: ${shortened(message)}\n`);
      host.abort();
    },
  });
  host.out(shown(lecture, options, host));
  if (stop.reason === "idle" || stop.reason === "power-off") return 0;
  host.err(`${stop.message}\n`);
  return 1;
}

function shown({ machine, failures }: Lecture, { badge, seed, client, show }: Options, host: Host): string {
  if (show === "trace") return rawTrace(machine.trace);
  const transcript = transcribe(machine.trace, failures(), { badge, seed, client });
  return show === "json" ? transcript.json() : transcript.text(host.hasColours ? coloured : plain);
}
