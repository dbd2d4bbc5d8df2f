/** The program that the package's README shows is compiled and run. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bootWorld } from "@tessera/testing";
import { expect, it } from "vitest";
import { client, root } from "./example.js";

const folder = import.meta.dirname;

it("the README shows test/example.ts as it is", () => {
  const readme = readFileSync(join(folder, "../README.md"), "utf8");
  const shown = /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1];
  expect(shown).toBe(readFileSync(join(folder, "example.ts"), "utf8"));
});

it("prints what the README says", () => {
  let output = "";
  const { machine, thrown } = bootWorld({ programs: { root, client }, kernel: { checkInvariants: false } });
  machine.output.subscribe((bytes) => {
    output += String.fromCharCode(...bytes);
  });
  machine.run({ events: 10_000 });
  expect(thrown).toEqual([]);
  const readme = readFileSync(join(folder, "../README.md"), "utf8");
  expect(readme).toContain(`\`\`\`text\n${output}\`\`\``);
  expect(output).toMatch(/client 101 says 42/);
});
