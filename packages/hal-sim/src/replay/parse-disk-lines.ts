/** Reading what the log of a run says of its disks: the part of the header, and the lines of what they brought in. */
import { MOST_DISKS } from "../description.js";
import { refuseSectors, SECTOR_BYTES } from "../disks/back-end.js";
import type { DiskIdentity, DiskInput } from "../disks/disk-input.js";
import { checkFaults, type DiskFaults } from "../disks/faults.js";
import { fromBase64 } from "./base64.js";

/** A JSON object of which nothing is known yet. */
type Fields = Readonly<Record<string, unknown>>;

/** The disks of a header; `bad` makes the error. */
export function diskIdentities(disks: unknown, bad: (why: string) => Error): DiskIdentity[] {
  if (!Array.isArray(disks) || disks.length > MOST_DISKS) throw bad("does not say what disks there were");
  return disks.map((disk: unknown, n) => {
    const { sectors, readOnly, discards, faults } = (disk ?? {}) as Fields;
    if (refuseSectors(sectors) !== null || typeof readOnly !== "boolean" || typeof discards !== "boolean") {
      throw bad(`does not say what disk ${n} was`);
    }
    const identity = { sectors: sectors as number, readOnly, discards };
    return faults === undefined ? identity : { ...identity, faults: faultsOf(n, faults, bad) };
  });
}

function faultsOf(disk: number, faults: unknown, bad: (why: string) => Error): DiskFaults {
  try {
    checkFaults(`disk ${disk}`, faults as DiskFaults);
  } catch (error) {
    throw bad(`has a plan of faults that is none: ${(error as Error).message}`);
  }
  return faults as DiskFaults;
}

/** What a disk brought in; `bad` makes the error. */
export function diskInput(line: Fields, disks: readonly DiskIdentity[], bad: (why: string) => Error): DiskInput {
  const { disk, call, sector, bytes, zeroes, error } = line;
  const { sectors } = disks[disk as number] ?? {};
  if (typeof disk !== "number" || sectors === undefined) throw bad("is of a disk that there is not");
  if (!isPositive(call)) throw bad("says of no call of a disk");
  if (typeof error === "string") return { disk, call, error };
  const isWhere = (count: number): boolean => (sector === 0 || isPositive(sector) ? sector + count <= sectors : false);
  if (isPositive(zeroes) && isWhere(zeroes)) return { disk, call, sector: sector as number, zeroes };
  const contents = typeof bytes === "string" ? fromBase64(bytes) : null;
  const count = (contents?.length ?? 0) / SECTOR_BYTES;
  if (contents === null || !isPositive(count) || !isWhere(count)) throw bad("does not say what was in which sectors");
  return { disk, call, sector: sector as number, bytes: contents };
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
