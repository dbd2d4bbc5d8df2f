/**
 * What a reader wants told once: the making of a process, the cutting up of untyped memory, what somebody is given,
 * and what goes in one call.
 *
 * A process is done when its registers are written. All that its maker did for it right before, and that concerns
 * nobody else, becomes one fact, attempts that were refused included; so do all cuts that follow one another.
 */
import type { Act, Fact } from "./facts.js";

const LAST_CALL_OF_A_BUILD = "TCB_WriteRegisters";
const UNTYPED = "untyped memory";

/** Types that threads communicate by: the making of one is always told. */
const TOLD_TYPES: readonly string[] = ["endpoint", "notification", "reply object"];

export function condense(facts: readonly Fact[]): Fact[] {
  const told: Fact[] = [];
  for (const fact of facts) {
    told.push(fact);
    if ("who" in fact && "call" in fact && fact.call === LAST_CALL_OF_A_BUILD) gatherBuild(told);
    else {
      gatherCuts(told);
      gatherGifts(told);
      gatherRuins(told);
    }
  }
  return told;
}

/** The last fact ends the making of a thread, if that thread is among what was made before it. */
function gatherBuild(told: Fact[]): void {
  const last = told.at(-1) as Act;
  if (last.kind !== "invokes" || last.error !== null) return;
  let first = told.length;
  while (first > 0 && isSilent(told[first - 1] as Fact, last.who)) first--;
  const steps = told.slice(first) as Act[];
  const objects = steps.flatMap((step) => (step.kind === "makes" ? [step] : []));
  if (!objects.some(({ object }) => object === last.object)) return;
  const calls = steps.reduce((sum, step) => sum + (step.kind === "cuts" ? step.calls : 1), 0);
  const { tick, record, who, object: thread } = last;
  const types = objects.map(({ type }) => type).filter((type) => type !== UNTYPED);
  told.splice(first, Infinity, { tick, record, who, kind: "builds", thread, objects: types, calls });
}

/** Whether a fact is a step of `who` that concerns nobody else. */
function isSilent(fact: Fact, who: string): boolean {
  if (!("who" in fact) || fact.who !== who) return false;
  switch (fact.kind) {
    case "makes":
      return !TOLD_TYPES.includes(fact.type);
    case "capability":
      return fact.badge === null && fact.into === null;
    default:
      return fact.kind === "cuts" || fact.kind === "invokes";
  }
}

/** An untyped made of another one joins the cuts before it. */
function gatherCuts(told: Fact[]): void {
  const last = told.at(-1) as Act;
  if (last.kind !== "makes" || last.type !== UNTYPED) return;
  const before = told.at(-2);
  const { tick, record, who, bytes } = last;
  if (before?.kind === "cuts" && before.who === who) {
    const cuts = { ...before, tick, record, bytes: Math.min(bytes, before.bytes), calls: before.calls + 1 };
    told.splice(-2, 2, cuts);
  } else {
    told.splice(-1, 1, { tick, record, who, kind: "cuts", bytes, calls: 1 });
  }
}

/** Capabilities that one thread puts into the CSpace of another, one after the other, are one gift. */
function gatherGifts(told: Fact[]): void {
  const last = told.at(-1) as Act;
  const before = told.at(-2);
  if (last.kind !== "capability" || last.into === null || before === undefined) return;
  if (before.kind !== "capability" && before.kind !== "gives") return;
  const { tick, record, who, into, call, object, badge } = last;
  if (before.who !== who || before.into !== into) return;
  const earlier =
    before.kind === "gives" ? before.capabilities : [{ call: before.call, object: before.object, badge: before.badge }];
  told.splice(-2, 2, { tick, record, who, kind: "gives", into, capabilities: [...earlier, { call, object, badge }] });
}

/** Objects that go one after the other are one ruin. Memory is only memory again. */
function gatherRuins(told: Fact[]): void {
  const last = told.at(-1) as Act;
  if (last.kind !== "destroys") return;
  const { tick, record, who, call } = last;
  // Capabilities that go with what they were in are part of the ruin.
  let at = told.length - 2;
  while (isTakenBy(told[at], who, call)) at--;
  const before = told[at];
  if (before === undefined || (before.kind !== "destroys" && before.kind !== "clears") || before.who !== who) return;
  const [objects, types] =
    before.kind === "clears" ? [before.objects, before.types] : [[before.object], [before.type].filter(isTold)];
  told.splice(at, Infinity, {
    tick,
    record,
    who,
    kind: "clears",
    call,
    objects: [...objects, last.object],
    types: [...types, ...[last.type].filter(isTold)],
  });
}

function isTakenBy(fact: Fact | undefined, who: string, call: string): boolean {
  return fact?.kind === "takes" && fact.who === who && fact.call === call;
}

function isTold(type: string): boolean {
  return type !== UNTYPED;
}
