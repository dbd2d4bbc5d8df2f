/**
 * The peers: other ways to send four words somewhere and get four back. Each runs in a process of its own, as the
 * machines do, and its code is loaded only there.
 */
import type { Clock } from "../measure/rounds.js";
import type { Link } from "../peers/peer.js";
import { type Case, opened } from "./case.js";

interface Peer {
  readonly name: string;
  readonly title: string;
  readonly batch: number;
  readonly clock: Clock;
  open(): Promise<Link>;
}

const here = (name: string, title: string, batch: number, open: () => Promise<Link>): Peer => ({
  name,
  title,
  batch,
  clock: "cpu",
  open,
});

/** Two threads take part: wall time. */
const inWorker = (name: string, title: string, batch: number, open: () => Promise<Link>): Peer => ({
  name,
  title,
  batch,
  clock: "wall",
  open,
});

const sameThread = () => import("../peers/same-thread.js");
const workers = () => import("../peers/workers.js");
const comlink = () => import("../peers/comlink.js");
const capnweb = () => import("../peers/capnweb.js");

const ALL: readonly Peer[] = [
  here("call", "plain function call", 2_000_000, async () => (await sameThread()).openCall()),
  here("await", "await of an async function", 100_000, async () => (await sameThread()).openAwait()),
  here("emitter", "EventEmitter and a promise", 50_000, async () => (await sameThread()).openEmitter()),
  here("clone", "structuredClone both ways", 4_000, async () => (await sameThread()).openClone()),
  here("channel", "MessageChannel, same thread", 2_000, async () => (await sameThread()).openChannel()),
  inWorker("channel-worker", "MessageChannel to a worker", 1_000, async () => (await workers()).openChannelWorker()),
  inWorker("atomics", "Atomics.wait/notify to a worker", 2_000, async () => (await workers()).openAtomicsWorker()),
  here("comlink", "Comlink, same thread", 500, async () => (await comlink()).openComlink()),
  inWorker("comlink-worker", "Comlink to a worker", 500, async () => (await comlink()).openComlinkWorker()),
  here("capnweb", "capnweb, loopback transport", 500, async () => (await capnweb()).openCapnweb()),
  here("capnweb-channel", "capnweb, MessageChannel", 500, async () => (await capnweb()).openCapnwebChannel()),
];

export const PEERS: readonly Case[] = ALL.map(({ name, title, ...how }) =>
  opened("peers: four words there, four back", `peer-${name}`, title, how),
);
