/**
 * What a machine is made of: with the input log, everything that its run depends on.
 */
import { type CostModel, costModel } from "./cost-model.js";
import { FIRMWARE_BYTES, MOST_DISKS } from "./description.js";
import { type DiskBackEnd, refuseBackEnd } from "./disks/back-end.js";
import { checkFaults, type DiskFaults } from "./disks/faults.js";
import type { Image } from "./image/image.js";
import type { InputEntry } from "./input-log.js";
import { refuseUnknownOptions } from "./known-options.js";
import { MAX_TRACE_RECORDS } from "./trace.js";

/** What every host has; not part of the language's own library. */
declare const console: { error(text: string): void };

/** With the input log, everything that the run of a machine depends on. */
export interface MachineOptions {
  /** Programs and data. */
  readonly image: Image;
  /** Size of RAM: a multiple of 2 MiB, from 4 MiB to 2 GiB. Default 64 MiB. */
  readonly ramBytes?: number;
  /** Seed of the machine's randomness, a whole number from 0 to 2^53 - 1. Default 1. */
  readonly seed?: number;
  /** Costs that differ from the default model. */
  readonly cost?: Partial<CostModel>;
  /** Records that the trace keeps: a power of two. Default 65,536. The hash covers all, kept or not. */
  readonly traceRecords?: number;
  /** Inputs of a recorded run, to enter again at their ticks. */
  readonly inputs?: readonly InputEntry[];
  /** What the real-time clock shows at the start, in milliseconds since 1970. Default 0. */
  readonly epochMs?: number;
  /** Whether it has a socket device, by which those outside connect to its servers: see `Machine.sockets`. Default false. */
  readonly sockets?: boolean;
  /**
   * Disks, at most two: block devices in virtio slots 0 and 2, with interrupts 1 and 3. What is on them is an input of the
   * run. Default none.
   */
  readonly disks?: readonly DiskBackEnd[];
  /** What is planned to go wrong with each of the disks, in their order; null: nothing. Drawn from the seed. */
  readonly diskFaults?: readonly (DiskFaults | null)[];
  /**
   * Remember the host's stack at calls of programs, so that an explanation of one that failed tells its file and line.
   * Default true. Without, failing calls cost a fraction of the host's time: for whoever makes thousands of them and
   * replays the few that matter. Not part of the run.
   */
  readonly callSites?: boolean;
  /**
   * Told once, while the machine runs, about a program that catches every error in a loop and never comes to a
   * `yield*`. It cannot be stopped within its process; the host may end the process or the worker. Not part of the run.
   * By default it is written to the host's console, as an error.
   */
  readonly onRunaway?: (message: string) => void;
  /**
   * Told at the end of a slice what the machine has to say to people, such as why a thread was stopped, as long as nobody
   * has subscribed to `reports`. Not part of the run. By default it is written to the host's console, as an error.
   */
  readonly onReport?: (text: string) => void;
}

/** Options with every default filled in, checked. */
export interface MachineSettings {
  readonly image: Image;
  readonly ramBytes: number;
  readonly seed: number;
  readonly cost: CostModel;
  readonly traceRecords: number;
  readonly inputs: readonly InputEntry[];
  readonly epochMs: number;
  readonly disks: readonly DiskBackEnd[];
  readonly diskFaults: readonly (DiskFaults | null)[];
  readonly sockets: boolean;
  readonly callSites: boolean;
  readonly onRunaway: (message: string) => void;
  readonly onReport: (text: string) => void;
}

const KNOWN: Readonly<Record<keyof MachineOptions, true>> = {
  image: true,
  ramBytes: true,
  seed: true,
  cost: true,
  traceRecords: true,
  inputs: true,
  epochMs: true,
  disks: true,
  diskFaults: true,
  sockets: true,
  callSites: true,
  onRunaway: true,
  onReport: true,
};

const MIB = 2 ** 20;
const MAX_RAM_BYTES = 2 ** 31;

/** @throws RangeError or TypeError with one sentence that names the option. */
export function checkOptions(options: MachineOptions): MachineSettings {
  refuseUnknownOptions("a machine", options, Object.keys(KNOWN));
  if (options.image === undefined)
    throw new TypeError("a machine needs an image: createImage({ root: function* () {} })");
  const { ramBytes = 64 * MIB, seed = 1, traceRecords = 65_536, epochMs = 0, disks = [], diskFaults = [] } = options;
  if (
    !Number.isSafeInteger(ramBytes) ||
    ramBytes % (2 * MIB) !== 0 ||
    !within(ramBytes, 2 * FIRMWARE_BYTES, MAX_RAM_BYTES)
  ) {
    throw new RangeError(`ramBytes must be a multiple of 2 MiB from 4 MiB to 2 GiB, not ${ramBytes}`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new RangeError(`seed must be a whole number, 0 or more, not ${seed}`);
  if (!within(traceRecords, 1, MAX_TRACE_RECORDS) || (traceRecords & (traceRecords - 1)) !== 0) {
    throw new RangeError(`traceRecords must be a power of two up to ${MAX_TRACE_RECORDS}, not ${traceRecords}`);
  }
  if (!Number.isSafeInteger(epochMs) || epochMs < 0) {
    throw new RangeError(`epochMs must be a whole number of milliseconds, 0 or more, not ${epochMs}`);
  }
  checkDisks(disks, diskFaults);
  const { sockets = false } = options;
  if (typeof sockets !== "boolean") throw new TypeError(`sockets must be true or false, not ${String(sockets)}`);
  return {
    image: options.image,
    ramBytes,
    seed,
    cost: costModel(options.cost),
    traceRecords,
    inputs: options.inputs ?? [],
    epochMs,
    disks,
    diskFaults,
    sockets,
    callSites: options.callSites ?? true,
    onRunaway: options.onRunaway ?? toConsole,
    onReport: options.onReport ?? toConsole,
  };
}

function checkDisks(disks: readonly DiskBackEnd[], faults: readonly (DiskFaults | null)[]): void {
  if (!Array.isArray(disks)) throw new TypeError(`disks must be a list of back ends, not ${String(disks)}`);
  if (disks.length > MOST_DISKS) throw new RangeError(`a machine has at most ${MOST_DISKS} disks, not ${disks.length}`);
  disks.forEach((backEnd: DiskBackEnd, n) => {
    const refusal = refuseBackEnd(backEnd);
    if (refusal !== null) throw new TypeError(`disk ${n} ${refusal}`);
  });
  if (new Set(disks).size < disks.length) throw new TypeError("the same disk is given twice");
  if (!Array.isArray(faults) || faults.length > disks.length) {
    throw new TypeError("diskFaults must be a list of a plan, or null, for each disk, and no longer");
  }
  faults.forEach((plan: DiskFaults | null, n) => {
    if (plan !== null) checkFaults(`disk ${n}`, plan);
  });
}

function toConsole(text: string): void {
  console.error(text);
}

function within(value: number, low: number, high: number): boolean {
  return value >= low && value <= high;
}
