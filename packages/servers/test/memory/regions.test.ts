/** Regions against a naive model: a map from each page to what lies there. */
import { Prng } from "@tessera/hal-sim";
import { describe, expect, it } from "vitest";
import { canLie, pageIn, type Region, Regions } from "../../src/memory/regions.js";

const PAGE = 4096;
const PAGES = 24;

/** What lies on a page: whose, and which of its pages, and how it may be used. */
type Lies = readonly [name: number, page: number, access: "r" | "rw"];

function region(name: number, start: number, pages: number, floor = start): Region<number> {
  const [from, to, lowest] = [start, start + pages, floor].map((page) => page * PAGE) as [number, number, number];
  return { start: from, end: to, floor: lowest, access: "rw", backing: name, offset: start - floor };
}

function lying(regions: Regions<number>): (Lies | null)[] {
  return Array.from({ length: PAGES }, (_, page) => {
    const found = regions.at(page * PAGE + 5);
    return found === null ? null : [found.backing, pageIn(found, page * PAGE), found.access as "r" | "rw"];
  });
}

describe("Regions", () => {
  it.each([1, 2, 3, 4])(
    "lie where a map of pages says that they do, whatever is added, cut and moved (seed %i)",
    (seed) => {
      const prng = new Prng(seed);
      const regions = new Regions<number>();
      const model: (Lies | null)[] = Array(PAGES).fill(null);
      /** Places at which some region begins. */
      const begins = (page: number) => {
        const [lies, below] = [model[page] ?? null, model[page - 1] ?? null];
        if (lies === null || below === null) return lies !== null;
        return below[0] !== lies[0] || below[1] !== lies[1] - 1 || below[2] !== lies[2];
      };
      for (let name = 1; name < 600; name++) {
        const start = 1 + prng.below(PAGES - 1);
        const pages = 1 + prng.below(Math.min(6, PAGES - start));
        const end = start + pages;
        const way = prng.below(9);
        if (way < 3) {
          const isFree = model.slice(start, end).every((lies) => lies === null);
          expect(regions.add(region(name, start, pages))).toBe(isFree);
          if (isFree) for (let page = start; page < end; page++) model[page] = [name, page - start, "rw"];
        } else if (way < 5) {
          const access = prng.below(2) === 0 ? "r" : "rw";
          const isThere = model.slice(start, end).every((lies) => lies !== null);
          const [before, cuts] = [regions.all.length, regions.cutsAt(start * PAGE, end * PAGE)];
          expect(regions.protect(start * PAGE, end * PAGE, access)).toBe(isThere);
          expect(regions.all.length).toBeLessThanOrEqual(before + cuts);
          for (let page = start; isThere && page < end; page++) {
            const [name, number] = model[page] as Lies;
            model[page] = [name, number, access];
          }
        } else if (way < 7) {
          const removed = regions.remove(start * PAGE, end * PAGE);
          const cut = removed.flatMap((part) => {
            const count = (part.end - part.start) / PAGE;
            return Array.from(
              { length: count },
              (_, i): Lies => [part.backing, part.offset + i, part.access as "r" | "rw"],
            );
          });
          expect(cut).toEqual(model.slice(start, end).filter((lies) => lies !== null));
          model.fill(null, start, end);
        } else {
          const result = regions.resize(start * PAGE, end * PAGE);
          const lies = model[start] ?? null;
          if (lies === null || !begins(start)) {
            expect(result).toBe("NotFound");
            continue;
          }
          const isSame = (page: number) => {
            const other = model[page];
            return other?.[0] === lies[0] && other[1] === lies[1] + page - start && other[2] === lies[2];
          };
          let was = start;
          while (was < PAGES && isSame(was)) was++;
          const isFree = model.slice(was, end).every((other) => other === null);
          expect(result === "Overlap").toBe(end > was && !isFree);
          if (result === "Overlap") continue;
          for (let page = start; page < Math.max(was, end); page++) {
            model[page] = page < end ? [lies[0], lies[1] + page - start, lies[2]] : null;
          }
        }
        expect(lying(regions)).toEqual(model);
        for (const [i, { start: from, end: to }] of regions.all.entries()) {
          expect(from).toBeLessThan(to);
          expect(to).toBeLessThanOrEqual(regions.all[i + 1]?.start ?? Number.POSITIVE_INFINITY);
        }
      }
    },
  );

  it("that may grow down do so for what is touched below them, to their floor and a page away from others", () => {
    const regions = new Regions<number>();
    regions.add(region(1, 20, 2, 10));
    regions.add(region(2, 5, 2));
    expect(regions.reach(21 * PAGE)?.start).toBe(20 * PAGE);
    const grown = regions.reach(15 * PAGE + 7);
    expect([grown?.start, grown?.end, grown?.offset]).toEqual([15 * PAGE, 22 * PAGE, 5]);
    expect(regions.reach(9 * PAGE)).toBe(null);
    expect(regions.reach(10 * PAGE)?.offset).toBe(0);
    expect(regions.reach(7 * PAGE)).toBe(null);
    const near = new Regions<number>();
    near.add(region(1, 20, 2, 10));
    near.add(region(2, 13, 2));
    expect(near.reach(15 * PAGE)).toBe(null);
    expect(near.reach(16 * PAGE)?.start).toBe(16 * PAGE);
    // What is left above a cut does not grow into it again.
    near.remove(16 * PAGE, 18 * PAGE);
    expect(near.reach(17 * PAGE)).toBe(null);
    // The lowest part of what is to be used in another way grows on, and as it may be used.
    regions.protect(10 * PAGE, 12 * PAGE, "r");
    expect(regions.all.map(({ start, access }) => [start / PAGE, access])).toEqual([
      [5, "rw"],
      [10, "r"],
      [12, "rw"],
    ]);
    regions.protect(10 * PAGE, 12 * PAGE, "rw");
    expect(regions.all.length).toBe(2);
  });

  it("lie on whole pages, not at 0, and below the end of what can be mapped", () => {
    expect(canLie(PAGE, PAGE)).toBe(true);
    for (const [start, bytes] of [
      [0, PAGE],
      [PAGE, 0],
      [PAGE + 1, PAGE],
      [PAGE, 1],
      [2 ** 38 - PAGE, PAGE],
      [2 ** 52, PAGE],
    ] as const) {
      expect(canLie(start, bytes), `${start} ${bytes}`).toBe(false);
    }
  });
});
