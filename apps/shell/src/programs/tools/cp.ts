/** `cp FROM TO`: a copy of a file; TO may be a directory. */
import { FileReader, FileWriter } from "@tessera/servers";
import { tool } from "../tool.js";
import { pathsOf, WRITING } from "../writing.js";

export const cp = tool("cp", WRITING, function* (own, handles) {
  const [from, to, ...more] = own.words;
  if (from === undefined || to === undefined || more.length > 0) return yield* own.complain("takes FROM and TO");
  const paths = pathsOf(own, handles);
  const source = yield* paths.open(from);
  if (source.error !== null) return yield* own.failed(from, source.error);
  const place = yield* paths.stat(to);
  const isInside = place.error === null && place.kind === "directory";
  const path = isInside ? `${to}/${from.split("/").filter(Boolean).at(-1)}` : to;
  const target = yield* paths.open(path, { create: true, write: true });
  if (target.error !== null) return yield* own.failed(path, target.error);
  yield* target.file.truncate({ size: 0 });

  const reader = new FileReader(source.file);
  const writer = new FileWriter(target.file);
  for (;;) {
    const next = yield* reader.bytes();
    if (next.error === "End") break;
    if (next.error !== null) return yield* own.failed(from, next.error);
    const { error } = yield* writer.write(next.bytes);
    if (error !== null) return yield* own.failed(path, error);
  }
  return 0;
});
