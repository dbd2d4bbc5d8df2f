/** Reading the log of a run: what is no log, of another version, damaged or cut off is refused in a sentence. */
import { type CostModel, costModel } from "../cost-model.js";
import type { DiskIdentity, DiskInput } from "../disks/disk-input.js";
import { type InputEntry, inputEntry } from "../input-log.js";
import type { Stop } from "../stop.js";
import { RECORD_WORDS } from "../trace.js";
import { diskIdentities, diskInput } from "./parse-disk-lines.js";
import {
  type Checkpoint,
  checksumOf,
  DISKLESS_LOG_VERSION,
  LOG_KIND,
  LOG_VERSION,
  type RunEnd,
  type RunIdentity,
  type RunLog,
  type SystemFacts,
} from "./run-log.js";

/** A log that cannot be replayed; the message is one sentence, which names the line. */
export class RunLogError extends Error {
  override readonly name = "RunLogError";
}

/** A JSON object of which nothing is known yet. */
type Fields = Readonly<Record<string, unknown>>;

const REASONS: readonly string[] = ["idle", "limit", "power-off", "halted"] satisfies Stop["reason"][];
const HASH = /^[0-9a-f]{8}$/;

/** @throws RunLogError */
export function parseRunLog(text: string): RunLog {
  const lines = text.split("\n");
  const { identity, system } = parseHeader(lines[0] as string);
  const inputs: InputEntry[] = [];
  const diskInputs: DiskInput[] = [];
  const records: number[] = [];
  const checkpoints: Checkpoint[] = [];
  for (let n = 1; n < lines.length; n++) {
    const line = lines[n] as string;
    if (line === "" && n === lines.length - 1) break;
    const bad = (why: string): RunLogError => new RunLogError(`line ${n + 1} of the run log ${why}`);
    const value = parseLine(line, bad, n === lines.length - 1);
    if (Array.isArray(value)) records.push(...recordOf(value, bad));
    else if ("tick" in value) inputs.push(inputEntry(value, bad));
    else if ("disk" in value) diskInputs.push(diskInput(value, identity.disks, bad));
    else if ("checkpoint" in value) checkpoints.push(checkpointOf(value, bad));
    else if ("end" in value) {
      const end = endOf(value, bad);
      if (lines.slice(n + 1).some((rest) => rest !== "")) throw bad("is its end, but more lines follow");
      checkDamage(lines.slice(0, n), value);
      return { identity, system, inputs, diskInputs, records: Int32Array.from(records), checkpoints, end };
    } else throw bad("is no input, record, checkpoint or end");
  }
  const whole = lines.at(-1) === "" ? lines.length - 1 : lines.length;
  throw new RunLogError(`the run log is cut off: it has no end line behind line ${whole}; record the run again`);
}

function parseHeader(line: string): Pick<RunLog, "identity" | "system"> {
  let header: unknown;
  try {
    header = JSON.parse(line);
  } catch {
    header = null;
  }
  if (!isObject(header) || header["log"] !== LOG_KIND) {
    throw new RunLogError(`this is no run log: its first line does not say "log":"${LOG_KIND}"`);
  }
  const { version } = header;
  if (version !== LOG_VERSION && version !== DISKLESS_LOG_VERSION) {
    const known = `versions ${DISKLESS_LOG_VERSION} and ${LOG_VERSION} are`;
    const found = JSON.stringify(version);
    throw new RunLogError(`this is a run log of version ${found}; ${known} what can be replayed here`);
  }
  const bad = (why: string): RunLogError => new RunLogError(`line 1 of the run log ${why}`);
  const disks = version === DISKLESS_LOG_VERSION ? [] : diskIdentities(header["disks"], bad);
  return { identity: identityOf(header, disks, bad), system: systemOf(header["system"], bad) };
}

/** Makes the error that says why a line is refused. */
type Bad = (why: string) => RunLogError;

function identityOf(header: Fields, disks: readonly DiskIdentity[], bad: Bad): RunIdentity {
  const { image, seed, ramBytes, epochMs, cost, sockets } = header;
  if (!isObject(image) || !isStringList(image["programs"]) || !isCount(image["dataBytes"]) || !isHash(image["data"])) {
    throw bad("does not say what image was run");
  }
  if (!isCount(seed)) throw bad("has no seed");
  if (!isCount(ramBytes) || !isCount(epochMs)) throw bad("does not say ramBytes and epochMs");
  if (sockets !== undefined && sockets !== true) throw bad("does not say whether there are sockets");
  const { programs, dataBytes, data } = image;
  const machine = { image: { programs, dataBytes, data }, seed, ramBytes, epochMs, cost: costOf(cost, bad), disks };
  return sockets === undefined ? machine : { ...machine, sockets };
}

function costOf(cost: unknown, bad: Bad): CostModel {
  if (!isObject(cost)) throw bad("has no cost model");
  try {
    return costModel(cost as Partial<CostModel>);
  } catch (error) {
    throw bad(`has a cost model that is none: ${(error as Error).message}`);
  }
}

function systemOf(system: unknown, bad: Bad): SystemFacts {
  const isFact = (value: unknown): boolean => ["string", "number", "boolean"].includes(typeof value);
  if (!isObject(system) || !Object.values(system).every(isFact)) throw bad("does not say what system was run");
  return system as SystemFacts;
}

/** `isLast`: nothing follows, not even the end of the line, so that a line that is no JSON was cut off. */
function parseLine(line: string, bad: Bad, isLast: boolean): unknown[] | Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw isLast ? bad("is cut off; record the run again") : bad("is not JSON");
  }
  if (Array.isArray(value) || isObject(value)) return value;
  throw bad("is no input, record, checkpoint or end");
}

function recordOf(value: readonly unknown[], bad: Bad): number[] {
  if (value.length !== RECORD_WORDS || !value.every((word) => (word as number) === ((word as number) | 0))) {
    throw bad(`is no record: it must be ${RECORD_WORDS} numbers of 32 bits`);
  }
  return value as number[];
}

function checkpointOf({ checkpoint, hash }: Fields, bad: Bad): Checkpoint {
  if (!isCount(checkpoint) || !isHash(hash)) throw bad("is no checkpoint: it needs a number of records and a hash");
  return { records: checkpoint, hash };
}

function endOf({ end, code, records, hash, events, cycle }: Fields, bad: Bad): RunEnd {
  if (typeof end !== "string" || !REASONS.includes(end)) throw bad("is no end: it does not say why the run stopped");
  if (!isCount(records) || !isHash(hash) || !isCount(events) || typeof cycle !== "number" || typeof code !== "number") {
    throw bad("is no end: it needs code, records, hash, events and cycle");
  }
  return { reason: end as Stop["reason"], code, records, hash, events, cycle };
}

/** The checksum is over everything in front of it. */
function checkDamage(lines: readonly string[], { checksum, ...end }: Fields): void {
  const found = checksumOf(lines.map((line) => `${line}\n`).join("") + JSON.stringify(end));
  if (found === checksum) return;
  throw new RunLogError(
    `the run log was changed or damaged after it was written: it has the checksum ${found}, and its end line says ${JSON.stringify(checksum)}`,
  );
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && HASH.test(value);
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
