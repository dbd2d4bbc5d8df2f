/**
 * `top`: who runs, on whose budget, and how much of the CPU each has had since the trace's first record, which is some
 * seconds of a busy machine, and all of an idle one's life.
 */
import { MachineEvent, type Trace } from "@tessera/hal-sim";
import type { KernelSnapshot, SchedContextSnapshot, ThreadSnapshot } from "@tessera/kernel";
import { columns } from "./columns.js";

const HEAD = ["thread", "prio", "state", "on the time of", "budget", "used", "CPU"];
const TICKS_PER_MS = 10_000;

/** The answer: lines, each with its end. */
export function timeUseText(trace: Trace, snapshot: KernelSnapshot): string {
  const first = trace.record(trace.first);
  const since = first === undefined ? 0 : first.tick;
  const span = Math.max(1, snapshot.tick - since);
  const used = ticksOfThreads(trace, since, snapshot.tick);
  const contexts = new Map(
    snapshot.objects.flatMap((object) => (object.kind === "schedContext" ? [[object.id, object] as const] : [])),
  );
  const threads = snapshot.objects
    .filter((object): object is ThreadSnapshot => object.kind === "thread")
    .filter(({ id, state }) => state !== "Inactive" || used.has(id))
    .sort((one, other) => (used.get(other.id) ?? 0) - (used.get(one.id) ?? 0));
  const rows = threads.map((thread) => row(thread, contexts.get(thread.schedContext), used.get(thread.id) ?? 0, span));
  const idle = used.get(0) ?? 0;
  const there = new Set([0, ...threads.map(({ id }) => id)]);
  const gone = [...used].reduce((sum, [id, ticks]) => (there.has(id) ? sum : sum + ticks), 0);
  if (gone > 0) rows.push(["threads that have ended", "", "", "", "", `${ms3(gone)} ms`, percent(gone, span)]);
  const last = `idle for ${percent(idle, span)} of the last ${(span / TICKS_PER_MS).toFixed(1)} ms\n`;
  return columns([HEAD, ...rows]) + last;
}

function row(
  { name, id, priority, state }: ThreadSnapshot,
  context: SchedContextSnapshot | undefined,
  ticks: number,
  span: number,
): string[] {
  const owner = context?.name.replace(/\.sc$/, "") ?? "nobody";
  const budget =
    context === undefined
      ? ""
      : context.periodTicks === 0 || context.periodTicks === context.budgetTicks
        ? "in turns"
        : `${ms(context.budgetTicks)} of ${ms(context.periodTicks)} ms`;
  return [
    name === "" ? `thread ${id}` : name,
    String(priority),
    STATES[state] ?? state,
    owner === name ? "its own" : owner,
    budget,
    `${ms3(ticks)} ms`,
    percent(ticks, span),
  ];
}

const STATES: Readonly<Record<string, string>> = {
  Running: "runs",
  Restart: "runs",
  Inactive: "stopped",
  BlockedOnReceive: "waits to be called",
  BlockedOnReply: "waits for an answer",
  BlockedOnSend: "waits to be heard",
  BlockedOnNotification: "waits for a signal",
  IdleThreadState: "idle",
};

/** Ticks between switches, by the thread that ran; 0: nobody did. */
function ticksOfThreads(trace: Trace, since: number, until: number): Map<number, number> {
  const used = new Map<number, number>();
  let running = -1;
  let from = since;
  const add = (to: number) => {
    if (running >= 0) used.set(running, (used.get(running) ?? 0) + to - from);
    from = to;
  };
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n);
    if (record?.kind !== MachineEvent.Switch) continue;
    add(record.tick);
    running = record.subject;
  }
  add(until);
  return used;
}

function ms3(ticks: number): string {
  return (ticks / TICKS_PER_MS).toFixed(3);
}

function ms(ticks: number): string {
  return String(ticks / TICKS_PER_MS);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)}%`;
}
