/** `npm run bench`: runs the cases, each in its process, and tells how the figures stand to their aims. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { CASES } from "./cases/index.js";
import { HELP, type Options, parseOptions } from "./options.js";
import { type Report, report } from "./report/report.js";
import { intoDocument, table } from "./report/text.js";
import { runCase } from "./run-case.js";

function main(args: readonly string[]): number {
  let options: Options;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error((error as Error).message);
    return 1;
  }
  if (options.mode === "help") console.log(HELP);
  else if (options.mode === "list") list();
  else return run(options);
  return 0;
}

function list(): void {
  const width = Math.max(...CASES.map(({ name }) => name.length)) + 2;
  for (const { name, group, title } of CASES) console.log(`${name.padEnd(width)}${group}: ${title}`);
}

function run({ only, settings, json, markdown: markdownFile }: Options): number {
  const chosen = only.length === 0 ? CASES : CASES.filter(({ name }) => only.some((prefix) => name.startsWith(prefix)));
  if (chosen.length === 0) {
    console.error(`no case is called ${only.join(" or ")}; --list names them`);
    return 1;
  }
  const outcomes = chosen.map((each, i) => {
    console.error(`${i + 1}/${chosen.length} ${each.title} ...`);
    return runCase(each, settings);
  });
  const result = report(outcomes);
  console.log(table(result));
  if (json !== null) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
  if (markdownFile !== null) writeMarkdown(markdownFile, result);
  for (const { name, error } of result.errors) console.error(`\n${name} has no figure:\n${error}`);
  return result.errors.length > 0 ? 1 : 0;
}

function writeMarkdown(file: string, result: Report): void {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  writeFileSync(file, intoDocument(before, result));
}

process.exitCode = main(process.argv.slice(2));
