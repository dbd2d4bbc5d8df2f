/**
 * A fuzz program: what up to four threads are to do, as plain data, in the language of recorded scenarios
 * (conformance/FORMAT.md), with the costs of the machine that it runs on. It is one line of JSON: a finding travels
 * as that line, and what is not about time or surroundings can be taken to the real kernel as it is.
 */
import { Malformed, type Op, parseScenarioLine, type Scenario, spellWord } from "@tessera/conformance/recording";
import { parseSurroundings, type Surroundings, surroundingsJson, surroundingsText } from "./surroundings.js";

/** Cycles of the modelled core: high ones let budgets end and interrupts come inside of calls. */
export interface Costs {
  readonly kernelEntry: number;
  readonly kernelWorkUnit: number;
}

export interface FuzzProgram {
  readonly scenario: Scenario;
  readonly costs: Costs;
  /** Whether each thread is started. One that is not may still be resumed by another. */
  readonly starts: readonly boolean[];
  readonly surroundings: Surroundings;
}

const DEFAULT_COSTS: Costs = { kernelEntry: 200, kernelWorkUnit: 50 };

/** Ops of all threads. */
export function opCount({ scenario }: FuzzProgram): number {
  return scenario.ops.reduce((sum, ops) => sum + ops.length, 0);
}

/** @throws Malformed with a sentence about what is wrong. */
export function parseProgram(line: string): FuzzProgram {
  const scenario = parseScenarioLine(line);
  const json = JSON.parse(line) as Partial<Surroundings> & { costs?: Partial<Costs>; starts?: readonly boolean[] };
  const { costs = {}, starts } = json;
  const { kernelEntry = DEFAULT_COSTS.kernelEntry, kernelWorkUnit = DEFAULT_COSTS.kernelWorkUnit } = costs;
  for (const cycles of [kernelEntry, kernelWorkUnit]) {
    if (!Number.isSafeInteger(cycles) || cycles < 1) throw new Malformed(`costs are whole cycles, 1 or more`);
  }
  const isStarted = (thread: number) => starts?.[thread] ?? (scenario.ops[thread]?.length ?? 0) > 0;
  return {
    scenario,
    costs: { kernelEntry, kernelWorkUnit },
    starts: scenario.ops.map((_, t) => isStarted(t)),
    surroundings: parseSurroundings(json),
  };
}

/** The program as one line, which `parseProgram` reads. */
export function programLine({ scenario, costs, starts, surroundings }: FuzzProgram): string {
  const { id, suite, prio, mcp, budgetUs, periodUs, settleUs, ops } = scenario;
  const head = { id, suite, prio, mcp, budget: budgetUs, period: periodUs, settle: settleUs };
  const around = surroundingsJson(surroundings);
  return JSON.stringify({ ...head, costs, starts, ...around, t: ops.map((list) => list.map(opJson)) });
}

function opJson(op: Op): Record<string, unknown> {
  const json: Record<string, unknown> = { op: op.name };
  if (op.kind === "UnknownSyscall") json["sysno"] = spellWord(op.sysno);
  else if (INSTRUCTIONS[op.kind] === undefined) json["sys"] = op.kind;
  else json["k"] = INSTRUCTIONS[op.kind];
  for (const name of ["c", "dest", "reply", "lab"] as const) if (op[name] !== 0n) json[name] = spellWord(op[name]);
  for (const name of ["mr", "caps", "rx"] as const) if (op[name].length > 0) json[name] = op[name].map(spellWord);
  if (op.len !== BigInt(op.mr.length)) json["len"] = spellWord(op.len);
  if (op.xc !== BigInt(op.caps.length)) json["xc"] = spellWord(op.xc);
  if (op.ip4) json["ip4"] = 1;
  return json;
}

const INSTRUCTIONS: Readonly<Record<string, number>> = { Load: 1, Store: 2, Illegal: 3, Spin: 4 };

/** The program for people: one op a line, with the thread that does it. */
export function programText({ scenario, costs, surroundings }: FuzzProgram): string[] {
  const { prio, mcp, budgetUs, periodUs, ops } = scenario;
  const busy = ops.flatMap((list, thread) => (list.length === 0 ? [] : [thread]));
  return [
    `costs: ${costs.kernelEntry} cycles a kernel entry, ${costs.kernelWorkUnit} a unit of work`,
    ...surroundingsText(surroundings),
    ...busy.flatMap((t) => [
      `T${t}: priority ${prio[t]}, mcp ${mcp[t]}, budget ${budgetUs[t]} of ${periodUs[t]} us`,
      ...(ops[t] ?? []).map((op) => `  ${opText(op)}`),
    ]),
  ];
}

/** Name and arguments of an op; what is 0 or empty is left out. */
function opText(op: Op): string {
  const list = (words: readonly bigint[]) => `[${words.map(hex).join(" ")}]`;
  const parts = [`${op.name} ${hex(op.c)}`];
  if (op.kind === "UnknownSyscall") parts.push(`number ${hex(op.sysno)}`);
  if (op.lab !== 0n && op.name === op.kind) parts.push(`label ${op.lab}`);
  if (op.mr.length > 0) parts.push(list(op.mr));
  if (op.len !== BigInt(op.mr.length)) parts.push(`length ${op.len}`);
  if (op.caps.length > 0) parts.push(`caps ${list(op.caps)}`);
  if (op.reply !== 0n) parts.push(`reply ${hex(op.reply)}`);
  if (op.dest !== 0n) parts.push(`send to ${hex(op.dest)}`);
  if (op.rx.length > 0) parts.push(`receive into ${list(op.rx)}`);
  return parts.join(" ");
}

function hex(word: bigint): string {
  return word < 1024n ? String(word) : `0x${word.toString(16)}`;
}
