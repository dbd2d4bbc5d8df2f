/** Clients that are gone while the device works for them, and sessions that are closed by then. */
import type { Thread } from "@tessera/hal-sim/isa";
import { expect, it } from "vitest";
import { blockServer, calls, component, Disk, define, must, op, timerServer, type Window } from "../../src/index.js";
import { bootPlan } from "../root/planned.js";
import { DiskUser, pattern, toldDisk } from "./system.js";

const Fuse = define("fuse", { blow: op({}, {}, [], { waits: true }) });
const SECTORS = 2048;
const LIVES = 6;

it("a client that dies in the middle of reads and writes takes no frame along, and others read what is on the disk", () => {
  const contents = pattern(SECTORS, 1);
  const disk = toldDisk(contents);
  const seen: unknown[] = [];
  // It has calls under way, by threads of its own, when it dies, and a part that it closes meanwhile.
  const doomed = component("doomed", {
    needs: { disk: calls(Disk, { window: 32 }) },
    offers: { fuse: Fuse },
    callers: 4,
    *main({ disk, fuse, self }) {
      const { disk: part } = must(yield* disk.part({ sector: 0, count: 64, write: true }));
      const asked = self.parking(disk);
      const reading = self.parking(part);
      for (let i = 0; i < 3; i++) {
        self.task(
          (function* (): Thread<void> {
            for (let at = i; ; at = (at + 3) % 10) {
              yield* asked.read({ sector: 1024 + 100 * at, count: 100, at: 0 });
              yield* reading.read({ sector: at, count: 8, at: 0 });
            }
          })(),
        );
      }
      yield* fuse.serve(() => null, {
        *blow() {
          yield* part.close();
          throw new Error("on purpose");
        },
      });
    },
  });
  const other = component("other", {
    needs: { disk: calls(Disk, { window: 16 }), fuse: calls(Fuse) },
    *main({ disk, fuse, self }) {
      const user = new DiskUser(disk, disk.window as Window, self);
      for (let life = 0; life < LIVES; life++) {
        expect(yield* user.read(64 * life, 64)).toEqual(contents.subarray(64 * life * 512, 64 * (life + 1) * 512));
        expect((yield* fuse.blow()).error).toBe("Gone");
      }
      // More than the cache holds: each of its frames is needed again.
      for (let sector = 0; sector < SECTORS; sector += 128) {
        expect(yield* user.read(sector, 128)).toEqual(contents.subarray(sector * 512, (sector + 128) * 512));
      }
      expect(yield* user.write(0, pattern(128, 2))).toBeNull();
      expect(yield* user.flush()).toBeNull();
      seen.push("done");
    },
  });
  const world = bootPlan(
    [
      { component: timerServer, priority: 250 },
      { component: blockServer({ cachePages: 16 }), priority: 200, budgetUs: 10_000, restart: null },
      { component: doomed, priority: 110, restart: { firstUs: 100, mostUs: 400 } },
      { component: other, priority: 100, budgetUs: 10_000, restart: null },
    ],
    { kernel: { checkInvariants: false }, machine: { callSites: false, disks: [disk.backEnd] } },
  );
  world.machine.run({ events: 3_000_000, until: () => seen.length > 0 });
  expect(world.thrown.filter(({ program }) => program !== "doomed").map(({ error }) => String(error))).toEqual([]);
  expect(seen).toEqual(["done"]);
  expect(disk.memory.contents().subarray(0, 128 * 512)).toEqual(pattern(128, 2));
});
