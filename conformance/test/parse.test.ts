import { describe, expect, test } from "vitest";
import { claimOf, parseRecording } from "../src/recording/parse.js";

const GOOD = {
  id: "x/1",
  suite: "x",
  t: [[{ op: "Wait", sys: "Wait", c: 16 }]],
  log: [[0, 0, { b: "0x0FFFFFFFFFFFFFFF", st: 1 }]],
  started: [1, 0, 0, 0],
  done: [1, 0, 0, 0],
  final: {},
};

const parse = (change: object) => () => parseRecording(JSON.stringify({ ...GOOD, ...change }));
const op = (fields: object) => parse({ t: [[{ op: "x", ...fields }]] });

test("what a recording leaves out has the format's defaults", () => {
  const { scenario } = parse({})();
  expect(scenario).toMatchObject({ mcp: [254, 254, 254, 254], prio: [100, 100, 100, 100], settleUs: 100 });
  expect(scenario.ops.map((list) => list.length)).toEqual([1, 0, 0, 0]);
  expect(scenario.ops[0]?.[0]).toMatchObject({ reply: 0n, lab: 0n, len: 0n, xc: 0n, mr: [], rx: [] });
});

test("len and xc default to what is there", () => {
  const { scenario } = op({ sys: "Call", c: 1, mr: [1, 2, 3], caps: [4] })();
  expect(scenario.ops[0]?.[0]).toMatchObject({ len: 3n, xc: 1n });
});

test("a word has one spelling", () => {
  expect(parse({})().output.log[0]?.result).toEqual({ b: "0xfffffffffffffff", st: 1 });
  expect(parse({ log: [[0, 0, { b: "0x0010" }]] })().output.log[0]?.result).toEqual({ b: 16 });
});

test("the number of a system call may be negative", () => {
  expect(op({ sysno: -40, c: 0 })().scenario.ops[0]?.[0]?.sysno).toBe(0xffffffffffffffd8n);
});

describe("a malformed line is refused with the place of what is wrong", () => {
  const cases: [string, () => unknown, RegExp][] = [
    ["no JSON", () => parseRecording("{"), /no JSON/],
    ["empty", () => parseRecording(""), /empty/],
    ["no object", () => parseRecording("7"), /no object/],
    ["no id", parse({ id: undefined }), /^id/],
    ["five threads", parse({ t: [[], [], [], [], []] }), /5 lists/],
    ["unknown system call", op({ sys: "Reply" }), /^t\[0\]\[0\] names no/],
    ["neither sys nor k", op({}), /exactly one/],
    ["a negative word", op({ sys: "Wait", c: -1 }), /^t\[0\]\[0\]\.c is no/],
    ["a fraction", op({ sys: "Call", mr: [0.5] }), /mr\[0\]/],
    ["a number that JSON cannot hold exactly", op({ sys: "Wait", c: 2 ** 53 }), /\.c is no/],
    ["a word of 65 bits", op({ sys: "Wait", c: `0x1${"0".repeat(16)}` }), /\.c is no/],
    ["four caps", op({ sys: "Call", caps: [1, 2, 3, 4] }), /caps has more than 3/],
    ["a priority of 256", parse({ prio: [256] }), /^prio\[0\]/],
    ["no log", parse({ log: undefined }), /^log/],
    ["a log entry of two", parse({ log: [[0, 0]] }), /^log\[0\]/],
    ["no final", parse({ final: undefined }), /^final/],
    ["a slot without type", parse({ final: { 16: null } }), /^final\[16\]/],
    ["no counts", parse({ done: undefined }), /^done/],
  ];
  test.each(cases)("%s", (_, attempt, reason) => {
    expect(attempt).toThrow(reason);
  });
});

test("a malformed line still says which suite it belongs to", () => {
  expect(claimOf('{"suite":"ipc","t":7}', "suite")).toBe("ipc");
  expect(claimOf("{", "suite")).toBeUndefined();
});

test("a result nested without end differs from everything, and breaks nothing", () => {
  const nested = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const line = JSON.stringify({ ...GOOD, log: [[0, 0, { m: "HERE" }]] }).replace('"HERE"', nested);
  expect(parseRecording(line).output.log[0]?.result).toEqual({ m: ["(an object)"] });
});
