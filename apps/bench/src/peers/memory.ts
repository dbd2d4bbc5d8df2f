/** What the host does in place of swap and of spawning: pages in a file, pages copied, a process that ends at once. */
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fold, foldAll, type Tally, type Work } from "../measure/work.js";
import type { Link } from "./peer.js";

const PAGE_BYTES = 4096;
/** Pages of which one goes and the next one comes. */
const PAGES = 32;
/** A file system in memory, where the host has one at its usual place. */
const IN_MEMORY = "/dev/shm";

/** Each page has its number in its first byte for ever, and how often it went in its second one. */
function swapping(out: (page: Buffer, number: number) => void, back: (page: Buffer, number: number) => void): Work {
  const tally: Tally = { done: 0, sum: 0 };
  const page = Buffer.alloc(PAGE_BYTES);
  for (let number = 0; number < PAGES; number++) {
    page[0] = number;
    out(page, number);
  }
  return {
    tally,
    expected: (done) => foldAll(done, (k) => (k + 1) % PAGES),
    run(times) {
      for (let i = 0; i < times; i++) {
        const number = tally.done % PAGES;
        page[0] = number;
        page[1] = i & 0xff;
        out(page, number);
        back(page, (number + 1) % PAGES);
        tally.done++;
        tally.sum = fold(tally.sum, page[0]);
      }
    },
  };
}

/** Pages in a file, in memory if the host has that. */
export function openFile(): Link {
  const folder = mkdtempSync(join(existsSync(IN_MEMORY) ? IN_MEMORY : tmpdir(), "tessera-bench-"));
  const file = openSync(join(folder, "swap"), "w+");
  const work = swapping(
    (page, number) => writeSync(file, page, 0, PAGE_BYTES, number * PAGE_BYTES),
    (page, number) => readSync(file, page, 0, PAGE_BYTES, number * PAGE_BYTES),
  );
  return {
    work,
    close() {
      closeSync(file);
      rmSync(folder, { recursive: true });
    },
  };
}

/** Pages in an array. */
export function openCopy(): Link {
  const all = Buffer.alloc(PAGES * PAGE_BYTES);
  const work = swapping(
    (page, number) => page.copy(all, number * PAGE_BYTES),
    (page, number) => all.copy(page, 0, number * PAGE_BYTES, (number + 1) * PAGE_BYTES),
  );
  return { work };
}

/** What the host's process ends with. */
const STATUS = 7;

/** The smallest process that answers something: a shell that ends with a status. */
export function openSpawn(): Link {
  const tally: Tally = { done: 0, sum: 0 };
  return {
    work: {
      tally,
      expected: (done) => foldAll(done, () => STATUS),
      run(times) {
        for (let i = 0; i < times; i++) {
          const { status } = spawnSync("/bin/sh", ["-c", `exit ${STATUS}`], { stdio: "ignore" });
          tally.done++;
          tally.sum = fold(tally.sum, status ?? -1);
        }
      },
    },
  };
}
