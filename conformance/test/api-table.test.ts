import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nArchInvocationLabels, seL4_IllegalOperation, seL4_SysCall, seL4_SysYield } from "@tessera/libsel4/abi";
import { expect, test } from "vitest";
import { ApiCount } from "../src/api-table/count.js";
import { makeApiTable } from "../src/api-table/make.js";
import { METHODS, SYSTEM_CALLS } from "../src/api-table/methods.js";
import { API_TABLE, TESTS_HEADING } from "../src/api-table/table.js";
import { parseRecording } from "../src/recording/parse.js";
import { ownRecordings, RECORDINGS, REPOSITORY } from "./own-recordings.js";

const withoutTests = (table: string) => table.slice(0, table.indexOf(TESTS_HEADING));

test("docs/manual/api.md has the numbers of the recordings; `npm run conformance -- --api-table` writes it anew", () => {
  const committed = readFileSync(join(REPOSITORY, API_TABLE), "utf8");
  expect(committed).toContain(TESTS_HEADING);
  expect(withoutTests(committed)).toBe(withoutTests(makeApiTable(RECORDINGS, REPOSITORY)));
});

test("every system call of the API and every label has one row", () => {
  expect(SYSTEM_CALLS.length).toBe(seL4_SysCall - seL4_SysYield + 1);
  expect(METHODS.map(({ label }) => label)).toEqual(Array.from({ length: nArchInvocationLabels - 1 }, (_, n) => n + 1));
  const stubs = [...SYSTEM_CALLS, ...METHODS].flatMap((call) => call.stubs);
  expect(new Set(stubs).size).toBe(stubs.length);
});

/** What is counted of a recording of one thread. */
function countOf(suite: string, ops: object[], log: object[], started: number, labels: number[]) {
  const output = { log, started: [started, 0, 0, 0], done: [log.length, 0, 0, 0], final: {} };
  const count = new ApiCount();
  count.add(parseRecording(JSON.stringify({ id: "x", suite, t: [ops], ...output })));
  return labels.map((label) => count.method(label));
}

const suspend = { op: "TCB_Suspend", sys: "Call", c: 3, lab: 12 };

test("a call counts when it was begun, as done or refused when it was answered", () => {
  const log = [
    [0, 0, {}],
    [0, 1, { lab: seL4_IllegalOperation }],
  ];
  const [count] = countOf("tcb", [suspend, suspend, suspend, suspend], log, 3, [12]);
  expect(count).toMatchObject({ called: 3, done: 1, refused: new Map([[seL4_IllegalOperation, 1]]) });
});

test("a message to an endpoint is no invocation, whatever its label; a send to a kernel object is one", () => {
  const ops = [
    { op: "Call", sys: "Call", c: 16, lab: 12 },
    { op: "Send", sys: "Send", c: 16, lab: 12 },
    { op: "NBSendRecv", sys: "NBSendRecv", c: 16, dest: 3, lab: 12 },
  ];
  const log = ops.map((_, n) => [0, n, {}]);
  expect(countOf("ipc", ops, log, 3, [12])[0]).toMatchObject({ called: 0, sent: 1 });
});

test("of arbitrary calls only refusals count", () => {
  const ops = [suspend, { ...suspend, op: "TCBSuspend" }, { ...suspend, op: "raw", lab: 30 }];
  const log = [
    [0, 0, {}],
    [0, 1, {}],
    [0, 2, { lab: seL4_IllegalOperation }],
  ];
  const [ofSuspend, ofDomain] = countOf("raw", ops, log, 3, [12, 30]);
  expect(ofSuspend).toMatchObject({ called: 1, done: 1, arbitrary: 1, arbitraryRefused: new Map() });
  expect(ofDomain).toMatchObject({ called: 0, arbitrary: 1, arbitraryRefused: new Map([[seL4_IllegalOperation, 1]]) });
});

/** FORMAT.md counts 35970: the one more is the answer of a thread to what its caller sent to an endpoint. */
test("every refused invocation of the recordings is counted, but those with a label of no method", () => {
  const count = new ApiCount();
  let withoutMethod = 0;
  for (const recording of [...ownRecordings().values()].flat().map(parseRecording)) {
    count.add(recording);
    const { ops } = recording.scenario;
    for (const { thread, op, result } of recording.output.log) {
      const { kind, name, lab } = ops[thread]![op]!;
      const isRefused = kind === "Call" && name !== "Call" && result["lab"] !== undefined;
      if (isRefused && (lab === 0n || lab >= BigInt(nArchInvocationLabels))) withoutMethod++;
    }
  }
  const sum = (refused: ReadonlyMap<number, number>) => [...refused.values()].reduce((a, b) => a + b, 0);
  const counted = METHODS.map(({ label }) => count.method(label));
  const total = counted.reduce((all, { refused, arbitraryRefused }) => all + sum(refused) + sum(arbitraryRefused), 0);
  expect(total + withoutMethod).toBe(35_969);
});
