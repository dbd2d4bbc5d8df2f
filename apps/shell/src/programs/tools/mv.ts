/** `mv FROM TO`: another name, or another directory. */
import { tool } from "../tool.js";
import { pathsOf, WRITING } from "../writing.js";

export const mv = tool("mv", WRITING, function* (own, handles) {
  const [from, to, ...more] = own.words;
  if (from === undefined || to === undefined || more.length > 0) return yield* own.complain("takes FROM and TO");
  const paths = pathsOf(own, handles);
  const place = yield* paths.stat(to);
  const isInside = place.error === null && place.kind === "directory";
  const path = isInside ? `${to}/${from.split("/").filter(Boolean).at(-1)}` : to;
  const moved = yield* paths.at(from, (source, name) =>
    paths.at(path, (directory, newName) => source.rename({ name, directory, to: newName })),
  );
  return moved.error === null ? 0 : yield* own.failed(from, moved.error);
});
