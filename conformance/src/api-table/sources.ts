/** Where in the repository the stubs are defined, and which tests use them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

const STUB = /^export function\*? (seL4_\w+)/gm;
const NAME = /\bseL4_\w+/g;

/** Name of a stub -> its file, from the repository's root. */
export function stubFiles(repository: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const file of sourcesBelow(join(repository, "packages/libsel4/src"))) {
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(STUB)) {
      files.set(name, relative(repository, file).replaceAll("\\", "/"));
    }
  }
  return files;
}

/** Name of a stub -> the tests that name it, each as "package: file file ...". */
export function usesInTests(repository: string): (stub: string) => string[] {
  const packages = readdirSync(join(repository, "packages")).sort();
  const groups = [
    ...packages.map((name) => ({ name, folder: `packages/${name}/test` })),
    { name: "conformance", folder: "conformance/test" },
    { name: "conformance", folder: "conformance/src/replay" },
  ].map(({ name, folder }) => ({ name, files: namesByFile(join(repository, folder)) }));
  return (stub) =>
    groups.flatMap(({ name, files }) => {
      const users = [...files].filter(([, names]) => names.has(stub)).map(([file]) => file);
      return users.length === 0 ? [] : [`${name}: ${users.join(" ")}`];
    });
}

/** File, without its ending -> the names of the API in it. */
function namesByFile(folder: string): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    sourcesBelow(folder).map((file) => [
      relative(folder, file)
        .replaceAll("\\", "/")
        .replace(/(\.test)?\.ts$/, ""),
      new Set(readFileSync(file, "utf8").match(NAME) ?? []),
    ]),
  );
}

/** The TypeScript files in a folder and those below it, by name; none when there is no such folder. */
function sourcesBelow(folder: string): string[] {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(folder);
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesBelow(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function list(folder: string) {
  return readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
}
