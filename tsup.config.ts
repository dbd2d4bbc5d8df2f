/**
 * JavaScript of every published package, one entry an export; `tsc -b` adds the declarations afterwards.
 *
 * The entries of a package share chunks (splitting), so that `@tessera/hal-sim` and `@tessera/hal-sim/isa` have one
 * copy of the executing CPU between them.
 */
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "tsup";
import { checkedConstBindings } from "./tools/const-bindings.mjs";

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
}

const CONSTANTS = {
  name: "const-bindings",
  async renderChunk(_code: string, { code }: { code: string }) {
    return { code: await checkedConstBindings(code) };
  },
};

function packageConfig(name: string) {
  const folder = `packages/${name}`;
  const { exports } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
  const entry = Object.values(exports).map((source) => {
    const path = source.replace("./src/", "");
    return [path.replace(/\.ts$/, ""), `${folder}/src/${path}`] as const;
  });
  return {
    name,
    entry: Object.fromEntries(entry),
    outDir: `${folder}/dist`,
    format: "esm" as const,
    target: "es2022",
    platform: "neutral" as const,
    external: [/^@tessera\//, "rxjs", "inversify"],
    // Constants of another module cannot be folded into code: whoever uses those of the ABI has them in its own.
    noExternal: ["@tessera/libsel4/abi"],
    splitting: true,
    sourcemap: true,
    clean: true,
    dts: false,
    silent: true,
    plugins: [CONSTANTS],
  };
}

export default defineConfig(readdirSync("packages").sort().map(packageConfig));
