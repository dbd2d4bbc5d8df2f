import { GROUND, testsOfFiles } from "./suites.js";

// Of the random ones a sample; `npm run conformance` replays all.
testsOfFiles(({ kind, suite }) =>
  GROUND.includes(suite) ? undefined : { every: kind === "random" ? 10 : 1, checkInvariants: kind === "hand" },
);
