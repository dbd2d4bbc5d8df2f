/** `cp FROM TO`: a copy of a file; TO may be a directory. */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Client, type File, FileReader, FileWriter } from "@tessera/servers";
import type { Paths } from "../paths.js";
import { type Tool, tool } from "../tool.js";
import { openAnew, pathsOf, placeOf, WRITING } from "../writing.js";

export const cp = tool(
  "cp",
  { takes: "FROM TO", does: "a copy of a file; TO may be a directory" },
  WRITING,
  function* (own, handles) {
    const [from, to, ...more] = own.words;
    if (from === undefined || to === undefined || more.length > 0) return yield* own.complain("takes FROM and TO");
    const paths = pathsOf(own, handles);
    const path = yield* placeOf(paths, from, to);
    // Making room for the copy would empty what is to be copied.
    if (paths.whole(from) === paths.whole(path)) return yield* own.complain(`${from} and ${path} are the same file`);
    const source = yield* paths.open(from);
    if (source.error !== null) return yield* own.failed(from, source.error);
    const status = yield* copy(own, paths, { path: from, file: source.file }, path);
    yield* source.file.close();
    return status;
  },
);

function* copy(
  own: Tool,
  paths: Paths,
  source: { readonly path: string; readonly file: Client<typeof File> },
  path: string,
): Thread<number> {
  const target = yield* openAnew(paths, path);
  if (target.error !== null) return yield* own.failed(path, target.error);
  const failed = yield* moveBytes(new FileReader(source.file), new FileWriter(target.file));
  yield* target.file.close();
  if (failed === null) return 0;
  return yield* own.failed(failed.isSource ? source.path : path, failed.error);
}

/** @returns what went wrong, and on which side; null: nothing */
function* moveBytes(reader: FileReader, writer: FileWriter): Thread<{ isSource: boolean; error: string } | null> {
  for (;;) {
    const next = yield* reader.bytes();
    if (next.error === "End") return null;
    if (next.error !== null) return { isSource: true, error: next.error };
    const { error } = yield* writer.write(next.bytes);
    if (error !== null) return { isSource: false, error };
  }
}
