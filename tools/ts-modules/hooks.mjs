/**
 * TypeScript as modules of Node itself, for the tests. Vite's runner makes an import of each name a call of a getter, which
 * costs a test that runs the kernel as much time again as all that the kernel does; V8's own imports cost nothing.
 *
 * An import of `./file.js` in a source is one of `./file.ts`. What becomes of a source is kept, with a hash of it at its end,
 * so that it is turned into JavaScript once, and not once for each file of tests. Stacks tell lines of the source by its map.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const KEPT = fileURLToPath(new URL("../../node_modules/.cache/tessera-modules/", import.meta.url));
const OPTIONS = { loader: "ts", format: "esm", target: "node20.19", sourcemap: "inline", sourcesContent: false };

mkdirSync(KEPT, { recursive: true });

/** @param specifier as it is imported */
export function resolve(specifier, context, next) {
  if (!isTypeScript(context.parentURL) || !/^\.\.?\/.*\.js$/.test(specifier)) return next(specifier, context);
  const url = new URL(specifier.replace(/\.js$/, ".ts"), context.parentURL).href;
  return { url, format: "module", shortCircuit: true };
}

/** @param url as it was resolved */
export async function load(url, context, next) {
  if (!isTypeScript(url)) return next(url, context);
  return { format: "module", source: await javascriptOf(fileURLToPath(pathOf(url))), shortCircuit: true };
}

async function javascriptOf(file) {
  const source = readFileSync(file, "utf8");
  const kept = `${KEPT}${hashOf(file)}.mjs`;
  const end = `//${hashOf(JSON.stringify(OPTIONS) + source)}\n`;
  const before = existsSync(kept) ? readFileSync(kept, "utf8") : "";
  if (before.endsWith(end)) return before;
  const { transform } = await import("esbuild");
  const { code } = await transform(source, { ...OPTIONS, sourcefile: file });
  // Renamed into place, since others may look for it meanwhile.
  writeFileSync(`${kept}.${process.pid}`, code + end);
  renameSync(`${kept}.${process.pid}`, kept);
  return code;
}

function hashOf(text) {
  return createHash("sha1").update(text).digest("hex");
}

function isTypeScript(url) {
  return url !== undefined && pathOf(url).endsWith(".ts");
}

/** Vitest adds a question to the files of tests. */
function pathOf(url) {
  return url.split("?")[0];
}
