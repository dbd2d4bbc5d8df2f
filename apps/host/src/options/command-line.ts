/**
 * Options as a table: a command's line is read by it, its usage is made of it, and so is the sentence to who has left out
 * the `--` behind `npm start`, so that npm took an option for its own.
 */
import { didYouMean } from "@tessera/servers";
import { OptionError } from "./option-error.js";

/** One option of a command whose options are an `O`. */
export interface Option<O> {
  /** What stands behind it, as the usage names it; empty when nothing does. */
  readonly operand: string;
  /** Lines of the usage. */
  readonly help: readonly string[];
  /**
   * The options with this one.
   * @param operand what stands behind it; undefined: nothing does
   * @throws OptionError when that will not do
   */
  apply(options: O, name: string, operand: string | undefined): O;
}

/** Every option by its name, `--` in front, in the order of the usage. */
export type OptionTable<O> = Readonly<Record<string, Option<O>>>;

/** A command that can be started. */
export interface Command<O> {
  /** The script of package.json that starts it. */
  readonly script: string;
  readonly options: OptionTable<O>;
  readonly defaults: O;
  /** Whether these ask for something that makes all others beside the point, such as `--help`. */
  isAnswered(options: O): boolean;
}

/** What stood on a command's line. */
export interface Given<O> {
  readonly options: O;
  /** What was no option, in order. */
  readonly words: readonly string[];
  /** Names of the options that stood there. */
  readonly names: readonly string[];
}

/**
 * Read a command's line. `--NAME=VALUE` is as `--NAME VALUE`, and `-h` as `--help`.
 * @throws OptionError for an option that there is not or that npm has taken, and where an option's operand will not do
 */
export function readOptions<O>(
  command: Command<O>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Given<O> {
  const taken = takenByNpm(command, args, env);
  if (taken !== null) throw new OptionError(taken);
  let options = command.defaults;
  const [words, names]: [string[], string[]] = [[], []];
  const rest = args.flatMap((arg) => /^(--[a-z]+)=(.*)$/s.exec(arg)?.slice(1) ?? [arg]);
  for (let i = 0; i < rest.length && !command.isAnswered(options); i++) {
    const arg = rest[i] === "-h" ? "--help" : (rest[i] as string);
    if (!arg.startsWith("-")) {
      words.push(arg);
      continue;
    }
    const option = Object.hasOwn(command.options, arg) ? command.options[arg] : undefined;
    if (option === undefined) throw new OptionError(noOption(arg, Object.keys(command.options)));
    options = option.apply(options, arg, option.operand === "" ? undefined : rest[++i]);
    names.push(arg);
  }
  return { options, words, names };
}

/** The options of a usage: a line for each, with what it does in a column of its own. */
export function optionLines<O>(options: OptionTable<O>): string {
  const heads = Object.entries(options).map(([name, { operand }]) => `${name} ${operand}`.trimEnd());
  const width = Math.max(...heads.map((head) => head.length));
  const lines = Object.values(options).flatMap(({ help }, i) =>
    help.map((line, n) => `  ${(n === 0 ? (heads[i] as string) : "").padEnd(width)}  ${line}`),
  );
  return lines.join("\n");
}

/**
 * What npm took for its own, in a sentence that says how to write it; null: nothing. In `npm start --virtual` the option
 * reaches npm and not us, since `--` is missing. npm leaves in the environment what it took.
 */
function takenByNpm<O>(
  { script, options }: Command<O>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | null {
  if (env["npm_lifecycle_event"] !== script) return null;
  const left = [...args];
  const taken = Object.entries(options).flatMap(([option, { operand }]) => {
    const value = env[`npm_config_${option.slice(2)}`] ?? "";
    if (value === "") return [];
    if (operand === "") return [option];
    return [option, value === "true" ? (left.shift() ?? operand) : value];
  });
  if (taken.length === 0) return null;
  const instead = [script === "start" ? "npm start" : `npm run ${script}`, "--", ...left, ...taken].join(" ");
  return `npm has taken ${taken[0]} for itself: options stand behind "--", as in ${instead}`;
}

function noOption(arg: string, names: readonly string[]): string {
  const guess = didYouMean(arg, names);
  return `There is no option ${JSON.stringify(arg)}; ${guess === "" ? "" : `${guess} `}--help lists them.`;
}
