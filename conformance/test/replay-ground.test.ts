import { GROUND, testsOfFiles } from "./suites.js";

testsOfFiles(({ suite }) => GROUND.includes(suite));
