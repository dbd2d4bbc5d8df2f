import { GROUND, testsOfFiles } from "./suites.js";

// Of the random ones a sample; `npm run conformance` replays all. With the kernel's invariants checked at every exit.
testsOfFiles(({ kind, suite }) =>
  GROUND.includes(suite) ? undefined : { every: kind === "random" ? 10 : 1, checkInvariants: true },
);
