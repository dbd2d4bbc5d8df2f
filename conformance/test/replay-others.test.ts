import { GROUND, OBJECTS, testsOfFiles } from "./suites.js";

// In a file of its own, so that it runs beside the other parts.
testsOfFiles(({ suite }) => !GROUND.includes(suite) && !OBJECTS.includes(suite));
