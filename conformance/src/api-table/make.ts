/** The reference table made anew: all of the project's recordings counted, the sources and tests looked through. */
import { linesOf, readText, recordingFiles } from "../recording/files.js";
import { parseRecording } from "../recording/parse.js";
import { ApiCount } from "./count.js";
import { stubFiles, usesInTests } from "./sources.js";
import { apiTable } from "./table.js";

/** @param recordings their folder @param repository its root folder */
export function makeApiTable(recordings: string, repository: string): string {
  const count = new ApiCount();
  for (const file of recordingFiles(recordings)) {
    for (const line of linesOf(readText(file))) count.add(parseRecording(line));
  }
  return apiTable(count, { files: stubFiles(repository), uses: usesInTests(repository) });
}
