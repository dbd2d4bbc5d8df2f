/** Plants calls without `yield*` in a project of its own and expects exactly those lines to be found. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** A line that ends in `// found` must be reported, every other must not. */
const PROGRAM = `
interface Syscall<R> { [Symbol.iterator](): Iterator<void, R, void> }
type Thread<R = void> = Generator<void, R, void>;
declare function seL4_Recv(ep: number): Syscall<{ badge: number }>;
declare function ut_alloc(bits: number): Thread<number>;
declare function plain(): number;
declare const maybe: boolean;

export function* client(): Thread {
  seL4_Recv(1); // found
  ut_alloc(4); // found
  client(); // found
  void seL4_Recv(2); // found
  maybe && seL4_Recv(3); // found
  maybe ? ut_alloc(4) : plain(); // found
  (plain(), seL4_Recv(5)); // found
  [6, 7].forEach((ep) => seL4_Recv(ep)); // found
  for (seL4_Recv(8); maybe; ) plain(); // found
  const last = (seL4_Recv(9), plain()); // found
  yield* seL4_Recv(10);
  const { badge } = yield* seL4_Recv(last);
  const kept = seL4_Recv(badge);
  yield* kept;
  maybe && (yield* ut_alloc(11));
  plain();
  const later = [12].map((ep) => seL4_Recv(ep));
  for (const call of later) yield* call;
}
`;

let folder = "";
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "check-yield-")));
  writeFileSync(join(folder, "program.ts"), PROGRAM);
  const compilerOptions = { target: "ES2022", lib: ["ES2023"], strict: true, types: [], module: "NodeNext" };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("every call whose Syscall or Thread is dropped is found, and no other", () => {
  const expected = PROGRAM.split("\n").flatMap((line, index) => (line.endsWith("// found") ? [index + 1] : []));
  const checker = join(import.meta.dirname, "../check-yield.mjs");
  const run = spawnSync(process.execPath, [checker, join(folder, "tsconfig.json")], { encoding: "utf8" });
  const found = [...run.stderr.matchAll(/^program\.ts:(\d+):\d+: you forgot yield\*/gm)].map((match) =>
    Number(match[1]),
  );
  expect(found).toEqual(expected);
  expect(run.status).toBe(1);
});
