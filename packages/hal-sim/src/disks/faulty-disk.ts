/** A disk with planned faults: a back end that asks its plan before it passes anything on. */
import { type DiskBackEnd, SECTOR_BYTES } from "./back-end.js";
import type { FaultPlan } from "./faults.js";

export function faultyDisk(disk: DiskBackEnd, plan: FaultPlan): DiskBackEnd {
  const { sectors, readOnly = false } = disk;
  return {
    sectors,
    readOnly,
    read(sector, into) {
      plan.read(sector, into.length / SECTOR_BYTES);
      disk.read(sector, into);
    },
    write(sector, from) {
      const count = from.length / SECTOR_BYTES;
      const written = plan.write(sector, count);
      if (written > 0 || count === 0) disk.write(sector, from.subarray(0, written * SECTOR_BYTES));
      if (written < count) throw new Error(`a planned tear behind ${written} of ${count} sectors`);
    },
    flush() {
      plan.flush();
      disk.flush();
    },
    ...(disk.discard === undefined ? {} : { discard: disk.discard.bind(disk) }),
  };
}
