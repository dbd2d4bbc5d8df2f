/**
 * What a disk brings into a run: the contents of sectors that the run has not written itself, when it reads them first,
 * and what the back end could not do. With these a run is repeated without the disk.
 *
 * Each belongs to a call of the back end, by its number from 1 up; the order in which a run makes these calls is its own.
 */
import type { DiskBackEnd } from "./back-end.js";
import type { DiskFaults } from "./faults.js";

/** What a call of a back end brought in. A read may bring several. */
export type DiskInput = DiskContents | DiskZeroes | DiskError;

/** Which call of which disk it was. */
interface DiskCall {
  /** Number of the disk in the options. */
  readonly disk: number;
  /** Number of the call among all of this disk: 1 is the first. */
  readonly call: number;
}

/** Whole sectors from `sector` up. */
export interface DiskContents extends DiskCall {
  readonly sector: number;
  readonly bytes: Uint8Array;
}

/** So many sectors from `sector` up that hold nothing but zeroes. */
export interface DiskZeroes extends DiskCall {
  readonly sector: number;
  readonly zeroes: number;
}

/** The back end threw. */
export interface DiskError extends DiskCall {
  readonly error: string;
}

/** What a run's identity says of a disk. */
export interface DiskIdentity {
  readonly sectors: number;
  readonly readOnly: boolean;
  /** Whether the device offers to discard sectors. */
  readonly discards: boolean;
  /** What was planned to go wrong; left out where nothing was. */
  readonly faults?: DiskFaults;
}

export function diskIdentity({ sectors, readOnly, discard }: DiskBackEnd, faults: DiskFaults | null): DiskIdentity {
  const identity = { sectors, readOnly: readOnly ?? false, discards: discard !== undefined };
  return faults === null ? identity : { ...identity, faults };
}
