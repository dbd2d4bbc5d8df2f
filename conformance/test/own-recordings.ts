/** The project's own recordings, as the tests read them. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { linesOf, readText, recordingFiles } from "../src/recording/files.js";

export const RECORDINGS = fileURLToPath(new URL("../recordings", import.meta.url));
export const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));

/** Name without folder and endings -> its lines. */
export function ownRecordings(): Map<string, string[]> {
  return new Map(
    recordingFiles(RECORDINGS).map((file) => [basename(file).split(".")[0] ?? "", linesOf(readText(file))]),
  );
}
