/**
 * Tools: the programs that a shell starts. Each is a component that declares what it needs, and gets from the shell that
 * starts it exactly that: a tool that names no files has none.
 *
 *     stdin, stdout, errors   where it reads, writes, and complains: files, pipes or the terminal
 *     files, devices          the directories "/" and "/dev"; `look`: "/" to be looked at only
 *     timer, entropy          the clock; random bytes
 *     lines, lookup           what the log has kept; names that are registered, to be looked up
 *     table                   the processes of this shell
 *
 * Its arguments are the directory in which the command was typed and its words, with NUL between them. What its `main`
 * returns is its status: 0 when all went well.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type Component,
  calls,
  component,
  File,
  FileWriter,
  type Handles,
  type Nothing,
} from "@tessera/servers";
import { inWords } from "./paths.js";
import { takeOptions } from "./tool-options.js";

/** What separates words of arguments: no word has it, since no line is understood that has one with it. */
const SEPARATOR = "\0";

/** Words as a program is given them. */
export function argsOf(directory: string, words: readonly string[]): string {
  return [directory, ...words].join(SEPARATOR);
}

/** What every tool has. */
export interface Tool {
  /** The options that it was given, with what was said behind those that take a word; else "". */
  readonly options: ReadonlyMap<string, string>;
  /** The other words behind its name. */
  readonly words: readonly string[];
  /** Where paths without "/" at their beginning begin. */
  readonly directory: string;
  /** Write to its output. What nobody takes ends the program. Can block. */
  print(text: string): Thread<void>;
  /** Likewise, bytes. */
  write(bytes: Uint8Array): Thread<void>;
  /** Where the next write to its output goes, for who is handed it. Can block. */
  endOfOutput(): Thread<number>;
  /** Say what is wrong, with its name in front. @returns 1, the status that it ends with then */
  complain(sentence: string): Thread<number>;
  /** Say that `path` failed by the word `error`. @returns 1 */
  failed(path: string, error: string): Thread<number>;
}

/** What a tool takes and does: what it says when it is run with `--help` alone. */
export interface Usage {
  /** Its words: `[-l] [PATH...]`. */
  readonly takes: string;
  readonly does: string;
  /** Its options: `-l`, or `-n LINES` where a word follows; `any`: all of its words are words. Default: none. */
  readonly options?: readonly string[] | "any";
}

/** The word that has a tool say what it takes, where it stands alone. */
export const HELP = "--help";

/** Status of a tool that has been given words that it does not take. */
const MISUSED = 2;

const STANDARD = { stdout: calls(File), errors: calls(File) };

type Needs = Readonly<Record<string, ReturnType<typeof calls>>>;

/** Thrown to end a tool whose output nobody takes. */
class OutputRefused extends Error {
  readonly error: string;

  constructor(error: string) {
    super(error);
    this.error = error;
  }
}

/**
 * A tool. What is called as an option would be is named behind `--`, or by a path, as in `./-x`.
 * @param needs what it needs beside output and errors
 * @param main returns its status
 */
export function tool<const N extends Needs>(
  name: string,
  { takes, does, options = [] }: Usage,
  needs: N,
  main: (tool: Tool, handles: Handles<N & typeof STANDARD, Nothing>) => Thread<number>,
): Component {
  return component(name, {
    needs: { ...STANDARD, ...needs },
    *main(handles) {
      const { stdout, errors, self } = handles as Handles<typeof STANDARD, Nothing>;
      const output = new FileWriter(stdout, yield* endOf(stdout));
      const complaints = new FileWriter(errors);
      const [directory = "/", ...said] = self.args.split(SEPARATOR);
      const given =
        options === "any" ? { options: new Map<string, string>(), words: said } : takeOptions(said, options);
      const own: Tool = {
        ...("misuse" in given ? { options: new Map<string, string>(), words: [] } : given),
        directory,
        *print(text) {
          yield* own.write(new TextEncoder().encode(text));
        },
        *write(bytes) {
          const { error } = yield* output.write(bytes);
          if (error !== null) throw new OutputRefused(error);
        },
        *complain(sentence) {
          yield* complaints.print(`${name}: ${sentence}\n`);
          return 1;
        },
        endOfOutput: () => endOf(stdout),
        failed: (path, error) => own.complain(`${path}: ${inWords(error)}`),
      };
      try {
        const usage = `${name} ${takes}`.trimEnd();
        if (said.length === 1 && said[0] === HELP) {
          yield* own.print(`${usage}: ${does}\n`);
          return 0;
        }
        if ("misuse" in given) {
          yield* own.complain(`${given.misuse}: ${usage}`);
          return MISUSED;
        }
        return yield* main(own, handles as unknown as Handles<N & typeof STANDARD, Nothing>);
      } catch (error) {
        if (!(error instanceof OutputRefused)) throw error;
        // Whoever reads has enough, as `head` has: no reason to complain.
        if (error.error !== "BrokenPipe") yield* own.complain(`its output: ${inWords(error.error)}`);
        return 1;
      }
    },
  });
}

/** Where writing begins: a file is added to; whoever wants it anew has emptied it. Can block. */
export function* endOf(file: Client<typeof File>): Thread<number> {
  const stat = yield* file.stat();
  return stat.error === null && stat.kind === "file" ? stat.size : 0;
}
