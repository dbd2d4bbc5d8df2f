/**
 * The tutorial of the manual: where it is, and what whoever plays it has done already.
 *
 * The reader packs the packages in a clone beside the new folder. That is done once, by the same script, and not again.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { play, tellDifference } from "./play.mjs";
import { renewed } from "./shown.mjs";
import { stepsOf } from "./steps.mjs";

const DOCUMENT = "docs/manual/tutorial.md";

/** The folder with the tarballs, from the one in which the tutorial begins, as the document has it. */
export const TARBALLS = "tarballs";
const CLONE = "tessera";
const PACK = `npm run tarballs -- ../${TARBALLS}`;

/**
 * Plays it in `scratch`, where the tarballs are. `update` writes numbers that differ into the document.
 * @returns what was played, in a line @throws Error with all that is not as the document says
 */
export function playTutorial(root, scratch, { update = false } = {}) {
  const document = readFileSync(join(root, DOCUMENT), "utf8");
  const steps = stepsOf(document);
  mkdirSync(join(scratch, CLONE));
  const names = readdirSync(join(scratch, TARBALLS)).sort();
  const different = play(steps, scratch, new Map([[PACK, names.join("\n")]]));
  const text = update ? updated(document, different) : document;
  if (text !== document) writeFileSync(join(root, DOCUMENT), text);
  else if (different.length > 0) throw new Error(`${DOCUMENT}\n${different.map(tellDifference).join("\n")}`);
  const count = (kind) => steps.filter((step) => step.kind === kind).length;
  return `${count("file")} files, ${count("change")} changes, ${count("command")} commands`;
}

/** The document with the numbers that were printed. @throws Error where more than numbers differ */
function updated(document, different) {
  const lines = document.split("\n");
  for (const difference of different) {
    const { step, given } = difference;
    const now = renewed(step.shown, given);
    if (now === null) throw new Error(`more than numbers differ\n${tellDifference(difference)}`);
    lines.splice(step.line, step.shown.length, ...now);
  }
  return lines.join("\n");
}
