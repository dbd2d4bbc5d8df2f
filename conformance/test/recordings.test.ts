import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { readText, recordingFiles } from "../src/recording/files.js";
import { parseRecording } from "../src/recording/parse.js";
import { ownRecordings, RECORDINGS } from "./own-recordings.js";

test("the compressed recordings are the bytes that were recorded", () => {
  const files = recordingFiles(RECORDINGS);
  const sums = files.map((file) => {
    const sum = createHash("sha256").update(readText(file)).digest("hex");
    return `${sum}  ${basename(file, ".gz")}`;
  });
  expect(sums).toEqual(readFileSync(join(RECORDINGS, "SHA256SUMS"), "utf8").trimEnd().split("\n"));
});

test("every recorded line can be read: 7154 scenarios of 162021 ops", () => {
  const recordings = [...ownRecordings().values()].flat().map(parseRecording);
  expect(recordings.length).toBe(7154);
  expect(recordings.reduce((sum, { scenario }) => sum + scenario.ops.flat().length, 0)).toBe(162_021);
});

test("a recorded id names one scenario", () => {
  const ids = [...ownRecordings().values()].flat().map((line) => parseRecording(line).scenario.id);
  expect(new Set(ids).size).toBe(ids.length);
});
