/**
 * How a program for Node is bundled. Not as esbuild's platform "node" does it: that prefers CommonJS where a library
 * offers it, and of CommonJS nothing unused can be left out. The machine needs 16 KB of rxjs and not all of it.
 */
export const NODE_BUNDLE = {
  bundle: true,
  platform: "neutral",
  // The runner of mutants bundles while it runs.
  external: ["node:*", "esbuild"],
  mainFields: ["module", "main"],
  conditions: ["es2015"],
  target: "node20",
  format: "esm",
  sourcesContent: false,
  logLevel: "warning",
};
