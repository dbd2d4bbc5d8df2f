/**
 * What a tutorial has its reader do, in order: every fenced block of the document is a step, and there is no other kind.
 *
 *     ts, json     a file, written whole; its first line is a comment with its name
 *     diff         a change: `--- NAME`, then lines that stay, go (-) and come (+), in several places after `@@` each
 *     console      commands behind "$ ", each with what it prints; `console fails` where the commands have to fail
 *
 * In what is printed, … stands for what differs from host to host or would only lengthen the page: in a line, for the
 * rest of what may stand there; on a line of its own, for any lines.
 */

const FENCE = /^```(.*)\n([\s\S]*?)^```$/gm;

/** @throws Error with the line of a block that is no step */
export function stepsOf(document) {
  return [...document.matchAll(FENCE)].flatMap(({ index, 1: kind, 2: body }) => {
    const fence = document.slice(0, index).split("\n").length;
    if (!Object.hasOwn(KINDS, kind)) throw new Error(`line ${fence}: a block of this kind is no step: \`\`\`${kind}`);
    return KINDS[kind](body, fence + 1);
  });
}

const KINDS = {
  ts: file,
  json: file,
  diff: change,
  console: (body, line) => commands(body, line, false),
  "console fails": (body, line) => commands(body, line, true),
};

function file(text, line) {
  const [, name] = /^\/\/ (\S+)\n/.exec(text) ?? [];
  if (name === undefined) throw new Error(`line ${line}: the first line of a file is a comment with its name`);
  return [{ kind: "file", line, name, text }];
}

function change(body, line) {
  const [, name, rest] = /^--- (\S+)\n([\s\S]*)$/.exec(body) ?? [];
  if (name === undefined) throw new Error(`line ${line}: a change begins with --- and the name of a file`);
  const hunks = rest.split(/^@@\n/m).filter((hunk) => hunk !== "");
  return hunks.map((hunk) => ({ kind: "change", line, name, before: without("+", hunk), after: without("-", hunk) }));
}

/** The lines of a hunk but for those with one mark, without their marks. */
function without(mark, hunk) {
  const lines = hunk.split("\n").slice(0, -1);
  return lines
    .filter((text) => !text.startsWith(mark))
    .map((text) => `${text.slice(1)}\n`)
    .join("");
}

function commands(body, line, fails) {
  const steps = [];
  for (const [index, text] of body.split("\n").slice(0, -1).entries()) {
    if (text.startsWith("$ ")) {
      steps.push({ kind: "command", line: line + index, command: text.slice(2), shown: [], fails });
      continue;
    }
    const last = steps.at(-1);
    if (last === undefined) throw new Error(`line ${line}: commands begin with "$ "`);
    last.shown.push(text);
  }
  return steps;
}
