/** The session that the READMEs show, as a user has it. `npx vitest run apps/shell -u` writes it anew. */

import { Screen } from "@tessera/app-host/testing";
import { expect, test } from "vitest";
import { command } from "./command.js";

const LINES = [
  "echo remember the milk > note",
  "cat note nothing | wc",
  "why",
  "stray",
  "why",
  "sleep 5 | sort & caps sort.6",
  "exit",
];

test("the session is the one that is shown", async () => {
  const columns = 120;
  const keys = LINES.map((line) => ["/ $ ", `${line}\r`] as const);
  const { code, out } = await command(["--virtual"], { keys, columns });
  expect(code).toBe(0);
  const terminal = new Screen(columns);
  terminal.write(out);
  await expect(`${terminal.shown.join("\n")}\n`).toMatchFileSnapshot("../expect.txt");
});
