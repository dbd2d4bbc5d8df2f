import { describe, expect, it } from "vitest";
import { SizeReports } from "../src/session/size-reports.js";

const bytes = (text: string) => new TextEncoder().encode(text);

function between() {
  const told: string[] = [];
  const size = { rows: 24, columns: 80 };
  const reports = new SizeReports(
    () => size,
    (report) => told.push(new TextDecoder().decode(report)),
  );
  return { told, size, reports };
}

describe("reports of the size", () => {
  it("come when they are asked for, and when it changes, until they are asked for no longer", () => {
    const { told, size, reports } = between();
    reports.resized();
    expect(told).toEqual([]);
    expect(reports.filter(bytes("a\x1b[?2048hb"))).toBe("ab");
    size.columns = 100;
    reports.resized();
    expect(reports.filter(bytes("\x1b[?2048l$ "))).toBe("$ ");
    reports.resized();
    expect(told).toEqual(["\x1b[48;24;80;0;0t", "\x1b[48;24;100;0;0t"]);
  });

  it("come before anything is typed for who begins to read, and not again before the size is another one", () => {
    const { told, size, reports } = between();
    reports.begin();
    reports.filter(bytes("\x1b[?2048h$ \x1b[?2048l\x1b[?2048h"));
    expect(told).toEqual(["\x1b[48;24;80;0;0t"]);
    reports.filter(bytes("\x1b[?2048l"));
    size.rows = 50;
    reports.resized();
    expect(told).toHaveLength(1);
    reports.filter(bytes("\x1b[?2048h"));
    reports.begin();
    expect(told.slice(1)).toEqual(["\x1b[48;50;80;0;0t", "\x1b[48;50;80;0;0t"]);
  });

  it("whatever the pieces are in which output comes, and all else goes through", () => {
    const text = "ä\x1b[?2048h\x1b[?25h\x1b[2J\x1b[?2048l€\x1b[?2\x1b";
    const { told, reports } = between();
    const shown = [...bytes(text)].map((byte) => reports.filter(Uint8Array.of(byte))).join("");
    expect(shown + reports.filter(bytes("x"))).toBe("ä\x1b[?25h\x1b[2J€\x1b[?2\x1bx");
    expect(told).toHaveLength(1);
  });
});
