/**
 * The examples of the packages are programs: every `ts` block of their READMEs and doc comments is type-checked and run.
 *
 * What stands behind `ts` says how. Nothing: it is a module. `root`: it is what a root task does, with `bootinfo` and
 * `cspace` given, and has to come to its end; names that the packages export need no import. `fragment`: it is not run.
 * A line `console.log(...); // 42` has to print what its comment says.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import ts from "typescript";
import { beforeAll, describe, expect, test } from "vitest";

interface Example {
  /** File and line of the block. */
  readonly place: string;
  readonly kind: string;
  readonly code: string;
}

const root = dirname(dirname(import.meta.dirname));
/** A workspace package that may import every other one. */
const home = join(root, "tools/consumer/src");
const KINDS = ["", "root", "fragment"];

/** The `ts` blocks of a document, or of the doc comments of a source file. */
function examplesOf(file: string, text: string): Example[] {
  const lines = text.split("\n").map((line) => (file.endsWith(".ts") ? line.replace(/^ *\* ?/, "") : line));
  const plain = lines.join("\n");
  return [...plain.matchAll(/^```ts\b *(\w*)\n([\s\S]*?)^```$/gm)].map((match) => {
    const line = plain.slice(0, match.index).split("\n").length;
    return { place: `${file}:${line}`, kind: match[1]!, code: match[2]! };
  });
}

const packages = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
const sources = packages.flatMap((folder) =>
  readdirSync(join(root, folder, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, "src", file)),
);
const readmes = packages.flatMap((folder) =>
  readdirSync(join(root, folder, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("README.md"))
    .map((file) => join(folder, "src", file)),
);
const files = [...packages.map((folder) => `${folder}/README.md`), ...readmes, ...sources];
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const examples = files.flatMap((file) => examplesOf(file, read(file)));

/** Which package exports a name: from the hand-listed index files. */
const exported = new Map(
  packages.flatMap((folder) => {
    const index = ts.createSourceFile("index.ts", read(`${folder}/src/index.ts`), ts.ScriptTarget.ES2022);
    return index.statements
      .filter((statement) => ts.isExportDeclaration(statement))
      .flatMap(({ exportClause }) => (exportClause && ts.isNamedExports(exportClause) ? exportClause.elements : []))
      .map(({ name }) => [name.text, folder.replace("packages", "@tessera")] as const);
  }),
);

/** The whole module that an example stands for. */
function moduleOf({ kind, code }: Example): string {
  if (kind !== "root") return `${code}\nexport {};\n`;
  const names = [...new Set(code.match(/\w+/g))].filter((name) => exported.has(name) && name !== "world");
  const imports = names.map((name) => `import { ${name} } from "${exported.get(name)}";`);
  return `${imports.join("\n")}
import { world } from "@tessera/testing";
let ended = false;
world({
  *root(bootinfo, cspace) {
    void bootinfo, cspace;
${code}
    ended = true;
  },
});
if (!ended) throw new Error("the example returned before its end");
`;
}

/** The compiler's complaints about these modules, by name. All are checked as one program. */
function complaints(modules: ReadonlyMap<string, string>): string[] {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => modules.has(file) || fileExists(file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = modules.get(file);
    return text === undefined ? getSourceFile(file, version, ...rest) : ts.createSourceFile(file, text, version);
  };
  const relaxed = { ...options, noUnusedLocals: false, noUnusedParameters: false };
  const program = ts.createProgram([...modules.keys()], relaxed, host);
  return [...modules.keys()].flatMap((name) => {
    const file = program.getSourceFile(name)!;
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      ({ messageText, start = 0 }) =>
        `${name}: ${file.text.slice(start).split("\n")[0]}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`,
    );
  });
}

/** What a module prints when Node runs it, line by line. @throws Error with what it complained of */
async function printed(code: string): Promise<string[]> {
  const stdin = { contents: code, resolveDir: home, loader: "ts" as const };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", write: false, logLevel: "silent" });
  const input = outputFiles[0]!.text;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-"], {
    input,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return stdout.split("\n").slice(0, -1);
}

const promised = (code: string): string[] =>
  [...code.matchAll(/^ *console\.log\(.*\); \/\/ (.*)$/gm)].map((m) => m[1]!);

test("every @example and every package has an example that says how it is run", () => {
  const bare = sources.filter(
    (file) => (read(file).match(/@example/g)?.length ?? 0) > examplesOf(file, read(file)).length,
  );
  expect(bare).toEqual([]);
  expect(examples.filter(({ kind }) => !KINDS.includes(kind))).toEqual([]);
  expect(packages.filter((folder) => !examples.some(({ place }) => place.startsWith(`${folder}/README.md`)))).toEqual(
    [],
  );
});

describe("examples", () => {
  const runnable = examples.filter(({ kind }) => kind !== "fragment");
  const fileOf = ({ place }: Example) => join(home, `${place.replace(/\W/g, "-")}.ts`);
  let wrong: string[] = [];
  beforeAll(() => {
    wrong = complaints(new Map(runnable.map((example) => [fileOf(example), moduleOf(example)])));
  }, 120_000);

  test.each(runnable)("$place type-checks, runs and prints what it says", async (example) => {
    expect(wrong.filter((complaint) => complaint.startsWith(fileOf(example)))).toEqual([]);
    expect(await printed(moduleOf(example))).toEqual(promised(example.code));
  });
});

test("an example with a wrong type, one that fails, one that stops half-way and one that lies are found", async () => {
  const planted = (code: string) => ({ place: "planted", kind: "root", code });
  const file = join(home, "planted.ts");
  const untyped = planted('yield* cspace_alloc_slot("here");');
  expect(complaints(new Map([[file, moduleOf(untyped)]]))).toEqual([
    expect.stringMatching(/not assignable to .*cspace_t/),
  ]);
  await expect(printed(moduleOf(planted("throw new Error('planted');")))).rejects.toThrow("planted");
  await expect(printed(moduleOf(planted("if (cspace) return;")))).rejects.toThrow("returned before its end");
  const lies = planted("console.log(1); // 2\n");
  expect(await printed(moduleOf(lies))).not.toEqual(promised(lies.code));
}, 120_000);
