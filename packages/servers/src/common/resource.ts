/**
 * Resources: what a component may need to make processes of its own. Each is an ordinary need, a line of the plan, and
 * all that there is of it: no component is ever given the means to make handlers of interrupts, to configure time or to
 * make address spaces without end.
 *
 *     memory: untyped(22)                  4 MiB, of which it makes objects of the kernel
 *     spaces: addressSpaces()              up to 512 address spaces
 *     view: ownSpace()                     its own address space, to see pages that it has made
 *     urgency: priorities(80)              its threads run at up to this priority
 *     time: time(4, "2ms/10ms")            four of them with a reservation: counted like that of a component
 *     rest: leftover(8, "5ms")             eight of them in turns, when nobody with a reservation wants to run
 *     programs: programs([cat, ls])        what they can run: pages of the image
 *
 * Source: seL4 manual, "Untyped memory", "ASID pools", "Thread priorities", "Scheduling contexts".
 */
import { seL4_MaxPrio, seL4_MaxUntypedBits, seL4_PageBits } from "@tessera/libsel4";
import { type Budget, parseBudget, parseDuration } from "../plan/duration.js";
import type { ImageProgram } from "./raw-program.js";

/** Memory to make objects of. */
export interface UntypedNeed {
  readonly need: "untyped";
  /** log2 of its bytes. */
  readonly bits: number;
}

/** A pool of numbers for address spaces. */
export interface SpacesNeed {
  readonly need: "spaces";
}

/** The root of its own page tables. */
export interface OwnSpaceNeed {
  readonly need: "ownSpace";
}

/** To give threads priorities. */
export interface PrioritiesNeed {
  readonly need: "priorities";
  readonly most: number;
}

/** Scheduling contexts with a reservation each. */
export interface TimeNeed extends Budget {
  readonly need: "time";
  readonly count: number;
}

/** Scheduling contexts that run in turns: their budget is their period. */
export interface LeftoverNeed {
  readonly need: "leftover";
  readonly count: number;
  readonly sliceUs: number;
}

/** Pages of programs. */
export interface ProgramsNeed {
  readonly need: "programs";
  readonly programs: readonly ImageProgram[];
}

/** What makes processes. */
export type ResourceNeed =
  | UntypedNeed
  | SpacesNeed
  | OwnSpaceNeed
  | PrioritiesNeed
  | TimeNeed
  | LeftoverNeed
  | ProgramsNeed;

/** Scheduling contexts of one need. */
const MOST_CONTEXTS = 256;
/** The root task and its supervisor are above. */
const MOST_PRIORITY = seL4_MaxPrio - 2;
/** Programs of one need. */
const MOST_PROGRAMS = 256;

/**
 * To have 2^`bits` bytes of untyped memory.
 * @throws RangeError when that is less than a page, or no number that a machine could have
 */
export function untyped(bits: number): UntypedNeed {
  checkNumber("untyped(), log2 of its bytes", bits, seL4_PageBits, seL4_MaxUntypedBits);
  return { need: "untyped", bits };
}

/** To make address spaces: up to 512 at a time. */
export function addressSpaces(): SpacesNeed {
  return { need: "spaces" };
}

/** To map pages into its own address space: 2 MiB of it are free for that. */
export function ownSpace(): OwnSpaceNeed {
  return { need: "ownSpace" };
}

/**
 * To give threads priorities up to `most`, which is below its own.
 * @throws RangeError when that is no number from 0 to 253
 */
export function priorities(most: number): PrioritiesNeed {
  checkNumber("priorities()", most, 0, MOST_PRIORITY);
  return { need: "priorities", most };
}

/**
 * To have the time to run `count` threads, each by the budget: `time(4, "2ms/10ms")`. It is counted as four components
 * with this budget would be.
 * @throws RangeError for what is no number from 1 to 256, or no budget
 */
export function time(count: number, budget: string): TimeNeed {
  checkNumber("time(), how often", count, 1, MOST_CONTEXTS);
  const parsed = parseBudget(budget);
  if (typeof parsed === "string") throw new RangeError(`time(): ${parsed}`);
  return { need: "time", count, ...parsed };
}

/**
 * To run `count` threads in turns, `slice` after `slice`, when nobody with a budget wants to run: no time is set aside for
 * them, and none is counted. Their priorities have to lie below those of all that have a budget.
 * @throws RangeError for what is no number from 1 to 256, or no time
 */
export function leftover(count: number, slice: string): LeftoverNeed {
  checkNumber("leftover(), how often", count, 1, MOST_CONTEXTS);
  const sliceUs = parseDuration(slice);
  if (sliceUs === null || typeof parseBudget(`${slice}/${slice}`) === "string") {
    throw new RangeError(`leftover(): a slice is a time such as "5ms", not "${slice}"`);
  }
  return { need: "leftover", count, sliceUs };
}

/**
 * To run these programs in its processes.
 * @throws RangeError when there are none, too many, or two of a name
 */
export function programs(list: readonly ImageProgram[]): ProgramsNeed {
  checkNumber("programs(), their number", list.length, 1, MOST_PROGRAMS);
  const names = list.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`programs(): there are two programs "${twice}"`);
  return { need: "programs", programs: list };
}

function checkNumber(where: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`${where}: a whole number from ${least} to ${most}, not ${value}`);
}
