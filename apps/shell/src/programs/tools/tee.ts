/** `tee FILE`: what it reads goes to its output, and into a file. */
import { calls, File, FileReader, FileWriter } from "@tessera/servers";
import { tool } from "../tool.js";
import { pathsOf, WRITING } from "../writing.js";

export const tee = tool("tee", { ...WRITING, stdin: calls(File) }, function* (own, handles) {
  const [path, ...more] = own.words;
  if (path === undefined || more.length > 0) return yield* own.complain("takes the path of a file");
  const opened = yield* pathsOf(own, handles).open(path, { create: true, write: true });
  if (opened.error !== null) return yield* own.failed(path, opened.error);
  yield* opened.file.truncate({ size: 0 });
  const reader = new FileReader(handles.stdin);
  const writer = new FileWriter(opened.file);
  for (;;) {
    const next = yield* reader.bytes();
    if (next.error === "End") return 0;
    if (next.error !== null) return yield* own.failed("standard input", next.error);
    const { error } = yield* writer.write(next.bytes);
    if (error !== null) return yield* own.failed(path, error);
    yield* own.write(next.bytes);
  }
});
