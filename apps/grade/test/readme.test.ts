/** The README's report is what the command says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { command, REPOSITORY } from "./command.js";

const README = readFileSync(join(REPOSITORY, "apps/grade/README.md"), "utf8");

test("the report in the README is that of the command above it", async () => {
  const [, line = "", report = ""] =
    /^```text\n\$ npm run grade -- (.*)\n([^`]*(?:`[^`]+`[^`]*)*)\n```$/m.exec(README) ?? [];
  expect(line).not.toBe("");
  const { out } = await command(line.split(" "));
  expect(out.trimEnd()).toBe(report);
});
