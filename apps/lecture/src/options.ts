/** What may stand behind `npm run lecture --`. */
import { type Command, fileName, OptionError, optionLines, readOptions, wholeNumber } from "@tessera/app-host";
import { didYouMean } from "@tessera/servers";
import { FIRST, findScenario, scenarioNames } from "./scenes/catalogue.js";
import { CLIENTS, type ClientName } from "./scenes/exchange.js";
import type { Choices, Scenario } from "./scenes/scene.js";

export interface Options {
  readonly scenario: Scenario;
  readonly badge: number;
  readonly client: ClientName;
  readonly seed: number;
  /** The file that the run's log is written to. */
  readonly log: string | null;
  /** The file with the log of a run that is to be repeated; scene, choices and seed are the log's. */
  readonly replay: string | null;
  /** Whether the kernel checks its invariants at every exit. */
  readonly check: boolean;
  /** What is printed. */
  readonly show: "text" | "json" | "trace" | "help" | "list";
}

const DEFAULTS: Options = {
  scenario: FIRST,
  badge: 0xff,
  client: "lecture",
  seed: 1,
  log: null,
  replay: null,
  check: false,
  show: "text",
};

const OPTIONS: Command<Options>["options"] = {
  "--list": {
    operand: "",
    help: ["what there is to be played"],
    apply: (options) => ({ ...options, show: "list" }),
  },
  "--badge": {
    operand: "N",
    help: ["exchange: the badge that the server mints for its client (default 0xff)"],
    apply: (options, name, operand) => ({ ...options, badge: wholeNumber(name, operand) }),
  },
  "--client": {
    operand: "NAME",
    help: [
      "exchange: who calls: lecture (default), or one that makes a mistake:",
      "strays, throws, recurses, yields, forgets, catches",
    ],
    apply: (options, _name, operand) => ({ ...options, client: clientName(operand) }),
  },
  "--seed": {
    operand: "N",
    help: ["the seed of the machine's randomness, of which the lecture uses none (default 1)"],
    apply: (options, name, operand) => ({ ...options, seed: wholeNumber(name, operand) }),
  },
  "--log": {
    operand: "FILE",
    help: ["write a log of the run, from which it can be replayed"],
    apply: (options, name, operand) => ({ ...options, log: fileName(name, operand) }),
  },
  "--replay": {
    operand: "FILE",
    help: [
      "run again what the log says, scene and choices and seed,",
      "and tell where it goes another way, if it does",
    ],
    apply: (options, name, operand) => ({ ...options, replay: fileName(name, operand) }),
  },
  "--check": {
    operand: "",
    help: ["have the kernel check its invariants at every exit; the run is the same"],
    apply: (options) => ({ ...options, check: true }),
  },
  "--json": {
    operand: "",
    help: ["the same facts as one JSON document"],
    apply: (options) => showing(options, "json"),
  },
  "--trace": {
    operand: "",
    help: ["every record of the trace as it is"],
    apply: (options) => showing(options, "trace"),
  },
  "--help": {
    operand: "",
    help: ["this text"],
    apply: (options) => ({ ...options, show: "help" }),
  },
};

export const HELP = `usage: npm run lecture -- [NAME] [OPTION...]

Plays a scene of the lecture on a simulated kernel, and tells from its trace what happened. Without a NAME it is the
exchange between a client and a server.

${optionLines(OPTIONS)}

Numbers are decimal, or hexadecimal with 0x. Colours are for terminals; NO_COLOR turns them off. Lines are as long as
the terminal is wide.
Exit code 0: the scene was played to its end, whatever its programs did. 1: a bad option, a replay that went another
way, or the machine had to stop.
`;

const COMMAND: Command<Options> = {
  script: "lecture",
  options: OPTIONS,
  defaults: DEFAULTS,
  isAnswered: ({ show }) => show === "help" || show === "list",
};

/** @throws OptionError, whose message is one sentence. */
export function parseOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const { options, words, names } = readOptions(COMMAND, args, env);
  if (COMMAND.isAnswered(options)) return options;
  checkReplay(options, [...words, ...names]);
  return checked({ ...options, scenario: scenarioNamed(words) }, names);
}

function showing(options: Options, show: "json" | "trace"): Options {
  if (options.show === "json" || options.show === "trace") throw new OptionError("Choose one of --json and --trace.");
  return { ...options, show };
}

/** What is replayed is what the log says; a log is of one scene. */
function checkReplay({ replay, log }: Options, given: readonly string[]): void {
  if (replay === null) return;
  const other = given.find((word) => !["--replay", "--check", "--json", "--trace", "--log"].includes(word));
  if (other !== undefined) throw new OptionError(`--replay plays what the log says: leave ${other} out.`);
  if (log !== null) throw new OptionError("Choose one of --log and --replay.");
}

/** A choice that makes no difference to what is played was meant for something else. */
function checked(options: Options, given: readonly string[]): Options {
  const { name, scenes } = options.scenario;
  if (options.log !== null && scenes.length > 1) {
    throw new OptionError(`--log records one scene; choose one of ${scenes.map((scene) => scene.name).join(", ")}.`);
  }
  for (const choice of ["badge", "client"] satisfies (keyof Choices)[]) {
    if (given.includes(`--${choice}`) && !scenes.some(({ takes }) => takes.includes(choice))) {
      throw new OptionError(`--${choice} makes no difference to ${name}: it is for the exchange.`);
    }
  }
  return options;
}

function scenarioNamed([name, ...more]: readonly string[]): Scenario {
  if (name === undefined) return FIRST;
  if (more.length > 0) throw new OptionError(`Choose one of ${[name, ...more].join(" and ")}.`);
  const found = findScenario(name);
  if (found !== undefined) return found;
  const guess = didYouMean(name, scenarioNames());
  const meant = guess === "" ? "" : `${guess} `;
  throw new OptionError(`There is nothing called ${JSON.stringify(name)} to be played; ${meant}--list lists all.`);
}

function clientName(text: string | undefined): ClientName {
  if (text !== undefined && Object.hasOwn(CLIENTS, text)) return text as ClientName;
  const found = text === undefined ? "nothing" : JSON.stringify(text);
  throw new OptionError(`--client takes one of ${Object.keys(CLIENTS).join(", ")}, not ${found}.`);
}
