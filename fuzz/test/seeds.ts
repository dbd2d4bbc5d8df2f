/** The fuzzer's files: the programs that it begins with, and what the recordings have. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Counts } from "../src/matrix/matrix.js";

export const FOLDER = fileURLToPath(new URL("..", import.meta.url));
export const RECORDINGS = fileURLToPath(new URL("../../conformance/recordings", import.meta.url));

export function seedLines(): string[] {
  return readFileSync(`${FOLDER}/seeds.jsonl`, "utf8").trim().split("\n");
}

export function recordedPairs(): Counts {
  return JSON.parse(readFileSync(`${FOLDER}/recorded-pairs.json`, "utf8")) as Counts;
}
