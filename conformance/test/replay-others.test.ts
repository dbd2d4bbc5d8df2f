import { GROUND, testsOfFiles } from "./suites.js";

// In a file of its own, so that it runs beside the ground suites.
testsOfFiles(({ suite }) => !GROUND.includes(suite));
