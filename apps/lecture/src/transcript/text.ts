/**
 * The transcript as text: a row a fact, with its tick, the drawing of who acts on whom, and a sentence. What does not
 * fit beside the drawing goes on below; so does the kernel's explanation of what failed.
 */
import type { Act, Fact } from "./facts.js";
import { fold } from "./fold.js";
import { Lanes } from "./lanes.js";
import type { Paint } from "./paint.js";
import { endSentence, explanationLines, sentence } from "./sentences.js";

const TICK_WIDTH = 6;
/** Columns of the tick and the blank behind it. */
const TICK_COLUMNS = TICK_WIDTH + 1;

/** Further lines of a sentence stand this far behind its first one. */
const HANG = 2;

const Mark = { acts: "●", waits: "○", fails: "✗" } as const;

/** One line each, without line ends; none is longer than `columns`, unless that is very little. */
export function transcriptLines(
  threads: readonly string[],
  facts: readonly Fact[],
  paint: Paint,
  columns: number,
): string[] {
  const lanes = new Lanes(threads, columns - TICK_COLUMNS, paint);
  const head = `${paint("dim", "tick".padStart(TICK_WIDTH))} ${lanes.heads()}`;
  return [head.trimEnd(), ...facts.flatMap((fact) => rows(lanes, threads, fact, paint))];
}

function rows(lanes: Lanes, threads: readonly string[], fact: Fact, paint: Paint): string[] {
  const [first = "", ...more] = fold(said(lanes, threads, fact, paint), lanes.textWidth, HANG);
  const tick = paint("dim", String(fact.tick).padStart(TICK_WIDTH));
  const below = [...more, ...explained(lanes, fact, paint)];
  return [
    `${tick} ${drawn(lanes, threads, fact)}${first}`,
    ...below.map((line) => `${" ".repeat(TICK_COLUMNS)}${lanes.nothing()}${line}`),
  ];
}

function explained(lanes: Lanes, fact: Fact, paint: Paint): string[] {
  if (!("who" in fact) || fact.explanation === undefined) return [];
  const indent = " ".repeat(HANG);
  return explanationLines(fact.explanation).flatMap((line) =>
    fold(`· ${line}`, lanes.textWidth - HANG, HANG).map((part) => indent + paint("dim", part)),
  );
}

/** The sentence, with what the drawing has no room for. */
function said(lanes: Lanes, threads: readonly string[], fact: Fact, paint: Paint): string {
  if (fact.kind === "gap") return `the ${fact.records} records before are no longer in the trace`;
  if (fact.kind === "ends") return endSentence(fact.how);
  const text = sentence(fact, paint);
  const who = paint(threads.indexOf(fact.who), fact.who);
  if (fact.kind !== "message") return lanes.isDrawn ? text : `${who}: ${text}`;
  const to = threads.indexOf(fact.to);
  const label = arrowLabel(fact);
  if (!lanes.isDrawn) return `${who} → ${paint(to, fact.to)}: ${label}, ${text}`;
  return lanes.isWideEnough(label, threads.indexOf(fact.who), to) ? text : `${label}: ${text}`;
}

function drawn(lanes: Lanes, threads: readonly string[], fact: Fact): string {
  if (!("who" in fact)) return lanes.nothing();
  const lane = threads.indexOf(fact.who);
  if (fact.kind === "message") return lanes.arrow(lane, threads.indexOf(fact.to), arrowLabel(fact));
  return lanes.mark(lane, markOf(fact));
}

function arrowLabel(fact: Act & { kind: "message" }): string {
  return fact.how === "fault" ? "fault" : fact.call;
}

function markOf(fact: Act): string {
  if (fact.kind === "waits") return Mark.waits;
  const hasFailed = fact.kind === "faults" || fact.kind === "fails" || fact.kind === "refused";
  return hasFailed || (fact.kind === "invokes" && fact.error !== null) ? Mark.fails : Mark.acts;
}
