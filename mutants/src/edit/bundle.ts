/** Bundles of the detectors with a kernel that is broken on the way in: the files on disk stay as they are. */
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { constBindings } from "../../../tools/const-bindings.mjs";
import { NODE_BUNDLE } from "../../../tools/node-bundle.mjs";
import { editedFile, editing } from "./edit.js";
import type { Mutant } from "./mutant.js";

const KERNEL = "packages/kernel/src";
const TESTS = "packages/kernel/test";
const BEHAVIOURS = "behaviours";
/** Tests that the list of behaviours is complete: of no kernel. */
const CATALOGUE = "catalogue.test.ts";

/** The source that the mutant breaks, broken. @throws Stale */
export function brokenSource(repository: string, mutant: Mutant): string {
  return editedFile(join(repository, KERNEL), mutant);
}

/** Write the program that replays recordings and runs random programs on the broken kernel to `file`. */
export async function bundleDetector(repository: string, mutant: Mutant, file: string): Promise<void> {
  const { outputFiles } = await build({
    ...NODE_BUNDLE,
    entryPoints: [join(repository, "mutants/src/detect/main.ts")],
    write: false,
    plugins: [editing(join(repository, KERNEL), mutant)],
  });
  await writeFile(file, constBindings(outputFiles[0]?.text ?? ""));
}

/** The files of tests of behaviours. */
export async function behaviourTests(repository: string): Promise<string[]> {
  const names = await readdir(join(repository, TESTS, BEHAVIOURS));
  return names.filter((name) => name.endsWith(".test.ts") && name !== CATALOGUE).map((name) => join(BEHAVIOURS, name));
}

/** Write the tests in files of the kernel's, on the broken one, to `file`, as one. */
export async function bundleTests(
  repository: string,
  mutant: Mutant,
  tests: readonly string[],
  file: string,
): Promise<void> {
  const folder = join(repository, TESTS);
  const { outputFiles } = await build({
    ...NODE_BUNDLE,
    write: false,
    stdin: { contents: tests.map((name) => `import "./${name}";`).join("\n"), resolveDir: folder, loader: "ts" },
    // The package says that it has no side effects, and its tests have nothing else.
    ignoreAnnotations: true,
    external: [...NODE_BUNDLE.external, "vitest"],
    plugins: [editing(join(repository, KERNEL), mutant)],
  });
  await writeFile(file, constBindings(outputFiles[0]?.text ?? ""));
}
