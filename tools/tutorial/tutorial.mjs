/**
 * The tutorials of the manual: where they are, and what whoever plays them has done already.
 *
 * The reader packs the packages in a clone beside the new folder. That is done once, by the same script, and not again.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { play, tellDifference } from "./play.mjs";
import { renewed } from "./shown.mjs";
import { stepsOf } from "./steps.mjs";

const DOCUMENTS = ["docs/manual/tutorial.md", "docs/manual/own-server.md"];

/** The folder with the tarballs, from the one in which the tutorial begins, as the document has it. */
export const TARBALLS = "tarballs";
const CLONE = "tessera";
const PACK = `npm run tarballs -- ../${TARBALLS}`;

/**
 * Plays them in `scratch`, where the tarballs are, each in the folder that it makes there. `update` writes numbers that
 * differ into the documents.
 * @returns what was played, in a line @throws Error with all that is not as a document says
 */
export function playTutorials(root, scratch, { update = false } = {}) {
  mkdirSync(join(scratch, CLONE));
  return DOCUMENTS.map((document) => playTutorial(root, document, scratch, update)).join("; ");
}

function playTutorial(root, name, scratch, update) {
  const document = readFileSync(join(root, name), "utf8");
  const steps = stepsOf(document);
  const names = readdirSync(join(scratch, TARBALLS)).sort();
  const different = play(steps, scratch, new Map([[PACK, names.join("\n")]]));
  const text = update ? updated(document, different) : document;
  if (text !== document) writeFileSync(join(root, name), text);
  else if (different.length > 0) throw new Error(`${name}\n${different.map(tellDifference).join("\n")}`);
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
