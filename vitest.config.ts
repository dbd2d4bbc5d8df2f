import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{packages,apps}/*/test/**/*.test.ts",
      "{conformance,fuzz,mutants}/test/**/*.test.ts",
      "tools/test/**/*.test.ts",
    ],
    testTimeout: 30_000,
    passWithNoTests: true,
    // Modules keep no state, so files share them: they are loaded and compiled once a worker, which halves the time again.
    isolate: false,
    // The workers do all of the work: none of the processors is kept for vitest itself.
    maxWorkers: "100%",
    // Node's own modules in place of vite's: half the time (tools/ts-modules/hooks.mjs).
    experimental: { viteModuleRunner: false, nodeLoader: false },
    execArgv: ["--import", new URL("tools/ts-modules/register.mjs", import.meta.url).href, "--enable-source-maps"],
  },
});
