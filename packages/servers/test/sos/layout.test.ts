/**
 * What lies where, in a small world: all that three changes can make of the four highest pages, of which a process may have
 * three, against a set of pages.
 */
import { describe, expect, it } from "vitest";
import { HEAP_START, Layout, mappable } from "../../src/sos/layout.js";

const PAGE = 4096;
const MAP_START = 0x2000_0000;
const MAP_END = 0x3000_0000;
/** Pages that a process may have. */
const MOST = 3;
/** Pages that are looked at, the highest that can be mapped. */
const WINDOW = 4;

/** Pages of `count`, from the one that is so many below the end. */
function pages(below: number, count: number) {
  const start = MAP_END - below * PAGE;
  return { start, end: start + count * PAGE };
}

/** All ranges within the window. */
const RANGES = Array.from({ length: WINDOW }, (_, i) => WINDOW - i).flatMap((below) =>
  Array.from({ length: below }, (_, i) => ({ below, count: i + 1 })),
);

/** What is mapped, by how many pages below the end it lies, and how many pages the heap has. */
interface Model {
  readonly mapped: ReadonlySet<number>;
  readonly heap: number;
}

/** One change, of the layout and of the model. */
type Step = (layout: Layout, model: Model) => Model;

function inside({ below, count }: (typeof RANGES)[number]): number[] {
  return Array.from({ length: count }, (_, i) => below - i);
}

/** The highest place for so many pages within the window, which is always large enough for what may be had. */
function highest({ mapped, heap }: Model, count: number): number | null {
  if (mapped.size + heap + count > MOST) return null;
  for (let below = count; ; below++) {
    if (inside({ below, count }).every((page) => !mapped.has(page))) return below;
  }
}

const STEPS: readonly Step[] = [
  ...[1, 2, 3].map(
    (count): Step =>
      (layout, model) => {
        const below = highest(model, count);
        const place = layout.placeFor(count * PAGE - 1);
        expect(place).toEqual(below === null ? null : pages(below, count));
        if (place === null || below === null) return model;
        layout.map(place);
        return { ...model, mapped: new Set([...model.mapped, ...inside({ below, count })]) };
      },
  ),
  ...RANGES.map(
    (range): Step =>
      (layout, model) => {
        layout.unmap(pages(range.below, range.count));
        return { ...model, mapped: new Set([...model.mapped].filter((page) => !inside(range).includes(page))) };
      },
  ),
  ...[0, 1, 2, 3].map(
    (heap): Step =>
      (layout, model) => {
        const end = HEAP_START + heap * PAGE;
        expect(layout.canEndAt(end)).toBe(model.mapped.size + heap <= MOST);
        if (!layout.canEndAt(end)) return model;
        layout.brk = end;
        return { ...model, heap };
      },
  ),
];

/** Whether both say the same. */
function compare(layout: Layout, { mapped, heap }: Model): void {
  expect([layout.pages, layout.heapPages]).toEqual([mapped.size + heap, heap]);
  for (const range of RANGES) {
    const all = inside(range).every((page) => mapped.has(page));
    expect([range, layout.isMapped(pages(range.below, range.count))]).toEqual([range, all]);
  }
}

/** All lists of so many steps. */
function* lists(length: number): Generator<readonly Step[]> {
  if (length === 0) yield [];
  else for (const rest of lists(length - 1)) for (const step of STEPS) yield [...rest, step];
}

describe("a layout", () => {
  it("has what a set of pages has, whatever three things were done", () => {
    let played = 0;
    for (const steps of lists(3)) {
      const layout = new Layout(MOST);
      let model: Model = { mapped: new Set(), heap: 0 };
      for (const step of steps) model = step(layout, model);
      compare(layout, model);
      played += 1;
    }
    expect(played).toBe(STEPS.length ** 3);
  });

  it("counts a page of the heap from its first byte on, and lets it end nowhere but in its own part", () => {
    const layout = new Layout(MOST);
    layout.brk = HEAP_START + PAGE + 1;
    expect(layout.heapPages).toBe(2);
    const ends = [HEAP_START - 1, HEAP_START, HEAP_START + 3 * PAGE, HEAP_START + 3 * PAGE + 1];
    expect(ends.map((end) => layout.canEndAt(end))).toEqual([false, true, true, false]);
    const large = new Layout(2 ** 20);
    expect([MAP_START, MAP_START + 1].map((end) => large.canEndAt(end))).toEqual([true, false]);
  });

  it("has a place as long as there is one between its two ends, and for nothing there is none", () => {
    const layout = new Layout(2 ** 20);
    const all = { start: MAP_START, end: MAP_END };
    expect(layout.placeFor(MAP_END - MAP_START)).toEqual(all);
    expect(layout.placeFor(MAP_END - MAP_START + 1)).toBeNull();
    expect(layout.placeFor(0)).toBeNull();
    layout.map(all);
    expect(layout.placeFor(1)).toBeNull();
    layout.unmap({ start: MAP_START, end: MAP_START + PAGE });
    expect(layout.placeFor(1)).toEqual({ start: MAP_START, end: MAP_START + PAGE });
    expect(layout.placeFor(PAGE + 1)).toBeNull();
  });

  it("can map whole pages between its two ends and nothing else", () => {
    expect(mappable(MAP_START, MAP_END - MAP_START)).toEqual({ start: MAP_START, end: MAP_END });
    for (const [address, bytes] of [
      [MAP_START - PAGE, PAGE],
      [MAP_END, PAGE],
      [MAP_END - PAGE, 2 * PAGE],
      [MAP_START + 1, PAGE],
      [MAP_START, 0],
      [MAP_START, PAGE - 1],
      [MAP_START, -PAGE],
    ] as const) {
      expect([address, bytes, mappable(address, bytes)]).toEqual([address, bytes, null]);
    }
  });
});
