import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SCENARIOS } from "../src/scenes/catalogue.js";

function read(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
}

it("the transcript in the README is a part of the real one", () => {
  const excerpt = /```text\n([^`]*)```/.exec(read("README.md"))?.[1];
  expect(excerpt).toBeTruthy();
  expect(read("expect.txt")).toContain(excerpt);
});

it("the README says of every scenario what to observe", () => {
  const missing = SCENARIOS.filter(({ name }) => name !== "exchange" && !read("README.md").includes(`\`${name}`));
  expect(missing).toEqual([]);
});
