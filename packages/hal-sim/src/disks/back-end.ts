/**
 * What a disk of the machine is to the host: sectors that are read and written at once. The block device in front of it
 * takes the time that a disk takes, and is what a driver sees.
 *
 * What a back end holds is an input of the run. So it is to be honest: what was written is what is read until it is
 * written again or discarded, and nobody else changes it while the machine runs. What it cannot do it throws, which the
 * driver finds as an I/O error and people read as a report; of a write that was thrown it may have done any part.
 */

/** Bytes of a sector, in which a disk is read, written and counted. */
export const SECTOR_BYTES = 512;

/** Where the sectors of a disk are kept. Every method is over when it comes back, and throws what the host throws. */
export interface DiskBackEnd {
  /** How many sectors it has: 1 or more. */
  readonly sectors: number;
  /** It is never written. Default false. */
  readonly readOnly?: boolean;
  /** Read from `sector` up; the length of `into` is a multiple of `SECTOR_BYTES`, and all of it is on the disk. */
  read(sector: number, into: Uint8Array): void;
  /** Write from `sector` up, as `read` reads. It may be lost if the host loses power before the next `flush`. */
  write(sector: number, from: Uint8Array): void;
  /** What was written before is there to stay. */
  flush(): void;
  /** These sectors are not needed until they are written again. Without this method the device offers no discard. */
  discard?(sector: number, count: number): void;
}

/** The most sectors that a disk may have: 2^52 bytes. */
const MOST_SECTORS = 2 ** 43;

/** Why this can be no disk of a machine, as the end of a sentence, or null. */
export function refuseBackEnd(backEnd: DiskBackEnd): string | null {
  if (typeof backEnd !== "object" || backEnd === null) return `is no back end but ${String(backEnd)}`;
  const { sectors, readOnly, discard } = backEnd;
  const refusal = refuseSectors(sectors);
  if (refusal !== null) return refusal;
  const methods = (["read", "write", "flush"] as const).filter((name) => typeof backEnd[name] !== "function");
  if (methods.length > 0) return `has no method ${methods[0]}`;
  if (readOnly !== undefined && typeof readOnly !== "boolean") return `must have true or false as readOnly`;
  return discard === undefined || typeof discard === "function" ? null : "has a discard that is no method";
}

/** Why a disk cannot have so many sectors, as the end of a sentence, or null. */
export function refuseSectors(sectors: unknown): string | null {
  const isCount = Number.isSafeInteger(sectors) && (sectors as number) >= 1 && (sectors as number) <= MOST_SECTORS;
  return isCount ? null : `must have a whole number of sectors from 1 to 2^43, not ${sectors}`;
}
