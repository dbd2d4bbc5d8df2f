/**
 * What a command line says, as data:
 *
 *     line      = step (";" | "&&" | "||" | "&") step …
 *     step      = command "|" command …            one pipeline, with the condition on which it runs
 *     command   = words and redirections, in any order
 *
 * `&` sends one pipeline to the background. Nothing is looked up here: names and paths may be of anything.
 */
import { BadLine, type Token, tokensOf, type Word } from "./tokens.js";

/** Where a command's input comes from, or its output goes to, instead of the terminal. */
export interface Redirect {
  readonly kind: "<" | ">" | ">>";
  readonly path: Word;
}

/** A program or builtin with its arguments. */
export interface Command {
  /** At least one: what is to be run. */
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
}

/** A pipeline, and when it runs. */
export interface Step {
  readonly commands: readonly Command[];
  /** `success`: if what ran last has ended with 0; `failure`: if not. */
  readonly when: "always" | "success" | "failure";
  readonly background: boolean;
  /** As it was typed. */
  readonly text: string;
}

/** What may stand at the end of a step, and when the next one runs. */
const ENDS = { ";": "always", "&": "always", "&&": "success", "||": "failure" } as const;

/** The steps of a line; none for an empty one. @throws BadLine for what is no line of commands */
export function parseLine(line: string): Step[] {
  const tokens = tokensOf(line);
  const steps: Step[] = [];
  let when: Step["when"] = "always";
  let first = 0;
  for (let i = 0; i <= tokens.length; i++) {
    const token = tokens[i];
    const end = token === undefined || !("operator" in token) ? undefined : token.operator;
    if (token !== undefined && (end === undefined || !(end in ENDS))) continue;
    const own = tokens.slice(first, i);
    if (own.length === 0 && (end !== undefined || when !== "always")) {
      throw new BadLine(
        end === undefined ? "the line ends where a command is missing" : `nothing stands before ${end}`,
      );
    }
    if (own.length > 0) {
      if (end === "&" && when !== "always")
        throw new BadLine("& sends one pipeline to the background, not a chain of them");
      steps.push(stepOf(own, when, end === "&", line));
    }
    if (end !== undefined) when = ENDS[end as keyof typeof ENDS];
    first = i + 1;
  }
  return steps;
}

function stepOf(tokens: readonly Token[], when: Step["when"], background: boolean, line: string): Step {
  const commands: Command[] = [];
  let first = 0;
  for (let i = 0; i <= tokens.length; i++) {
    const token = tokens[i];
    if (token !== undefined && !("operator" in token && token.operator === "|")) continue;
    if (i === first) throw new BadLine("a command is missing beside |");
    commands.push(commandOf(tokens.slice(first, i)));
    first = i + 1;
  }
  checkPipes(commands);
  const text = line.slice((tokens[0] as Token).at, (tokens.at(-1) as Token).end);
  return { commands, when, background, text };
}

function commandOf(tokens: readonly Token[]): Command {
  const words: Word[] = [];
  const redirects: Redirect[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as Token;
    if ("word" in token) {
      words.push(token.word);
      continue;
    }
    const path = tokens[++i];
    if (path === undefined || !("word" in path))
      throw new BadLine(`the name of a file is missing behind ${token.operator}`);
    redirects.push({ kind: token.operator as Redirect["kind"], path: path.word });
  }
  if (words.length === 0) throw new BadLine("a command is missing: there are only files");
  const reads = redirects.filter(({ kind }) => kind === "<").length;
  if (reads > 1 || redirects.length - reads > 1) throw new BadLine("a command has one input and one output");
  return { words, redirects };
}

function checkPipes(commands: readonly Command[]): void {
  commands.forEach(({ redirects }, i) => {
    const reads = redirects.some(({ kind }) => kind === "<");
    if (reads && i > 0) throw new BadLine("a command behind | reads from there, not from a file");
    if (redirects.length > (reads ? 1 : 0) && i < commands.length - 1) {
      throw new BadLine("a command in front of | writes to it, not to a file");
    }
  });
}
