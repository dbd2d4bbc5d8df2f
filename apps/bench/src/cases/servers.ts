/**
 * Servers as components of a personality: what their calls cost beside the bare system calls that they are made of, and
 * what they do beside a worker, and the other end of a channel, that are asked the same. Their code is loaded in the
 * process that measures it and in no other: what composes a personality cannot be loaded where intrinsics are frozen.
 */
import { BULK_BYTES } from "../measure/tasks.js";
import type { Link } from "../peers/peer.js";
import type { TaskName } from "../peers/tasks.js";
import { type Case, opened } from "./case.js";

const KIB = BULK_BYTES / 1024;

const works = () => import("./server-works.js");
const peers = () => import("../peers/tasks.js");

const exchange = (name: string, title: string, open: () => Promise<Link>): Case =>
  opened("typed calls: between two components", name, title, { batch: 10_000, open });

const served = (name: string, title: string, batch: number, open: () => Promise<Link>): Case =>
  opened("what servers do", name, title, { batch, open });

const PEERS = "peers: what servers do";

/** The same task at the other end of a channel. */
const channel = (task: TaskName, title: string, batch: number): Case =>
  opened(PEERS, `task-channel-${task}`, title, { batch, open: async () => (await peers()).openTaskChannel(task) });

/** The same in a worker, where two threads take part: wall time. */
const worker = (task: TaskName, title: string, batch: number): Case =>
  opened(PEERS, `task-worker-${task}`, title, {
    batch,
    clock: "wall",
    open: async () => (await peers()).openTaskWorker(task),
  });

export const SERVERS: readonly Case[] = [
  exchange("typed-bare", "Call and ReplyRecv, 1 word", async () => (await works()).openBare()),
  exchange("typed-1", "a typed call, 1 word", async () => (await works()).openTypedOne()),
  exchange("typed-4", "a typed call, 4 words", async () => (await works()).openTypedFour()),
  served("served-bulk", `${KIB} KiB there by a window`, 400, async () => (await works()).openBulk()),
  served("served-file", "open, read and close on ramfs", 1_000, async () => (await works()).openFiles()),
  served("served-key", "a key typed, and its echo", 1_000, async () => (await works()).openConsole()),
  served("served-boot", "boot of eight servers, all of which answer", 3, async () => (await works()).openBoot()),
  channel("bulk", `${KIB} KiB there, MessageChannel, same thread`, 200),
  worker("bulk", `${KIB} KiB there, to a worker`, 200),
  channel("file", "open, read and close, MessageChannel, same thread", 500),
  worker("file", "open, read and close, to a worker", 200),
  channel("key", "a key and its echo, MessageChannel, same thread", 1_000),
  worker("key", "a key and its echo, to a worker", 500),
  opened(PEERS, "task-start", "start of a worker, which answers", {
    batch: 2,
    clock: "wall",
    open: async () => (await peers()).openStarting(),
  }),
];
