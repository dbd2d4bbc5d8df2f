/** `npm run fuzz-images`: spoiled volumes, by seed, and those who use them. */
import { type Command, OptionError, optionLines, readOptions, wholeNumber } from "@tessera/app-host";
import { makeBase, SHAPES } from "../fuzz/bases.js";
import { placesOf } from "../fuzz/spoil.js";
import { type Outcome, tryImage } from "../fuzz/trial.js";
import type { Host } from "./host.js";

interface Options {
  readonly help: boolean;
  readonly seed: number;
  readonly runs: number;
  /** Only this one. */
  readonly run: number | null;
}

const DEFAULT_RUNS = 1000;

const COMMAND: Command<Options> = {
  script: "fuzz-images",
  defaults: { help: false, seed: 1, runs: DEFAULT_RUNS, run: null },
  isAnswered: ({ help }) => help,
  options: {
    "--seed": {
      operand: "S",
      help: ["which images (default 1); the same seed, the same images"],
      apply: (options, name, operand) => ({ ...options, seed: wholeNumber(name, operand) }),
    },
    "--runs": {
      operand: "N",
      help: [`how many (default ${DEFAULT_RUNS})`],
      apply: (options, name, operand) => ({ ...options, runs: wholeNumber(name, operand, 1) }),
    },
    "--run": {
      operand: "I",
      help: ["only this one of the seed"],
      apply: (options, name, operand) => ({ ...options, run: wholeNumber(name, operand) }),
    },
    "--help": { operand: "", help: ["this text"], apply: (o) => ({ ...o, help: true }) },
  },
};

const HELP = `npm run fuzz-images -- [OPTION...]

Volumes of ${SHAPES.length} shapes are spoiled where they have their books, and then checked, used, mended, checked and used again. Whatever
lies there, nobody may throw, go on for ever, reach outside of the disk, answer what is not declared, or write data where
the volume has its books; and what was mended is in order, and stays so while it is used.

${optionLines(COMMAND.options)}

The last line counts images and findings. Exit code 0: no findings; 1: each comes with the line that replays it.
`;

/** Findings after which it is enough. */
const MOST_FINDINGS = 20;

/** The command. @returns its exit code */
export function runFuzzImages(args: readonly string[], host: Host): number {
  const { options, words } = readOptions(COMMAND, args, host.env);
  if (words.length > 0) throw new OptionError(`fuzz-images takes options only, not ${JSON.stringify(words[0])}.`);
  if (options.help) {
    host.out(HELP);
    return 0;
  }
  const { seed } = options;
  const first = options.run ?? 0;
  const end = options.run === null ? options.runs : first + 1;
  const bases = SHAPES.map(makeBase).map((image) => ({ image, places: placesOf(image) }));
  const counts = new Map<string, number>();
  let [tried, findings] = [0, 0];
  for (let run = first; run < end && findings < MOST_FINDINGS; run++) {
    host.progress(`${run} of ${end}, ${findings} findings`);
    const { image, places } = bases[run % bases.length]!;
    const outcome = tryImage(image, places, seed, run);
    tried++;
    for (const word of wordsOf(outcome)) counts.set(word, (counts.get(word) ?? 0) + 1);
    if (options.run !== null) host.out(outcome.changes.map((change) => `${change}\n`).join(""));
    if (outcome.problem === null) continue;
    findings++;
    host.progress("");
    host.out(`${outcome.problem}\n  again: npm run fuzz-images -- --seed ${seed} --run ${run}\n`);
  }
  host.progress("");
  host.out(`${[...counts].map(([word, count]) => `${count} ${word}`).join(", ")}.\n`);
  host.out(`${tried} images, ${findings} findings\n`);
  return findings === 0 ? 0 : 1;
}

/** What became of one, for the counts at the end. */
function wordsOf({ looked, repaired, opened }: Outcome): string[] {
  return [`found ${looked}`, opened ? "opened" : "not opened", ...(repaired === "" ? [] : [`then ${repaired}`])];
}
