import { GROUND, testsOfFiles } from "./suites.js";

// All of them; those that a person chose also with the kernel's invariants checked at every exit.
testsOfFiles(({ kind, suite }) =>
  GROUND.includes(suite) ? { every: 1, checkInvariants: kind !== "random" } : undefined,
);
