/** A disk that the host keeps, as file systems see disks: nothing waits, and what the host throws is a DiskFault. */
import { type DiskBackEnd, SECTOR_BYTES } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { type DiskAction, DiskFault, type Sectors } from "@tessera/servers/ext2";

/** The sectors of `disk`. */
export function sectorsOf(disk: DiskBackEnd): Sectors {
  const done = (action: DiskAction, sector: number, count: number, act: () => void): Thread => {
    try {
      act();
    } catch (error) {
      throw new DiskFault(action, sector, count, (error as Error).message);
    }
    return nothing();
  };
  return {
    sectors: disk.sectors,
    writable: disk.readOnly !== true,
    read: (sector, into) => done("read", sector, into.length / SECTOR_BYTES, () => disk.read(sector, into)),
    write: (sector, from) => done("write", sector, from.length / SECTOR_BYTES, () => disk.write(sector, from)),
    barrier: () => done("barrier", 0, 0, () => disk.flush()),
    flush: () => done("flush", 0, 0, () => disk.flush()),
    discard: (sector, count) => done("discard", sector, count, () => disk.discard?.(sector, count)),
  };
}

/** What has already been done. */
function* nothing(): Thread {}
