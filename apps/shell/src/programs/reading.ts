/** What the tools that read have in common: files that are named, or standard input where none is. */
import type { Thread } from "@tessera/hal-sim/isa";
import { calls, Directory, File, FileReader, type Handles, type Nothing } from "@tessera/servers";
import { Paths } from "./paths.js";
import type { Tool } from "./tool.js";

/** The needs of a tool that reads. It cannot change a file. */
export const READING = { stdin: calls(File), look: calls(Directory), devices: calls(Directory) };

/**
 * Read one file after the other.
 * @param names their paths; none: standard input
 * @param read reads one, to its end or not; the word of what went wrong, or null
 * @returns the status: 1 when one of them could not be read
 */
export function* readEach(
  tool: Tool,
  { stdin, look, devices }: Handles<typeof READING, Nothing>,
  names: readonly string[],
  read: (reader: FileReader, name: string | null) => Thread<string | null>,
): Thread<number> {
  if (names.length === 0) {
    const error = yield* read(new FileReader(stdin), null);
    return error === null ? 0 : yield* tool.failed("standard input", error);
  }
  const paths = new Paths(look, devices, tool.directory);
  let status = 0;
  for (const name of names) {
    const opened = yield* paths.open(name);
    if (opened.error !== null) {
      status = yield* tool.failed(name, opened.error);
      continue;
    }
    const error = yield* read(new FileReader(opened.file), name);
    yield* opened.file.close();
    if (error !== null) status = yield* tool.failed(name, error);
  }
  return status;
}

/** Call `use` with each line, up to where it returns false. @returns the word of what went wrong, or null */
export function* eachLine(reader: FileReader, use: (line: string) => Thread<boolean>): Thread<string | null> {
  for (;;) {
    const next = yield* reader.line();
    if (next.error === "End") return null;
    if (next.error !== null) return next.error;
    if (!(yield* use(next.line))) return null;
  }
}
