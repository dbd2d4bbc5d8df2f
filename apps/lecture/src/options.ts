/** What may stand behind `npm run lecture --`. */
import { CLIENTS, type ClientName } from "./machine.js";

export interface Options {
  readonly badge: number;
  readonly seed: number;
  readonly client: ClientName;
  /** What is printed. */
  readonly show: "text" | "json" | "trace" | "help";
}

const DEFAULTS: Options = { badge: 0xff, seed: 1, client: "lecture", show: "text" };

export const HELP = `usage: npm run lecture -- [OPTION...]

Plays the lecture's exchange between a client and a server on a simulated kernel, and tells from its trace what happened.

  --badge N      the badge that the server mints for its client (default 0xff)
  --client NAME  who calls: lecture (default), or one that makes a mistake:
                 strays, throws, recurses, yields, forgets, catches
  --seed N       the seed of the machine's randomness, of which the lecture uses none (default 1)
  --json         the same facts as one JSON document
  --trace        every record of the trace as it is
  --help         this text

Numbers are decimal, or hexadecimal with 0x. Colours are for terminals; NO_COLOR turns them off.
Exit code 0: the lecture was played to its end, whatever its programs did. 1: a bad option, or the machine had to stop.
`;

/** @throws OptionError, whose message is one sentence. */
export function parseOptions(args: readonly string[]): Options {
  let options = DEFAULTS;
  const rest = args.flatMap((arg) => /^(--[a-z]+)=(.*)$/s.exec(arg)?.slice(1) ?? [arg]);
  for (let i = 0; i < rest.length; i++) {
    const option = rest[i] as string;
    switch (option) {
      case "--badge":
      case "--seed":
        options = { ...options, [option.slice(2)]: wholeNumber(option, rest[++i]) };
        break;
      case "--client":
        options = { ...options, client: clientName(rest[++i]) };
        break;
      case "--json":
      case "--trace":
        if (options.show === "json" || options.show === "trace")
          throw new OptionError("Choose one of --json and --trace.");
        options = { ...options, show: option === "--json" ? "json" : "trace" };
        break;
      case "--help":
      case "-h":
        return { ...options, show: "help" };
      default:
        throw new OptionError(`There is no option ${JSON.stringify(option)}; --help lists them.`);
    }
  }
  return options;
}

export class OptionError extends Error {}

function wholeNumber(option: string, text: string | undefined): number {
  const value = text !== undefined && /^(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  const found = text === undefined ? "nothing" : JSON.stringify(text);
  throw new OptionError(`${option} takes a whole number from 0 to 2^53 - 1, not ${found}.`);
}

function clientName(text: string | undefined): ClientName {
  if (text !== undefined && Object.hasOwn(CLIENTS, text)) return text as ClientName;
  const found = text === undefined ? "nothing" : JSON.stringify(text);
  throw new OptionError(`--client takes one of ${Object.keys(CLIENTS).join(", ")}, not ${found}.`);
}
