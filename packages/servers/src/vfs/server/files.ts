/** Open files of the vfs: reading and writing by sessions, with data through the windows of both sides. */
import { Failure, fail } from "../../common/answer.js";
import type { Handlers } from "../../common/handles.js";
import type { Window } from "../../common/window.js";
import type { File } from "../interface.js";
import { CHUNK } from "../limits.js";
import { Change } from "../volume.js";
import { attributesOf } from "./attributes.js";
import type { Node } from "./nodes.js";
import type { Watches } from "./watches.js";

/** What is kept for an open file. */
export interface Opened {
  readonly node: Node;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly window: Window | null;
  /** Where it was opened: who watches that directory hears of changes. */
  readonly directory: Node;
  readonly name: string;
}

/** What files are asked. */
export function fileHandlers(watches: Watches): Handlers<typeof File, Opened> {
  const changed = ({ directory, name }: Opened) => watches.tell(directory, "changed", name);
  return {
    *read({ node, readable }, { offset, length }) {
      if (!readable) return fail("Denied");
      const data = new Uint8Array(Math.min(length, CHUNK));
      const count = yield* node.on.read(node.node, offset, data.length, (done, bytes) => {
        data.set(bytes, done);
        return undefined;
      });
      return count instanceof Failure ? looked(count) : { data: data.subarray(0, count) };
    },
    *write(file, { offset, data }) {
      if (!file.writable) return fail("Denied");
      const written = yield* file.node.on.write(file.node.node, offset, data.length, (done, length) => {
        return data.subarray(done, done + length);
      });
      if (written instanceof Failure) return wrote(written);
      changed(file);
      return { written };
    },
    *readWindow({ node, readable, window }, { offset, length, at }) {
      if (!readable) return fail("Denied");
      if (window === null || !window.holds(at, 0)) return fail("NoWindow");
      const most = Math.min(length, window.bytes - at);
      const count = yield* node.on.read(node.node, offset, most, (done, bytes) => window.write(at + done, bytes));
      return count instanceof Failure ? looked(count) : { count };
    },
    *writeWindow(file, { offset, length, at }) {
      const { node, writable, window } = file;
      if (!writable) return fail("Denied");
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const written = yield* node.on.write(node.node, offset, length, (done, count) => window.read(at + done, count));
      if (written instanceof Failure) return wrote(written);
      changed(file);
      return { written };
    },
    *truncate(file, { size }) {
      if (!file.writable) return fail("Denied");
      const to = { what: Change.size, mode: 0, uid: 0, gid: 0, size, accessedUs: 0, modifiedUs: 0 };
      const answer = yield* file.node.on.change(file.node.node, to);
      if (answer instanceof Failure) return answer.error === "IsDirectory" ? fail("IO") : fail(answer.error);
      changed(file);
      return undefined;
    },
    *stat({ node }) {
      const found = yield* node.on.stat(node.node);
      return found instanceof Failure ? found : attributesOf(found);
    },
    *sync({ node }) {
      return (yield* node.on.sync(node.node)) ?? undefined;
    },
  };
}

/** A file is one, and has a window: other words are the volume's mistake. */
function looked({ error }: Failure<"NotFile" | "NoWindow" | "Denied" | "Stale" | "IO">) {
  return fail(error === "NotFile" || error === "NoWindow" ? "IO" : error);
}

function wrote({
  error,
}: Failure<"NotFile" | "NoWindow" | "TooLarge" | "Denied" | "Full" | "ReadOnly" | "Stale" | "IO">) {
  return fail(error === "NotFile" || error === "NoWindow" ? "IO" : error);
}
