/** `tee FILE`: what it reads goes to its output, and into a file. */
import type { Thread } from "@tessera/hal-sim/isa";
import { calls, File, FileReader, FileWriter } from "@tessera/servers";
import { type Tool, tool } from "../tool.js";
import { openAnew, pathsOf, WRITING } from "../writing.js";

export const tee = tool(
  "tee",
  { takes: "FILE", does: "what it reads goes to its output, and into a file" },
  { ...WRITING, stdin: calls(File) },
  function* (own, handles) {
    const [path, ...more] = own.words;
    if (path === undefined || more.length > 0) return yield* own.complain("takes the path of a file");
    const opened = yield* openAnew(pathsOf(own, handles), path);
    if (opened.error !== null) return yield* own.failed(path, opened.error);
    try {
      return yield* split(own, new FileReader(handles.stdin), new FileWriter(opened.file), path);
    } finally {
      // Also when nobody takes its output, which ends it.
      yield* opened.file.close();
    }
  },
);

function* split(own: Tool, reader: FileReader, writer: FileWriter, path: string): Thread<number> {
  for (;;) {
    const next = yield* reader.bytes();
    if (next.error === "End") return 0;
    if (next.error !== null) return yield* own.failed("standard input", next.error);
    const { error } = yield* writer.write(next.bytes);
    if (error !== null) return yield* own.failed(path, error);
    yield* own.write(next.bytes);
  }
}
