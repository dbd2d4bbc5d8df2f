/** The transcript as text: a row a fact, with its tick, the drawing of who acts on whom, and a sentence. */
import type { Act, Fact } from "./facts.js";
import { drawArrow, drawHeads, drawMark, drawNothing } from "./lanes.js";
import type { Paint } from "./paint.js";
import { endSentence, sentence } from "./sentences.js";

const TICK_WIDTH = 6;

const Mark = { acts: "●", waits: "○", fails: "✗" } as const;

/** One line each, without line ends. */
export function transcriptLines(threads: readonly string[], facts: readonly Fact[], paint: Paint): string[] {
  const head = `${paint("dim", "tick".padStart(TICK_WIDTH))} ${drawHeads(threads, paint)}`;
  const rows = facts.map((fact) => {
    const { drawing, text } = row(threads, fact, paint);
    return `${paint("dim", String(fact.tick).padStart(TICK_WIDTH))} ${drawing}${text}`;
  });
  return [head.trimEnd(), ...rows];
}

function row(threads: readonly string[], fact: Fact, paint: Paint): { drawing: string; text: string } {
  if (fact.kind === "gap") {
    const text = `the ${fact.records} records before are no longer in the trace`;
    return { drawing: drawNothing(threads.length, paint), text };
  }
  if (fact.kind === "ends") return { drawing: drawNothing(threads.length, paint), text: endSentence(fact.how) };
  return { drawing: draw(threads, fact, paint), text: sentence(fact, paint) };
}

function draw(threads: readonly string[], fact: Act, paint: Paint): string {
  const lane = threads.indexOf(fact.who);
  if (fact.kind === "message") {
    const label = fact.how === "fault" ? "fault" : fact.call;
    return drawArrow(threads.length, lane, threads.indexOf(fact.to), label, paint);
  }
  const hasFailed = fact.kind === "faults" || fact.kind === "fails";
  const mark = hasFailed ? Mark.fails : fact.kind === "waits" ? Mark.waits : Mark.acts;
  return drawMark(threads.length, lane, mark, paint);
}
