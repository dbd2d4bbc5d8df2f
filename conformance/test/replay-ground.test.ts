import { GROUND, testsOfFiles } from "./suites.js";

// All of them, with the kernel's invariants checked at every exit.
testsOfFiles(({ suite }) => (GROUND.includes(suite) ? { every: 1, checkInvariants: true } : undefined));
