/** What a server's README shows of a run is what the run says. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

const SOURCES = join(import.meta.dirname, "../../src");

/** Compare what a run has said with the first `text` block of the README of `server`. */
export function expectInReadme(server: string, said: readonly string[]): void {
  const readme = readFileSync(join(SOURCES, server, "README.md"), "utf8");
  const shown = /^```text\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? "";
  expect(shown).toBe(`${said.join("\n")}\n`);
}
