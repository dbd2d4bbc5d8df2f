/**
 * One line of a recording -> a Recording, or the reason why it is none.
 *
 * The input is checked field by field, since a replay of half-understood input would prove nothing. Results are
 * only given their one spelling: a field of a result that the format does not know stays as it is and then
 * differs from everything that a replay can produce.
 */
import { array, type Fields, fields, integer, Malformed, parsed, parseJson, string } from "./json.js";
import type { LogEntry, Op, OpKind, Output, Recording, Result, Scenario } from "./scenario.js";
import { SYSCALLS, THREADS } from "./scenario.js";
import { parseSignedWord, parseWord, spellWord } from "./word.js";

const INSTRUCTION_KINDS: readonly (OpKind | undefined)[] = [undefined, "Load", "Store", "Illegal", "Spin"];
const MAX_OPS = 4096;
const MAX_MESSAGE_WORDS = 120;
const DEFAULT_PRIORITIES = [100, 100, 100, 100];
const DEFAULT_MCPS = [254, 254, 254, 254];
const DEFAULT_TIMES_US = [100_000, 100_000, 100_000, 100_000];
const MAX_SETTLE_US = 10_000_000;
const MAX_PERIOD_US = 1_000_000_000;

/**
 * What a line says.
 * @throws Malformed with a sentence about the first thing that is wrong.
 */
export function parseRecording(line: string): Recording {
  const json = fields(parseJson(line), "the line");
  return { scenario: parseScenario(json), output: parseOutput(json) };
}

/** A text that a line claims to have, also when the rest of the line is malformed. */
export function claimOf(line: string, field: "id" | "suite" | "desc"): string | undefined {
  try {
    const claim = fields(parseJson(line), "the line")[field];
    return typeof claim === "string" ? claim : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The input of a line alone: what threads are to do. What else the line has is not looked at.
 * @throws Malformed with a sentence about the first thing that is wrong.
 */
export function parseScenarioLine(line: string): Scenario {
  return parseScenario(fields(parseJson(line), "the line"));
}

function parseScenario(json: Fields): Scenario {
  const lists = array(json["t"], "t");
  if (lists.length > THREADS) throw new Malformed(`t has ${lists.length} lists; there are ${THREADS} threads`);
  return {
    id: string(json["id"], "id"),
    suite: string(json["suite"], "suite"),
    desc: json["desc"] === undefined ? "" : string(json["desc"], "desc"),
    prio: perThread(json["prio"], "prio", DEFAULT_PRIORITIES, 255),
    mcp: perThread(json["mcp"], "mcp", DEFAULT_MCPS, 255),
    budgetUs: perThread(json["budget"], "budget", DEFAULT_TIMES_US, MAX_PERIOD_US),
    periodUs: perThread(json["period"], "period", DEFAULT_TIMES_US, MAX_PERIOD_US),
    settleUs: json["settle"] === undefined ? 100 : integer(json["settle"], "settle", MAX_SETTLE_US),
    ops: Array.from({ length: THREADS }, (_, thread) => parseOps(lists[thread] ?? [], `t[${thread}]`)),
  };
}

function parseOps(json: unknown, where: string): readonly Op[] {
  const ops = array(json, where);
  if (ops.length > MAX_OPS) throw new Malformed(`${where} has more than ${MAX_OPS} ops`);
  return ops.map((op, index) => parseOp(fields(op, `${where}[${index}]`), `${where}[${index}]`));
}

function parseOp(json: Fields, where: string): Op {
  const kind = kindOf(json, where);
  const word = (name: string) => (json[name] === undefined ? 0n : parsed(parseWord(json[name]), `${where}.${name}`));
  const words = (name: string, max: number) => {
    const list = json[name] === undefined ? [] : array(json[name], `${where}.${name}`);
    if (list.length > max) throw new Malformed(`${where}.${name} has more than ${max} words`);
    return list.map((item, index) => parsed(parseWord(item), `${where}.${name}[${index}]`));
  };
  const mr = words("mr", MAX_MESSAGE_WORDS);
  const caps = words("caps", 3);
  return {
    name: json["op"] === undefined ? kind : string(json["op"], `${where}.op`),
    kind,
    c: word("c"),
    dest: word("dest"),
    reply: word("reply"),
    lab: word("lab"),
    mr,
    len: json["len"] === undefined ? BigInt(mr.length) : word("len"),
    caps,
    xc: json["xc"] === undefined ? BigInt(caps.length) : word("xc"),
    rx: words("rx", 3),
    sysno: json["sysno"] === undefined ? 0n : parsed(parseSignedWord(json["sysno"]), `${where}.sysno`),
    ip4: json["ip4"] !== undefined && json["ip4"] !== 0,
  };
}

function kindOf(json: Fields, where: string): OpKind {
  const given = ["sys", "sysno", "k"].filter((name) => json[name] !== undefined);
  if (given.length !== 1) throw new Malformed(`${where} must have exactly one of sys, sysno and k`);
  if (json["sysno"] !== undefined) return "UnknownSyscall";
  const kind =
    json["sys"] === undefined ? INSTRUCTION_KINDS[Number(json["k"])] : SYSCALLS.find((s) => s === json["sys"]);
  if (kind === undefined) throw new Malformed(`${where} names no system call or instruction of the format`);
  return kind;
}

function parseOutput(json: Fields): Output {
  const final = fields(json["final"], "final");
  for (const [slot, type] of Object.entries(final)) string(type, `final[${slot}]`);
  return {
    log: array(json["log"], "log").map((entry, index) => parseLogEntry(entry, `log[${index}]`)),
    started: counts(json["started"], "started"),
    done: counts(json["done"], "done"),
    final: final as Record<string, string>,
  };
}

function parseLogEntry(json: unknown, where: string): LogEntry {
  const entry = array(json, where);
  if (entry.length !== 3) throw new Malformed(`${where} is not [thread, op, result]`);
  return {
    thread: integer(entry[0], `${where}[0]`, THREADS - 1),
    op: integer(entry[1], `${where}[1]`, MAX_OPS),
    result: spellResult(fields(entry[2], `${where}[2]`)),
  };
}

/** Words of a result in their one spelling, its fields in one order. */
export function spellResult(result: Fields): Result {
  const names = Object.keys(result).sort();
  return Object.fromEntries(names.map((name) => [name, name === "ty" ? result[name] : spellValue(result[name])]));
}

function spellValue(value: unknown): unknown {
  return Array.isArray(value) ? value.map(spellScalar) : spellScalar(value);
}

function spellScalar(value: unknown): unknown {
  // Nothing deeper can be recorded, and so nothing deeper is looked into.
  if (typeof value === "object" && value !== null) return "(an object)";
  const word = parseWord(value);
  return word === undefined ? value : spellWord(word);
}

function counts(json: unknown, where: string): readonly number[] {
  return array(json, where).map((count, thread) => integer(count, `${where}[${thread}]`, MAX_OPS));
}

/** One number a thread; threads that the recording does not mention have the default. */
function perThread(json: unknown, where: string, defaults: readonly number[], max: number): readonly number[] {
  const given = json === undefined ? [] : array(json, where);
  if (given.length > THREADS) throw new Malformed(`${where} has more than ${THREADS} values`);
  return defaults.map((value, thread) =>
    given[thread] === undefined ? value : integer(given[thread], `${where}[${thread}]`, max),
  );
}
