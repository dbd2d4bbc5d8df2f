/** Random programs on the broken kernel, until the fuzzer finds something. */
import { readFileSync } from "node:fs";
import { THREADS } from "@tessera/conformance/recording";
import { campaign } from "@tessera/fuzz/judge";
import type { Order, Report } from "./report.js";

const SEED = 1;

export function randomPrograms({ seeds: file, limit }: Order, progress: (done: number) => void): Report {
  const seeds = readFileSync(file, "utf8").trim().split("\n");
  const { ops, found } = campaign({
    ...{ seed: SEED, threads: THREADS, seeds, ops: limit },
    progress: ({ ops: done }) => progress(done),
  });
  if (found === null || found.examined.finding === null) return { done: ops, found: null };
  const { kind, text } = found.examined.finding;
  const what = (/invariants are violated\s+(.*)/.exec(text)?.[1] ?? text).split("\n", 1)[0] ?? "";
  return { done: ops, found: { by: "random programs", what: `${kind}: ${what}` } };
}
