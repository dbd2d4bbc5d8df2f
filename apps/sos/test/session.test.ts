/** The session that the README shows, as a user has it. `npx vitest run apps/sos -u` writes it anew. */
import { readFileSync } from "node:fs";
import { Screen } from "@tessera/app-host/testing";
import { expect, it, test } from "vitest";
import { command } from "./command.js";

const LINES = ["ls", "thrash", "ps", "fault", "cat console", "sl", "exit"];

test("the session is the one that is shown", async () => {
  const columns = 120;
  const keys = LINES.map((line) => ["$ ", `${line}\r`] as const);
  const { code, out, err } = await command(["--virtual", "--frames", "16"], { keys, columns });
  expect([code, err]).toEqual([127, ""]);
  const screen = new Screen(columns);
  screen.write(out);
  await expect(`${screen.shown.join("\n")}\n`).toMatchFileSnapshot("../expect.txt");
});

it("is in the README, to the letter", async () => {
  const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
  const current = read("README.md").replace(/(?<=^```text\n)[\s\S]*?(?=^```$)/m, () => read("expect.txt"));
  await expect(current).toMatchFileSnapshot("../README.md");
});
