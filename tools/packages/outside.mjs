/**
 * A folder outside the workspace: the tarballs installed by npm, beside a stranger's programs (tools/consumer) and the
 * lecture's sources, which nobody there may find in another way than through the packages.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { run } from "./command.mjs";

/** What is copied there, under the same path. */
const SOURCES = ["apps/host/src", "apps/lecture/src", "tools/consumer/src"];

/** The package of those that is not published, and what stands for it: they name its file instead. */
const PRIVATE = { name: "@tessera/app-host", file: "apps/host/src/index.js", users: "apps/lecture/src" };

/** Where the compiled consumer lies, from the folder. */
export const CONSUMER = "js/tools/consumer/src";

const COMPILER_OPTIONS = {
  target: "ES2022",
  lib: ["ES2023", "DOM"],
  types: [],
  strict: true,
  skipLibCheck: false,
  rootDir: ".",
  outDir: "js",
};

/** How a stranger may resolve modules: as Node does, and as bundlers do. */
export const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "preserve", moduleResolution: "bundler", noEmit: true },
};

/** Installs `tarballs` in a new folder `folder`. */
export async function install(root, folder, tarballs) {
  mkdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  await run("npm", ["install", "--no-audit", "--no-fund", "--prefix", folder, ...tarballs], { cwd: folder });
  for (const source of SOURCES) cpSync(join(root, source), join(folder, source), { recursive: true });
  nameFile(folder);
}

/** Has the copied sources name the file of the package that is not there. */
function nameFile(folder) {
  const users = join(folder, PRIVATE.users);
  for (const file of readdirSync(users, { recursive: true }).filter((name) => name.endsWith(".ts"))) {
    const source = join(users, file);
    const path = relative(dirname(source), join(folder, PRIVATE.file)).replaceAll("\\", "/");
    writeFileSync(source, readFileSync(source, "utf8").replaceAll(`"${PRIVATE.name}"`, `"${path}"`));
  }
}

/** Type-checks the consumer under a name of RESOLUTIONS; `nodenext` compiles it too. */
export async function compile(root, folder, resolution) {
  const config = join(folder, `tsconfig.${resolution}.json`);
  const compilerOptions = { ...COMPILER_OPTIONS, ...RESOLUTIONS[resolution] };
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ["tools"] }, null, 2));
  await run(join(root, "node_modules", ".bin", "tsc"), ["-p", config]);
  if (compilerOptions.noEmit !== true) {
    cpSync(join(folder, "tools/consumer/src/by-require.cjs"), join(folder, CONSUMER, "by-require.cjs"));
  }
}

/** Every specifier that the installed packages of ours offer, with the file it stands for. */
export function specifiers(folder) {
  const scope = join(folder, "node_modules", "@tessera");
  return Object.fromEntries(
    readdirSync(scope).flatMap((name) => {
      const { exports } = JSON.parse(readFileSync(join(scope, name, "package.json"), "utf8"));
      return Object.entries(exports).map(([path, { default: file }]) => [
        `@tessera/${name}${path.slice(1)}`,
        `/node_modules/@tessera/${name}/${file.slice(2)}`,
      ]);
    }),
  );
}

/** Imports every specifier in a process of its own. Returns how many there are. */
export async function importAll(folder) {
  const names = Object.keys(specifiers(folder));
  const program = names.map((name) => `import ${JSON.stringify(name)};`).join("\n");
  await run(process.execPath, ["--input-type=module", "--eval", program], { cwd: folder });
  return names.length;
}
