/** What a server's README shows of a run is what the run says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

const SOURCES = join(import.meta.dirname, "../../src");

/** Compare what a run has said with a `text` block of the README of `server`: the first, if no other number is given. */
export function expectInReadme(server: string, said: readonly string[], block = 1): void {
  const readme = readFileSync(join(SOURCES, server, "README.md"), "utf8");
  const shown = [...readme.matchAll(/^```text\n([\s\S]*?)^```$/gm)][block - 1]?.[1] ?? "";
  expect(shown).toBe(`${said.join("\n")}\n`);
}
