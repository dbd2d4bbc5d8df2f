import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

function read(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
}

it("the transcript in the README is a part of the real one", () => {
  const excerpt = /```text\n([^`]*)```/.exec(read("README.md"))?.[1];
  expect(excerpt).toBeTruthy();
  expect(read("expect.txt")).toContain(excerpt);
});
