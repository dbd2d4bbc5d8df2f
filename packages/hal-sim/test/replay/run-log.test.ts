import { describe, expect, test } from "vitest";
import { parseRunLog, RunLogError, RunRecorder, runLogText } from "../../src/index.js";
import { checksumOf } from "../../src/replay/run-log.js";
import { busyRig } from "../support/busy-rig.js";

function logText(): string {
  const { machine } = busyRig({ seed: 3, inputs: [{ tick: 50, device: "uart", bytes: Uint8Array.of(1, 2) }] }, 20);
  const recorder = new RunRecorder(machine, { system: { scene: "busy" } });
  return runLogText(recorder.log(machine.run()));
}

/** Why a text is no log. */
function refusal(text: string): string {
  try {
    parseRunLog(text);
  } catch (error) {
    if (error instanceof RunLogError) return error.message;
    throw error;
  }
  return "";
}

describe("The text of a log", () => {
  const text = logText();
  const lines = text.split("\n").slice(0, -1);
  const withLine = (n: number, line: string): string => lines.map((old, i) => (i === n ? line : old)).join("\n");
  const header = JSON.parse(lines[0]!) as Record<string, unknown>;
  const withHeader = (change: object): string => withLine(0, JSON.stringify({ ...header, ...change }));

  test("is JSON lines: a header, inputs, records, an end", () => {
    expect(header).toMatchObject({ log: "tessera-run", version: 2, disks: [], seed: 3, system: { scene: "busy" } });
    expect(JSON.parse(lines[1]!)).toEqual({ tick: 50, device: "uart", bytes: "0102" });
    expect(JSON.parse(lines[2]!)).toHaveLength(8);
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ end: "power-off", code: 3 });
  });

  test("may end with or without the end of its last line", () => {
    expect(parseRunLog(text.trimEnd())).toEqual(parseRunLog(text));
  });

  test("is refused when it is no log, or of another version", () => {
    for (const other of ["", "hello", "[]", '{"tick":1}', "\0\0"])
      expect(refusal(other)).toMatch(/^this is no run log/);
    expect(refusal(withHeader({ version: 3 }))).toMatch(
      /^this is a run log of version 3; versions 1 and 2 are what can be/,
    );
  });

  test("of version 1, which knew of no disks, is read as that of a machine without", () => {
    const { disks: _, ...old } = header;
    const body = [JSON.stringify({ ...old, version: 1 }), ...lines.slice(1, -1)].map((line) => `${line}\n`).join("");
    const { checksum: _1, ...end } = JSON.parse(lines.at(-1)!) as Record<string, unknown>;
    const last = JSON.stringify({ ...end, checksum: checksumOf(body + JSON.stringify(end)) });
    expect(parseRunLog(`${body}${last}\n`)).toEqual(parseRunLog(text));
  });

  test("is refused wherever it is cut off", () => {
    for (let length = lines[0]!.length + 1; length < text.length - 1; length += 97) {
      expect(refusal(text.slice(0, length))).toMatch(/cut off.*record the run again/);
    }
    expect(refusal(lines.slice(0, -1).join("\n"))).toBe(
      `the run log is cut off: it has no end line behind line ${lines.length - 1}; record the run again`,
    );
  });

  test("is refused when anything in it was changed", () => {
    for (let at = lines[0]!.length; at < text.length - 2; at += 61) {
      const digit = text[at] === "1" ? "2" : "1";
      expect(refusal(`${text.slice(0, at)}${digit}${text.slice(at + 1)}`)).not.toBe("");
    }
    expect(refusal(withLine(3, "[1,0,0,0,0,0,0,0]"))).toMatch(
      /^the run log was changed or damaged after it was written/,
    );
    expect(refusal(`${text}${lines[2]}\n`)).toMatch(/is its end, but more lines follow$/);
  });

  test.each([
    ["{", /^line 4 of the run log is not JSON$/],
    ["7", /^line 4 of the run log is no input, record, checkpoint or end$/],
    ["null", /^line 4 of the run log is no input/],
    ["{}", /^line 4 of the run log is no input/],
    ["[1,2]", /^line 4 of the run log is no record: it must be 8 numbers of 32 bits$/],
    ["[1,2,3,4,5,6,7,4294967296]", /is no record/],
    ['{"checkpoint":1}', /^line 4 of the run log is no checkpoint/],
    ['{"tick":-1,"device":"uart","bytes":""}', /^line 4 of the run log has no tick$/],
    ['{"tick":1,"device":"uart","bytes":"0"}', /^line 4 of the run log has no hexadecimal bytes$/],
    ['{"end":"tired"}', /^line 4 of the run log is no end: it does not say why/],
    ['{"end":"idle"}', /^line 4 of the run log is no end: it needs/],
  ])("is refused for a line %s", (line, why) => {
    expect(refusal(withLine(3, line))).toMatch(why);
  });

  test.each([
    [{ image: {} }, /^line 1 of the run log does not say what image was run$/],
    [{ seed: "7" }, /^line 1 of the run log has no seed$/],
    [{ ramBytes: -1 }, /^line 1 of the run log does not say ramBytes and epochMs$/],
    [{ cost: 1 }, /^line 1 of the run log has no cost model$/],
    [{ cost: { luck: 1 } }, /^line 1 of the run log has a cost model that is none: /],
    [{ system: { badge: null } }, /^line 1 of the run log does not say what system was run$/],
  ])("is refused for a header with %j", (change, why) => {
    expect(refusal(withHeader(change))).toMatch(why);
  });
});
