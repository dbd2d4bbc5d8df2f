/**
 * Files on a disk: pieces read and written, and names made and removed, by one client and by many; at each layer, so that
 * one sees where the time goes, and beside the host's own files and a file system in memory.
 *
 * It is time that the host computes. What the disk would have taken is modelled time, which passes at once.
 */
import type { FileTask } from "../measure/file-tasks.js";
import type { Link } from "../peers/peer.js";
import { type Case, opened } from "./case.js";

const works = () => import("./file-works.js");
const peers = () => import("../peers/files.js");

const TITLES: Readonly<Record<FileTask, string>> = {
  read: "64 KiB read, in order",
  write: "64 KiB written, in order",
  random: "4 KiB read, anywhere",
  names: "a file made, looked at and removed",
};

const BATCHES: Readonly<Record<FileTask, number>> = { read: 40, write: 40, random: 200, names: 100 };

const by = (clients: number): string => (clients === 1 ? "" : `, ${clients} clients`);

const layer = (name: string, task: FileTask, clients: number, what: string, open: () => Promise<Link>): Case =>
  opened(
    "files",
    `files-${name}-${task}${clients === 1 ? "" : `-${clients}`}`,
    `${TITLES[task]}${by(clients)}: ${what}`,
    {
      batch: BATCHES[task],
      open,
    },
  );

/** The host's threads take part in what its files do: wall time. */
const peer = (name: "host" | "memfs", task: FileTask, clients: number, what: string): Case =>
  opened(
    "peers: files",
    `files-${name}-${task}${clients === 1 ? "" : `-${clients}`}`,
    `${TITLES[task]}${by(clients)}: ${what}`,
    {
      batch: BATCHES[task],
      clock: "wall",
      open: async () =>
        name === "host" ? (await peers()).openHostFiles(task, clients) : (await peers()).openMemfs(task, clients),
    },
  );

const ONE: readonly FileTask[] = ["read", "write", "random", "names"];
const MANY: readonly FileTask[] = ["random", "names"];
const TOGETHER = [8, 64];

/** A task by one client, and by many where that is asked. */
const each = (of: (task: FileTask, clients: number) => Case): Case[] => [
  ...ONE.map((task) => of(task, 1)),
  ...MANY.flatMap((task) => TOGETHER.map((clients) => of(task, clients))),
];

export const FILES: readonly Case[] = [
  ...(["read", "write", "random"] as const).map((task) =>
    layer("disk", task, 1, "of the block server", async () => (await works()).openDisk(task)),
  ),
  ...ONE.map((task) => layer("ext2", task, 1, "of ext2", async () => (await works()).openVolume(task))),
  ...each((task, clients) =>
    layer("vfs", task, clients, "of the vfs", async () => (await works()).openFiles(task, clients)),
  ),
  ...each((task, clients) => peer("host", task, clients, "node:fs, of the host")),
  ...each((task, clients) => peer("memfs", task, clients, "memfs")),
];
