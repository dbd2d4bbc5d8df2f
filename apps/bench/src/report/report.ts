/** A whole run: figures by group with what is wanted of them, the floor, and the host that it was measured on. */
import { arch, cpus, platform } from "node:os";
import type { Figure } from "../measure/figure.js";
import { summarise } from "../measure/statistics.js";
import type { Outcome } from "../run-case.js";
import { type Verdict, verdict } from "./aims.js";
import { derived } from "./derived.js";

export interface ReportedFigure extends Figure {
  readonly group: string;
  /** The case that measured it; null for what was computed from others. */
  readonly case: string | null;
  readonly verdict: Verdict | null;
}

export interface FloorReport {
  /** Nanoseconds of the floor: the median over all processes. */
  readonly nanoseconds: number;
  /** Share of it within which half of the processes lie. */
  readonly spreadOverProcesses: number;
  /** Share of it within which half of the rounds of one process lie: the median over all processes. */
  readonly spreadOverRounds: number;
  /** Whether it moves too much for figures to be compared. */
  readonly isNoisy: boolean;
}

export interface Report {
  readonly host: { readonly node: string; readonly v8: string; readonly system: string; readonly cpu: string };
  readonly floor: FloorReport | null;
  readonly figures: readonly ReportedFigure[];
  readonly errors: readonly { readonly name: string; readonly error: string }[];
}

/** Half of the floors lie farther apart than this: the machine is busy with something else. */
const NOISY = 0.1;

export function report(outcomes: readonly Outcome[]): Report {
  const measured = outcomes.flatMap((outcome) =>
    "result" in outcome
      ? outcome.result.figures.map((figure) => ({ ...figure, group: outcome.group, case: outcome.name }))
      : [],
  );
  return {
    host: {
      node: process.versions.node,
      v8: process.versions.v8,
      system: `${platform()} ${arch()}`,
      cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown"}`,
    },
    floor: floorOf(outcomes),
    figures: [...measured, ...derived(measured).map((figure) => ({ ...figure, case: null }))].map((figure) => ({
      ...figure,
      verdict: verdict(figure),
    })),
    errors: outcomes.flatMap((outcome) => ("error" in outcome ? [{ name: outcome.name, error: outcome.error }] : [])),
  };
}

function floorOf(outcomes: readonly Outcome[]): FloorReport | null {
  const floors = outcomes.flatMap((o) => ("result" in o && o.result.floor !== null ? [o.result.floor] : []));
  if (floors.length === 0) return null;
  const { median, spread } = summarise(floors.map((floor) => floor.median));
  const spreadOverRounds = summarise(floors.map((floor) => floor.spread)).median;
  return {
    nanoseconds: median,
    spreadOverProcesses: spread,
    spreadOverRounds,
    isNoisy: spread > NOISY || spreadOverRounds > NOISY,
  };
}
