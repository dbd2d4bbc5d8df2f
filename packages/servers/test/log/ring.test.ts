/** The lines of a log that dies after any of its stores. */
import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../src/log/ring.js";
import { LogRing, RING_PAGES } from "../../src/log/ring.js";
import { ADDRESS, MereMemory } from "../common/mere-memory.js";

const KEPT = 512;

const line = (n: number): Omit<LogEntry, "serial"> => ({
  us: 2 ** 40 + n,
  client: `c${n % 7}`,
  dropped: n % 3,
  level: n % 2 === 0 ? "info" : "error",
  line: "ä".repeat(n % 90),
  fields: `n=${n}`,
});

/** All lines that a log finds when it is started. */
function linesIn(bytes: Uint8Array): LogEntry[] {
  const core = new MereMemory(bytes.slice());
  const ring = core.run(LogRing.open(ADDRESS));
  const lines: LogEntry[] = [];
  for (let entry = core.run(ring.from(0)); entry !== undefined; entry = core.run(ring.from(entry.serial + 1))) {
    lines.push(entry);
  }
  return lines;
}

const lastOf = (count: number) =>
  Array.from({ length: Math.min(count, KEPT) }, (_, i) => {
    const serial = count - Math.min(count, KEPT) + i;
    return { serial, ...line(serial) };
  });

describe("The ring of a log", () => {
  it.each([0, 1, 511, 512, 513, 1026, 1100])(
    "with %i lines has, after each store of the next one, these or also that",
    (count) => {
      const core = new MereMemory(new Uint8Array(RING_PAGES * 4096));
      const ring = core.run(LogRing.open(ADDRESS));
      for (let n = 0; n < count; n++) core.run(ring.add(line(n)));
      const cut = core.bytes.slice();
      expect(linesIn(cut)).toEqual(lastOf(count));
      core.run(ring.add(line(count)));
      const { stored } = core;
      for (const [i, { at, bytes }] of stored.entries()) {
        cut.set(bytes, at);
        expect(linesIn(cut)).toEqual(lastOf(i < stored.length - 1 ? count : count + 1));
      }
    },
  );
});
