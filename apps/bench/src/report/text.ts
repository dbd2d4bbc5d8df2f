/** A report as lines for a terminal, and as Markdown. */
import type { Unit } from "../measure/figure.js";
import { type Aim, aimOf, type Verdict } from "./aims.js";
import type { Report, ReportedFigure } from "./report.js";

const MARKS: Readonly<Record<Verdict, string>> = { stretch: "beyond", met: "met", "not met": "not met" };
const UNITS: Readonly<Record<Unit, string>> = {
  ns: "ns",
  bytes: "B",
  ms: "ms",
  x: "×",
  units: "units",
  effects: "effects",
  "MiB/s": "MiB/s",
};

/** From here up times are told in milliseconds. */
const NANOSECONDS_PER_MS = 1_000_000;

/** The columns of a row, without its title. */
function columns(figure: ReportedFigure): string[] {
  const { unit, value, floors, spread, least, verdict, id } = figure;
  const aim = aimOf(id);
  const isLong = unit === "ns" && value >= NANOSECONDS_PER_MS;
  const scale = isLong ? NANOSECONDS_PER_MS : 1;
  return [
    `${amount(value / scale)} ${UNITS[isLong ? "ms" : unit]}`,
    least === undefined ? "" : amount(least / scale),
    floors === undefined || isLong ? "" : amount(floors),
    spread === undefined ? "" : `±${Math.round((spread / 2) * 100)} %`,
    aim === null ? "" : aimText(aim, unit),
    verdict === null ? "" : MARKS[verdict],
  ];
}

const HEADS = ["median", "least", "F", "half within", "aim", ""];
const WIDTHS = [12, 9, 8, 12, 22, 8];
const TITLE_WIDTH = 52;

export function table(report: Report): string {
  const line = (title: string, cells: readonly string[]) =>
    (title.padEnd(TITLE_WIDTH) + cells.map((cell, i) => cell.padStart(WIDTHS[i]!)).join("")).trimEnd();
  const lines = [line("", HEADS)];
  for (const [group, figures] of byGroup(report.figures)) {
    lines.push("", group);
    for (const figure of figures) lines.push(line(`  ${figure.title}`, columns(figure)));
  }
  const notes = report.figures.flatMap(({ id, note }) => (note === undefined ? [] : [`${id}: ${note}`]));
  return [...lines, "", ...notes, ...floorLines(report)].join("\n");
}

/** Between these lines of a document the tables stand. */
const BEGIN = "<!-- npm run bench: begin -->";
const END = "<!-- npm run bench: end -->";

/** `document` with the tables of this run in place of those between its marks, or tables alone when it has no marks. */
export function intoDocument(document: string, report: Report): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) return markdown(report);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${markdown(report)}\n${document.slice(end)}`;
}

function markdown(report: Report): string {
  const tables = [...byGroup(report.figures)].map(([group, figures]) =>
    markdownTable([[group, ...HEADS], ...figures.map((figure) => [figure.title, ...columns(figure)])]),
  );
  const { node, v8, system, cpu } = report.host;
  return [...tables, `Node ${node} (V8 ${v8}), ${system}, ${cpu}. ${floorLines(report).join(" ")}\n`].join("\n");
}

/** Cells in columns of equal width, the first to the left, all others to the right. */
function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const widths = head.map((cell, i) => Math.max(3, cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |\n`;
  const rule = widths.map((width, i) => (i === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return line(head) + line(rule) + rows.map(line).join("");
}

function byGroup(figures: readonly ReportedFigure[]): Map<string, ReportedFigure[]> {
  const groups = new Map<string, ReportedFigure[]>();
  for (const figure of figures) groups.set(figure.group, [...(groups.get(figure.group) ?? []), figure]);
  return groups;
}

function floorLines({ floor }: Report): string[] {
  if (floor === null) return [];
  const { nanoseconds, spreadOverProcesses, spreadOverRounds, isNoisy } = floor;
  const percent = (share: number) => `±${((share / 2) * 100).toFixed(1)} %`;
  const lines = [
    `F = ${nanoseconds.toFixed(1)} ns; half of the processes within ${percent(spreadOverProcesses)}, half of the rounds of one within ${percent(spreadOverRounds)}.`,
  ];
  if (isNoisy)
    lines.push("The floor moves too much: this machine is busy, take no figure of this run for more than a hint.");
  return lines;
}

function aimText({ of, atMost, atLeast, stretch }: Aim, unit: Unit): string {
  const sign = atLeast === undefined ? "≤" : "≥";
  const suffix = of === "floors" ? "F" : UNITS[unit];
  const further = stretch === undefined ? "" : ` (${sign} ${stretch})`;
  return `${sign} ${atMost ?? atLeast} ${suffix}${further}`;
}

/** Three digits or so; counts in full. */
function amount(value: number): string {
  if (Number.isInteger(value)) return value.toString();
  if (value >= 100) return Math.round(value).toString();
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
