/**
 * What the documents say of the repository is looked up in it: links and their anchors, files, scripts, names in
 * backticks, the transcript and the excerpts of code.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";

const root = dirname(dirname(import.meta.dirname));
const SKIPPED = /^(\.(?!ci$)\w|node_modules$|dist$|coverage$|reference$)/;

/** What a script makes: linked, though a fresh clone does not have it. */
const MADE = new Set(["docs/reference/index.html"]);

const read = (file: string): string => readFileSync(join(root, file), "utf8");

function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return SKIPPED.test(entry.name) ? [] : filesBelow(path);
    return [path];
  });
}

const files = filesBelow(".");
const folders = new Set(files.flatMap((file) => ancestors(dirname(file))));
const documents = files.filter((file) => file.endsWith(".md"));
/** The documents of the whole project, and the kernel's: their names are looked up one by one. */
const named = documents.filter((file) => !file.includes("/") || /^(docs|packages\/kernel)\//.test(file));

function ancestors(folder: string): string[] {
  return folder === "." ? [] : [folder, ...ancestors(dirname(folder))];
}

/** The text of a document without its fenced blocks, which are not prose. */
const prose = (file: string): string => read(file).replace(/^```[\s\S]*?^```$/gm, "");

/** The bodies of a document's fenced blocks in one language ("" = none named). */
function blocks(file: string, language: string): string[] {
  return [...read(file).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map((m) => m[2]!);
}

describe.each(documents)("%s", (document) => {
  const links = [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);

  test("links lead to what exists", () => {
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(document, link));
    expect(broken).toEqual([]);
  });
});

function leadsSomewhere(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : normalize(join(dirname(document), path));
  if (MADE.has(target)) return true;
  if (statSync(join(root, target), { throwIfNoEntry: false }) === undefined) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** Headings as the anchors that are made of them. */
function anchorsOf(document: string): string[] {
  return [...prose(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}

const sources = files.filter((file) => /\.(ts|mjs|cjs|json|grit)$/.test(file) && file !== "tools/test/docs.test.ts");
const words = new Set(sources.flatMap((file) => read(file).match(/\w+/g) ?? []));
const scripts = (JSON.parse(read("package.json")) as { scripts: Record<string, string> }).scripts;

/** Why what stands in backticks is nothing of ours, or null. */
function stranger(document: string, code: string): string | null {
  const script = /^npm (?:run (?:-s )?)?([\w-]+)/.exec(code);
  if (script !== null) return script[1]! in scripts || script[1] === "install" ? null : `no script ${script[1]}`;
  if (/^[\w@.-]*\/?[\w./-]*(\/|\.(ts|mjs|cjs|json|md|txt))$|^[\w.-]+\/[\w./-]+$/.test(code)) {
    return isPath(document, code) ? null : `no file ${code}`;
  }
  const unknown = (code.match(/[A-Za-z_]\w+\*?/g) ?? []).filter((word) => !isWord(word));
  return unknown.length === 0 ? null : `no such word: ${unknown.join(", ")}`;
}

/** A word of the sources, or, as in `cspace_*`, how one begins. */
function isWord(word: string): boolean {
  if (!word.endsWith("_*")) return words.has(word.replace("*", ""));
  return [...words].some((known) => known.startsWith(word.slice(0, -1)));
}

/** A file or folder named from the root, from the document, or by the end of its path. */
function isPath(document: string, code: string): boolean {
  const path = code.replace(/\/$/, "");
  const all = [...files, ...folders];
  return all.some((file) => file === path || file.endsWith(`/${path}`) || relative(dirname(document), file) === path);
}

describe.each(named)("%s", (document) => {
  test("names files, scripts and identifiers that exist", () => {
    const spans = [...prose(document).matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
    expect(spans.map((code) => stranger(document, code)).filter((why) => why !== null)).toEqual([]);
  });
});

test("a name, a file and a script that do not exist are found", () => {
  expect(stranger("README.md", "seL4_Cull")).toBe("no such word: seL4_Cull");
  expect(stranger("README.md", "packages/kernel/src/entrance.ts")).toMatch("no file");
  expect(stranger("README.md", "npm run everything")).toBe("no script everything");
  expect(leadsSomewhere("README.md", "docs/manual/differences.md#nowhere")).toBe(false);
});

/** `npx vitest run tools/test/docs.test.ts -u` writes it anew. */
test("README shows the shell's session, byte for byte", async () => {
  const readme = read("README.md");
  const shown = blocks("README.md", "").find((block) => block.startsWith("This is Tessera."));
  expect(shown).toBeDefined();
  const current = readme.replace(shown as string, () => read("apps/shell/expect.txt"));
  await expect(current).toMatchFileSnapshot("../../README.md");
});

test("README's excerpt of the server is what the server executes", () => {
  const server = read("apps/lecture/src/programs/server.ts").replace(/^ {2}/gm, "");
  const excerpts = blocks("README.md", "ts");
  expect(excerpts.length).toBeGreaterThan(0);
  expect(excerpts.filter((excerpt) => !server.includes(excerpt))).toEqual([]);
});

test("the documents count the recorded scenarios right", () => {
  const folder = "conformance/recordings";
  const lines = readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".jsonl.gz"))
    .map((name) => gunzipSync(readFileSync(join(root, folder, name))).toString())
    .flatMap((text) => text.split("\n").filter((line) => line !== ""));
  for (const document of ["README.md", "CHANGELOG.md", "docs/manual/differences.md"]) {
    expect(read(document)).toContain(lines.length.toLocaleString("en"));
  }
  expect(read("conformance/README.md")).toContain(`${lines.length} scenarios`);
});
