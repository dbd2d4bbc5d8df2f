import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SCENARIOS } from "../src/scenes/catalogue.js";

function read(name: string): string {
  return readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
}

const expected = readdirSync(new URL("../expect", import.meta.url)).map((name) => read(`expect/${name}`));
const transcripts = [read("expect.txt"), ...expected].map((text) => text.split("\n"));

/** A fact's first line begins with its time, which another cost model changes. */
const TIME = /^ *\d+ /;

/** As many facts of a transcript as `excerpt` shows, as they are told now: from the one that begins with the same words. */
function asItIsNow(excerpt: string): string {
  const shown = excerpt.split("\n");
  const first = shown[0]!.replace(TIME, "");
  const facts = shown.filter((line) => TIME.test(line)).length;
  for (const lines of transcripts) {
    const at = lines.findIndex((line) => TIME.test(line) && line.replace(TIME, "") === first);
    if (at < 0) continue;
    let left = facts;
    const end = lines.findIndex((line, i) => i >= at && (line === "" || (TIME.test(line) && --left < 0)));
    return lines.slice(at, end).join("\n");
  }
  throw new Error(`no transcript says\n${excerpt}`);
}

it("the excerpts in the README are parts of transcripts; -u writes them anew", async () => {
  const readme = read("README.md");
  expect(readme.match(/^```text$/gm)).toHaveLength(2);
  const current = readme.replace(/(?<=^```text\n)[\s\S]*?(?=\n```$)/gm, asItIsNow);
  await expect(current).toMatchFileSnapshot("../README.md");
});

it("an excerpt that no transcript has is found", () => {
  expect(() => asItIsNow("   526      │     nobody said this")).toThrow("no transcript says");
});

it("the README says of every scenario what to observe", () => {
  const missing = SCENARIOS.filter(({ name }) => name !== "exchange" && !read("README.md").includes(`\`${name}`));
  expect(missing).toEqual([]);
});
