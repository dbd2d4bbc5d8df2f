/** Pictures of plans: complete, nothing on top of anything, the same for the same plan. */
import { addressSpaces, component, leftover, priorities, programs, time, untyped } from "@tessera/servers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Personality, planMermaid, planSvg } from "../src/index.js";
import { desk } from "./desk.js";
import { systems } from "./systems.js";

const plan = desk().plan();

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
}

/** The boxes and labels of a picture, and its size. */
function boxesOf(svg: string): { boxes: Box[]; width: number; height: number } {
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
  const groups = svg.matchAll(
    /<g><rect x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"[^>]*>(.*?)<\/g>/g,
  );
  const boxes = [...groups].map(([, x, y, w, h, texts]) => ({
    x: Number(x),
    y: Number(y),
    width: Number(w),
    height: Number(h),
    lines: [...(texts ?? "").matchAll(/>([^<]+)<\/text>/g)].map((match) => match[1] as string),
  }));
  return { boxes, width: Number(width), height: Number(height) };
}

/** The pairs of boxes that lie on one another. */
function overlaps(boxes: readonly Box[]): string[] {
  return boxes.flatMap((a, i) =>
    boxes
      .slice(0, i)
      .filter((b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height)
      .map((b) => `${a.lines[0]} on ${b.lines[0]}`),
  );
}

describe("the picture of the desk", () => {
  test("is the one in the README", async () => {
    await expect(planSvg(plan)).toMatchFileSnapshot("desk.svg");
  });

  test("has a box for each component and device, and a label for each edge", () => {
    const texts = boxesOf(planSvg(plan)).boxes.map(({ lines }) => lines.join(", "));
    expect(texts).toContain("viewer, runs editor, prio 90, 1ms of 10ms");
    expect(texts).toContain("device 0x10000000, interrupt 10");
    expect(texts).toContain("files, 0x101 WGP, window of 4 pages");
    const edges = plan.components.flatMap(({ slots }) =>
      slots.filter(({ what }) => what === "calls" || what === "interrupt"),
    );
    expect(texts).toHaveLength(plan.components.length + 2 + edges.length);
  });

  test("has every client above its servers", () => {
    const { boxes } = boxesOf(planSvg(plan));
    const yOf = (name: string) => boxes.find(({ lines }) => lines[0] === name)?.y ?? Number.NaN;
    for (const { name, slots } of plan.components) {
      for (const slot of slots) if (slot.what === "calls") expect(yOf(name)).toBeLessThan(yOf(slot.server));
    }
  });

  test("is complete in itself: it asks for nothing and runs nothing", () => {
    expect(planSvg(plan)).not.toMatch(/href|url\((?!#)|<script|<style|<image|on\w+=/);
  });
});

describe("every picture", () => {
  test("has nothing on top of anything, and all of it inside", () => {
    fc.assert(
      fc.property(systems, (system) => {
        const { boxes, width, height } = boxesOf(planSvg(system.plan()));
        expect(overlaps(boxes)).toEqual([]);
        for (const box of boxes) {
          expect(Math.min(box.x, box.y)).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(width);
          expect(box.y + box.height).toBeLessThanOrEqual(height);
        }
      }),
    );
  });

  test("would be found out if labels lay on one another", () => {
    const { boxes } = boxesOf(planSvg(plan));
    const [first, second, ...others] = boxes as [Box, Box, ...Box[]];
    expect(overlaps([first, { ...second, x: first.x, y: first.y }, ...others])).not.toEqual([]);
  });

  test("has numbers everywhere, and closes what it opens", () => {
    fc.assert(
      fc.property(systems, (system) => {
        const svg = planSvg(system.plan());
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        const open: string[] = [];
        for (const [, close, name, empty] of svg.matchAll(/<(\/?)(\w+)[^>]*?(\/?)>/g)) {
          if (close === "/") expect(open.pop()).toBe(name);
          else if (empty !== "/") open.push(name as string);
        }
        expect(open).toEqual([]);
      }),
    );
  });
});

test("what a component makes processes of stands in its box", () => {
  const needs = {
    store: untyped(20),
    spaces: addressSpaces(),
    urgency: priorities(10),
    time: time(2, "1ms/10ms"),
    turns: leftover(3, "5ms"),
    programs: programs([component("cat", { *main() {} })]),
  };
  const maker = component("maker", { needs, *main() {} });
  const plan = new Personality("makers").add(maker, { priority: 20, budget: "1ms/10ms" }).plan();
  expect(planMermaid(plan)).toContain(
    'maker_["maker<br>prio 20, 1ms of 10ms<br>1024 KiB untyped<br>makes address spaces<br>threads up to prio 10<br>' +
      '2 x 1ms of 10ms<br>3 in turns of 5ms<br>1 program"]',
  );
});

test("Mermaid has the same boxes and arrows", () => {
  expect(planMermaid(plan)).toBe(`flowchart TB
  logger_["logger<br>prio 150, 500us of 10ms<br>restarted"]
  uart_["uart<br>prio 200, 1ms of 10ms<br>restarted"]
  network_["network<br>prio 130, 1ms of 10ms"]
  ramfs_["ramfs<br>prio 120, 2ms of 10ms<br>restarted"]
  browser_["browser<br>prio 100, 3ms of 10ms"]
  editor_["editor<br>prio 100, 1ms of 10ms"]
  viewer_["viewer<br>runs editor<br>prio 90, 1ms of 10ms"]
  uart_ -.->|"registers"| device_0x10000000_interrupt_10[/"device 0x10000000<br>interrupt 10"/]
  network_ -->|"log 0x103 WP"| logger_
  network_ -.->|"card"| device_0x10001000_interrupt_1[/"device 0x10001000<br>interrupt 1"/]
  ramfs_ -->|"log 0x104 WP"| logger_
  browser_ -->|"sockets 0x101 WP"| network_
  browser_ -->|"log 0x101 WP"| logger_
  editor_ ==>|"files 0x101 WGP"| ramfs_
  editor_ -->|"console 0x101 WP"| uart_
  editor_ -->|"log 0x102 WP"| logger_
  viewer_ ==>|"files 0x102 WGP"| ramfs_
  viewer_ -->|"console 0x102 WP"| uart_
  viewer_ -->|"log 0x105 WP"| logger_
`);
});
