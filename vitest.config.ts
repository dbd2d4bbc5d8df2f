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
  },
});
