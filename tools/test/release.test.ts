/** The packages as they are released: complete manifests, one version for all, a changelog each. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly keywords: readonly string[];
  readonly license: string;
  readonly repository: { readonly directory: string };
  readonly sideEffects: boolean;
  readonly engines: { readonly node: string };
  readonly files: readonly string[];
  readonly exports: Readonly<Record<string, string>>;
  readonly publishConfig: {
    readonly access: string;
    readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  };
  readonly dependencies?: Readonly<Record<string, string>>;
}

const root = dirname(dirname(import.meta.dirname));
const folders = readdirSync(join(root, "packages")).map((name) => `packages/${name}`);
const readManifest = (base: string, folder: string): Manifest =>
  JSON.parse(readFileSync(join(base, folder, "package.json"), "utf8"));
const whole = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;

describe.each(folders)("%s", (folder) => {
  const manifest = readManifest(root, folder);

  test("says what it is, under which licence, and where it runs", () => {
    expect(manifest.name).toBe(`@tessera/${folder.slice("packages/".length)}`);
    expect(manifest.description.length).toBeGreaterThan(20);
    expect(manifest.keywords.length).toBeGreaterThan(2);
    expect(manifest.license).toBe(whole.license);
    expect(manifest.engines).toEqual(whole.engines);
    expect(manifest.repository.directory).toBe(folder);
    expect(manifest.sideEffects).toBe(false);
    expect(existsSync(join(root, folder, "README.md"))).toBe(true);
  });

  test("publishes what it exports from dist, and its changelog", () => {
    expect(manifest.files).toEqual(["dist", "!dist/.tsbuildinfo", "CHANGELOG.md"]);
    const built = Object.entries(manifest.exports).map(([path, source]) => {
      const file = source.replace("./src/", "./dist/").replace(/\.ts$/, "");
      return [path, { types: `${file}.d.ts`, default: `${file}.js` }];
    });
    expect(manifest.publishConfig).toEqual({ access: "public", exports: Object.fromEntries(built) });
  });
});

describe("changeset version", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
    const files = ["package.json", "pnpm-workspace.yaml", "pnpm-lock.yaml"];
    // With the changes that wait to be released: whether they can be read is found out here.
    for (const file of readdirSync(join(root, ".changeset"))) files.push(`.changeset/${file}`);
    const apps = readdirSync(join(root, "apps")).map((name) => `apps/${name}`);
    for (const manifest of [...folders, ...apps].map((name) => `${name}/package.json`)) files.push(manifest);
    for (const file of files) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      cpSync(join(root, file), join(folder, file));
    }
    writeFileSync(join(folder, ".changeset/one.md"), '---\n"@tessera/kernel": minor\n---\n\nA planted change.\n');
    const git = (...args: string[]) => spawnSync("git", args, { cwd: folder });
    git("init", "-q");
    const { status, stdout, stderr } = spawnSync(join(root, "node_modules/.bin/changeset"), ["version"], {
      cwd: folder,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("one change gives every package the next version, and the same one", () => {
    const [major, minor] = readManifest(root, "packages/kernel").version.split(".").map(Number);
    const versions = new Set(folders.map((name) => readManifest(folder, name).version));
    expect([...versions]).toEqual([`${major}.${minor! + 1}.0`]);
  });

  test("the change stands in the changelog of its package; the apps have none", () => {
    const changelog = (name: string) => readFileSync(join(folder, name, "CHANGELOG.md"), "utf8");
    expect(changelog("packages/kernel")).toContain("A planted change.");
    expect(changelog("packages/testing")).not.toContain("A planted change.");
    expect(existsSync(join(folder, "apps/lecture/CHANGELOG.md"))).toBe(false);
    expect(readManifest(folder, "apps/lecture").version).toBe(readManifest(root, "apps/lecture").version);
  });

  test("packages go on to depend on each other as neighbours", () => {
    expect(readManifest(folder, "packages/kernel").dependencies).toEqual(
      readManifest(root, "packages/kernel").dependencies,
    );
  });
});
