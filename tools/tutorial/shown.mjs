/**
 * Is what a document shows of a command's output what the command prints?
 *
 * Line by line and to the letter, but for what stands behind … in the document, where its reader sees that something
 * is left out. Empty lines at the beginning and the end do not count.
 */

const ELLIPSIS = "…";

/** What a pattern is made of: … on a line, … in a line, and, when they may have changed, numbers. */
const PARTS = /^…\n|…|0x[0-9a-f]+|\d+/gm;

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The lines as one text, each ended, without empty ones around them. */
const textOf = (lines) => `${lines.join("\n").replace(/^\n+|\s+$/g, "")}\n`.replace(/^\n$/, "");

/** The expression that matches what `text` shows, one group for every part that may be something else. */
function patternOf(text, numbersMayDiffer) {
  let pattern = "";
  let end = 0;
  for (const { 0: part, index } of text.matchAll(PARTS)) {
    pattern += escaped(text.slice(end, index)) + groupOf(part, numbersMayDiffer);
    end = index + part.length;
  }
  return new RegExp(`^${pattern}${escaped(text.slice(end))}$`);
}

function groupOf(part, numbersMayDiffer) {
  if (part === `${ELLIPSIS}\n`) return "((?:.*\\n)*?)";
  if (part === ELLIPSIS) return "(.*?)";
  if (numbersMayDiffer) return part.startsWith("0x") ? "(0x[0-9a-f]+)" : "(\\d+)";
  return `(${part})`;
}

/** Whether the lines `shown` show the output `given`. */
export function shows(shown, given) {
  return patternOf(textOf(shown), false).test(textOf(given.split("\n")));
}

/** `shown` with the numbers of `given`; null when they differ in more than numbers. */
export function renewed(shown, given) {
  const text = textOf(shown);
  const found = patternOf(text, true).exec(textOf(given.split("\n")));
  if (found === null) return null;
  let group = 0;
  const now = text.replace(PARTS, (part) => {
    group++;
    return part.startsWith(ELLIPSIS) ? part : found[group];
  });
  return now.split("\n").slice(0, -1);
}
