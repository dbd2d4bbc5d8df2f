/** A disk for swap, and for files, that a test can hold up and have fail. */
import {
  type Component,
  component,
  Directory,
  File,
  fail,
  type Handlers,
  PLAIN_DIRECTORY,
  plainAttributes,
  type Window,
} from "../../src/index.js";

/** How a disk is to behave, which a test sets, and what it has done. */
export interface DiskState {
  /** Who wants this waits until it is null and `stat` of the directory is asked for. */
  held: "reads" | "writes" | null;
  failsToRead: boolean;
  failsToWrite: boolean;
  reads: number;
  writes: number;
}

/** A disk that does what it should. */
export function diskState(): DiskState {
  return { held: null, failsToRead: false, failsToWrite: false, reads: 0, writes: 0 };
}

/** The component. All its files are one. */
export function diskOf(state: DiskState): Component {
  return component("disk", {
    offers: { root: Directory },
    waiting: 24,
    *main({ root, self }) {
      const bytes = new Uint8Array(2 ** 20);
      const released = self.condition();
      const gate = function* (what: "reads" | "writes") {
        while (state.held === what) yield* released.wait();
      };
      const stat = plainAttributes("file", { size: bytes.length });
      const files: Handlers<typeof File, Window | null> = {
        *read(_, { offset, length }) {
          yield* gate("reads");
          return state.failsToRead ? fail("IO") : { data: bytes.slice(offset, offset + Math.min(length, 896)) };
        },
        write: () => fail("Denied"),
        *readWindow(window, { offset, length, at }) {
          state.reads += 1;
          yield* gate("reads");
          if (state.failsToRead || window === null) return fail("IO");
          yield* window.write(at, bytes.subarray(offset, offset + length));
          return { count: length };
        },
        *writeWindow(window, { offset, length, at }) {
          state.writes += 1;
          yield* gate("writes");
          if (state.failsToWrite || window === null) return fail("IO");
          bytes.set(yield* window.read(at, length), offset);
          return { written: length };
        },
        truncate: () => {},
        stat: () => stat,
        sync() {},
      };
      const directories: Handlers<typeof Directory, Window | null> = {
        ...PLAIN_DIRECTORY,
        walk: () => fail("NotDirectory"),
        entry: () => stat,
        open: (window) => ({ file: root.session(File, window, files) }),
        enter: () => fail("NotFound"),
        readOnly: (window) => ({ directory: root.session(Directory, window, directories) }),
        next: () => fail("End"),
        stat() {
          released.wake();
          return stat;
        },
        remove: () => fail("Denied"),
        rename: () => fail("Denied"),
      };
      yield* root.serve(({ window }) => window, directories);
    },
  });
}
