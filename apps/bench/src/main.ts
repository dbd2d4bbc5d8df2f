/** `npm run bench`: what system calls cost on this host. Ratios within one run count; nothing fails by them. */
import { CASES } from "./cases.js";
import { measure, type Row } from "./measure.js";

const HELP = `npm run bench -- [--rounds N] [--json]

Medians of N rounds (default 15). F is two generators resumed in turn, in the same process.
"no trace" and "no explainer" are the time without that part over the time with it.`;

function main(args: readonly string[]): number {
  if (args.includes("--help")) {
    console.log(HELP);
    return 0;
  }
  const at = args.indexOf("--rounds");
  const rounds = at < 0 ? 15 : Number(args[at + 1]);
  const known = args.every((arg, i) => arg === "--json" || arg === "--rounds" || (at >= 0 && i === at + 1));
  if (!known || !Number.isInteger(rounds) || rounds < 1) {
    console.error("The options are --rounds N, with N of 1 or more, --json and --help.");
    return 1;
  }
  const rows = CASES.map((each) => {
    if (process.stderr.isTTY) process.stderr.write(`${each.name} ...\n`);
    return measure(each, rounds);
  });
  console.log(args.includes("--json") ? JSON.stringify(rows, null, 2) : table(rows));
  return 0;
}

function table(rows: readonly Row[]): string {
  const head = `${"".padEnd(32)}${"ns".padStart(8)}${"F".padStart(8)}${"no trace".padStart(11)}${"no explainer".padStart(14)}  hash`;
  const lines = rows.map(
    ({ name, nanoseconds, floors, withoutTrace, withoutExplainer, hash }) =>
      name.padEnd(32) +
      nanoseconds.toFixed(0).padStart(8) +
      floors.toFixed(1).padStart(8) +
      withoutTrace.toFixed(2).padStart(11) +
      withoutExplainer.toFixed(2).padStart(14) +
      `  ${hash}`,
  );
  return [head, ...lines].join("\n");
}

process.exitCode = main(process.argv.slice(2));
