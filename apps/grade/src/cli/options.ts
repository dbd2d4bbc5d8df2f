/** What may stand behind `npm run grade --`. */
import { type Command, fileName, OptionError, optionLines, readOptions, wholeNumber } from "@tessera/app-host";
import { didYouMean } from "@tessera/servers";
import { BUGS } from "../bugs/index.js";
import { CHECKS } from "../checks/index.js";
import { type Check, MILESTONES, type Milestone, milestoneOf } from "../exam/check.js";

export interface Options {
  /** The folder of the solution; null: ours. */
  readonly folder: string | null;
  /** Milestones that are graded; none: all. */
  readonly milestones: readonly Milestone[];
  /** Checks that are carried out; none: all of the milestones. */
  readonly only: readonly string[];
  /** A bug that is planted into our servers first. */
  readonly bug: string | null;
  readonly seed: number;
  /** A file for the report. */
  readonly json: string | null;
  /** Tell more of each check. */
  readonly verbose: boolean;
  readonly show: "report" | "list" | "help";
}

const DEFAULTS: Options = {
  ...{ folder: null, milestones: [], only: [], bug: null, seed: 1, json: null, verbose: false, show: "report" },
};

const OPTIONS: Command<Options>["options"] = {
  "--milestone": {
    operand: "M",
    help: ["the checks of this milestone, such as M3; may be given more than once"],
    apply: (options, name, operand) => ({
      ...options,
      milestones: [...options.milestones, milestone(name, operand)],
    }),
  },
  "--only": {
    operand: "CHECK",
    help: ["this check, such as M3/heap; may be given more than once"],
    apply: (options, name, operand) => ({
      ...options,
      only: [
        ...options.only,
        oneOf(
          name,
          operand,
          CHECKS.map(({ id }) => id),
        ),
      ],
    }),
  },
  "--seed": {
    operand: "N",
    help: ["the seed of what the checks leave to chance, and of the machine (default 1)"],
    apply: (options, name, operand) => ({ ...options, seed: wholeNumber(name, operand) }),
  },
  "--bug": {
    operand: "NAME",
    help: ["plant this bug into our servers first; --list lists them"],
    apply: (options, name, operand) => ({
      ...options,
      bug: oneOf(
        name,
        operand,
        BUGS.map((bug) => bug.name),
      ),
    }),
  },
  "--json": {
    operand: "FILE",
    help: ["write the report into FILE as well, as JSON"],
    apply: (options, name, operand) => ({ ...options, json: fileName(name, operand) }),
  },
  "--verbose": {
    operand: "",
    help: ["show the console of checks that fail, how long all took, and what the solution prints by console.log"],
    apply: (options) => ({ ...options, verbose: true }),
  },
  "--list": {
    operand: "",
    help: ["what is checked, and which bugs there are to be planted; nothing runs"],
    apply: (options) => ({ ...options, show: "list" }),
  },
  "--help": {
    operand: "",
    help: ["this text"],
    apply: (options) => ({ ...options, show: "help" }),
  },
};

export const HELP = `usage: npm run grade -- [FOLDER] [OPTION...]

Boots the operating system in FOLDER, ours if none is given, for each check of the course's milestones, and reports what
holds, what does not, and where to look. FOLDER/index.ts exports a solution as its default: apps/grade/README.md.

${optionLines(OPTIONS)}

Exit code 0: all checks pass. 1: one does not, or the solution cannot be loaded. 2: a bad option.
`;

/** @throws OptionError, whose message is one sentence */
export function parseOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const command = {
    ...{ script: "grade", options: OPTIONS, defaults: DEFAULTS },
    isAnswered: ({ show }: Options) => show === "help",
  };
  const { options, words } = readOptions(command, args, env);
  const [folder = null, more] = words;
  if (more !== undefined) throw new OptionError(`One folder is graded at a time: leave ${JSON.stringify(more)} out.`);
  if (folder === "") throw new OptionError("The folder has no name: leave it out for ours.");
  if (folder !== null && options.bug !== null)
    throw new OptionError("--bug is for our own servers: leave the folder out.");
  return { ...options, folder };
}

/** The checks that these options ask for: one at least. @throws OptionError when one of them is not of the milestones */
export function chosenChecks({ milestones, only }: Options): readonly Check[] {
  const within = CHECKS.filter((check) => milestones.length === 0 || milestones.includes(milestoneOf(check)));
  const outside = only.find((id) => !within.some((check) => check.id === id));
  if (outside !== undefined) {
    throw new OptionError(`--only ${outside} is no check of --milestone ${milestones.join(" and ")}: leave one out.`);
  }
  return only.length === 0 ? within : within.filter(({ id }) => only.includes(id));
}

function milestone(option: string, operand: string | undefined): Milestone {
  const known = Object.keys(MILESTONES);
  const found = sameAs(operand, known);
  if (found !== undefined) return found as Milestone;
  throw new OptionError(`${option} takes ${known[0]} to ${known.at(-1)}, not ${said(operand)}.`);
}

function oneOf(option: string, operand: string | undefined, known: readonly string[]): string {
  const found = sameAs(operand, known);
  if (found !== undefined) return found;
  const whole = sameAs(operand, Object.keys(MILESTONES));
  if (option === "--only" && whole !== undefined) {
    throw new OptionError(`--only takes a check, and ${whole} is a milestone: --milestone ${whole}.`);
  }
  const guess = operand === undefined ? "" : didYouMean(operand, known);
  const asked = guess === "" ? "" : ` D${guess.slice(1)}`;
  throw new OptionError(`${option} takes one of those that --list lists, not ${said(operand)}.${asked}`);
}

/** Small letters are as good as large ones. */
function sameAs(operand: string | undefined, known: readonly string[]): string | undefined {
  return known.find((one) => one.toLowerCase() === operand?.toLowerCase());
}

function said(operand: string | undefined): string {
  return operand === undefined ? "nothing" : JSON.stringify(operand);
}
