/** Clients of disks and files, which do the tasks of file-tasks.ts. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type Component,
  calls,
  component,
  Directory,
  Disk,
  type File,
  must,
  PAGE_BYTES,
  SECTOR_BYTES,
  Volume,
  type Window,
} from "@tessera/servers";
import { FILE_BYTES, type FileTask, isStamped, LONG, lengthOf, placeOf, stamp } from "../measure/file-tasks.js";
import { fold, type Tally } from "../measure/work.js";

const WINDOW = { window: LONG / PAGE_BYTES };

/** Reads and writes pieces through its window. */
interface Pieces {
  readonly window: Window;
  read(place: number, length: number): Thread<void>;
  write(place: number, length: number): Thread<void>;
}

/** A stretch of a disk. */
export const diskClient = (tally: Tally, task: FileTask): Component =>
  component("client", {
    needs: { disk: calls(Disk, WINDOW) },
    *main({ disk }) {
      const at = (place: number, length: number) => ({
        sector: place / SECTOR_BYTES,
        count: length / SECTOR_BYTES,
        at: 0,
      });
      yield* work(tally, task, {
        window: disk.window as Window,
        *read(place, length) {
          must(yield* disk.read(at(place, length)));
        },
        *write(place, length) {
          must(yield* disk.write(at(place, length)));
        },
      });
    },
  });

/** A file of a volume, which is asked by numbers. */
export const volumeClient = (tally: Tally, task: FileTask): Component =>
  component("client", {
    needs: { volume: calls(Volume, WINDOW) },
    *main({ volume }) {
      const { node: directory } = must(yield* volume.root());
      const name = new TextEncoder().encode("f0");
      const is = { mode: 0o644, uid: 0, gid: 0 };
      if (task === "names") {
        for (;;) {
          const { node } = must(yield* volume.make({ directory, name, kind: "file", ...is }));
          const { size } = must(yield* volume.stat({ node }));
          must(yield* volume.remove({ directory, name, isDirectory: false }));
          count(tally, size + 1);
        }
      }
      const { node } = must(yield* volume.make({ directory, name, kind: "file", ...is }));
      yield* work(tally, task, {
        window: volume.window as Window,
        *read(offset, length) {
          for (let done = 0; done < length; ) {
            done += must(yield* volume.read({ node, offset: offset + done, length: length - done, at: done })).count;
          }
        },
        *write(offset, length) {
          for (let done = 0; done < length; ) {
            done += must(yield* volume.write({ node, offset: offset + done, length: length - done, at: done })).written;
          }
        },
      });
    },
  });

/** A file, or a folder, of its own: `n` of `clients`. Who reads at random reads the first one's. */
export const fileClient = (tally: Tally, task: FileTask, n: number, clients: number): Component =>
  component(`client${n}`, {
    needs: { root: calls(Directory, WINDOW) },
    *main({ root }) {
      if (task === "names") {
        const { directory } = must(yield* root.enter({ name: `d${n}`, create: true }));
        for (;;) count(tally, yield* makeAndRemove(directory));
      }
      // Many at once only read, and all of them one file.
      const { file } = must(yield* root.open({ name: "all", create: true, write: true }));
      yield* work(tally, task, piecesOf(file, root.window as Window), n, clients);
    },
  });

function piecesOf(file: Client<typeof File>, window: Window): Pieces {
  return {
    window,
    *read(offset, length) {
      for (let done = 0; done < length; ) {
        done += must(yield* file.readWindow({ offset: offset + done, length: length - done, at: done })).count;
      }
    },
    *write(offset, length) {
      for (let done = 0; done < length; ) {
        done += must(yield* file.writeWindow({ offset: offset + done, length: length - done, at: done })).written;
      }
    },
  };
}

function* work(tally: Tally, task: FileTask, pieces: Pieces, n = 0, clients = 1): Thread<never> {
  const { window } = pieces;
  const piece = new Uint8Array(LONG);
  for (let place = 0; place < FILE_BYTES; place += LONG) {
    stamp(piece, place);
    yield* window.write(0, piece);
    yield* pieces.write(place, LONG);
  }
  const length = lengthOf(task);
  for (let i = 0; ; i++) {
    const place = placeOf(task, i * clients + n);
    if (task === "write") {
      stamp(piece, place);
      yield* window.write(0, piece);
      yield* pieces.write(place, length);
      count(tally, 1);
    } else {
      yield* pieces.read(place, length);
      count(tally, isStamped(yield* window.read(0, length), place));
    }
  }
}

function* makeAndRemove(directory: Client<typeof Directory>): Thread<number> {
  const { file } = must(yield* directory.open({ name: "a", create: true, write: true }));
  yield* file.close();
  const { size } = must(yield* directory.stat({ name: "a" }));
  must(yield* directory.remove({ name: "a" }));
  return size + 1;
}

function count(tally: Tally, reply: number): void {
  tally.done++;
  tally.sum = fold(tally.sum, reply);
}
