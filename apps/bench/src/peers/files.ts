/** The tasks of files, done by a file system of JavaScript: Node's own on the host, and memfs in memory. */
import { mkdir, mkdtemp, open as openOnHost, rm, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFsFromVolume, Volume } from "memfs";
import { FILE_BYTES, type FileTask, isStamped, lengthOf, placeOf, stamp } from "../measure/file-tasks.js";
import { fold, foldAll, type Tally, type Work } from "../measure/work.js";
import type { Link } from "./peer.js";

/** An open file. */
interface OpenFile {
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<unknown>;
  write(from: Uint8Array, offset: number, length: number, position: number): Promise<unknown>;
  close(): Promise<void>;
}

/** As much of `node:fs/promises` as is used. */
interface FileSystem {
  open(path: string, flags: string): Promise<OpenFile>;
  mkdir(path: string): Promise<unknown>;
  writeFile(path: string, data: string): Promise<void>;
  stat(path: string): Promise<{ readonly size: number | bigint }>;
  unlink(path: string): Promise<void>;
}

/** The host's, in its folder for what is temporary. */
export async function openHostFiles(task: FileTask, clients: number): Promise<Link> {
  const folder = await mkdtemp(join(tmpdir(), "bench-"));
  const fs: FileSystem = { open: openOnHost, mkdir, writeFile, stat, unlink };
  const { work, close } = await openFiles(fs, folder, task, clients);
  return {
    work,
    async close() {
      await close?.();
      await rm(folder, { recursive: true });
    },
  };
}

/** memfs: all in memory, in this thread. */
export async function openMemfs(task: FileTask, clients: number): Promise<Link> {
  const { promises } = createFsFromVolume(new Volume());
  await promises.mkdir("/bench");
  return await openFiles(promises as unknown as FileSystem, "/bench", task, clients);
}

/** Each client has a file, or a folder, and one question outstanding. */
async function openFiles(fs: FileSystem, folder: string, task: FileTask, clients: number): Promise<Link> {
  const tally: Tally = { done: 0, sum: 0 };
  const acts: ((i: number) => Promise<number>)[] = [];
  const files: OpenFile[] = [];
  for (let n = 0; n < clients; n++) {
    const own = join(folder, `${n}`);
    if (task === "names") {
      await fs.mkdir(own);
      acts.push(() => makeAndRemove(fs, join(own, "a")));
      continue;
    }
    // Many at once only read, and all of them one file.
    const file = await fs.open(join(folder, "all"), n === 0 ? "w+" : "r");
    files.push(file);
    const piece = new Uint8Array(lengthOf(task));
    if (n === 0) await fill(file, piece);
    acts.push((i) => (task === "write" ? writePiece(file, piece, i) : readPiece(file, piece, task, i * clients + n)));
  }
  return { work: workOf(tally, acts), close: async () => void (await Promise.all(files.map((file) => file.close()))) };
}

async function fill(file: OpenFile, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < FILE_BYTES; at += piece.length) {
    stamp(piece, at);
    await file.write(piece, 0, piece.length, at);
  }
}

function workOf(tally: Tally, acts: readonly ((i: number) => Promise<number>)[]): Work {
  return {
    tally,
    expected: (done) => foldAll(done, () => 1),
    async run(times) {
      const each = Math.ceil(times / acts.length);
      await Promise.all(
        acts.map(async (act) => {
          for (let i = 0; i < each; i++) {
            const reply = await act(i);
            tally.done++;
            tally.sum = fold(tally.sum, reply);
          }
        }),
      );
    },
  };
}

async function readPiece(file: OpenFile, piece: Uint8Array, task: FileTask, i: number): Promise<number> {
  const place = placeOf(task, i);
  await file.read(piece, 0, piece.length, place);
  return isStamped(piece, place);
}

async function writePiece(file: OpenFile, piece: Uint8Array, i: number): Promise<number> {
  const place = placeOf("write", i);
  stamp(piece, place);
  await file.write(piece, 0, piece.length, place);
  return 1;
}

async function makeAndRemove(fs: FileSystem, path: string): Promise<number> {
  await fs.writeFile(path, "");
  const { size } = await fs.stat(path);
  await fs.unlink(path);
  return Number(size) + 1;
}
